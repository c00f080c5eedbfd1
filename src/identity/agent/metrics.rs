//! What an agent has counted.

use super::super::metrics::{Named, Reporting};
use super::state::State;

/// Counters of one agent, read one after the other while it goes on.
///
/// # Examples
///
/// ```
/// let agent = heptad::Agent::new(0);
/// for _ in 0..3 {
///     agent.send(|n| n + 1)?;
/// }
/// agent.wait()?;
/// let metrics = agent.metrics();
/// assert_eq!((metrics.sent, metrics.done, metrics.failed), (3, 3, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct AgentMetrics {
    /// Actions that were sent. One that is held counts when it is let go.
    pub sent: u64,
    /// Actions whose value was published. It only grows, as all of them do.
    pub done: u64,
    /// Actions that have failed.
    pub failed: u64,
    /// Actions that were sent and then dropped without being run, by a restart or a shutdown that
    /// clears the queue. So when nothing is queued, `sent` is `done + failed + dropped`.
    pub dropped: u64,
    /// Actions that were never sent: held by an action that has failed, or until the agent was shut
    /// down, and dropped then. They are not part of `sent` or `dropped`.
    pub unsent: u64,
    /// The most actions that were queued when a thread took over what had arrived.
    pub most_queued: u64,
    /// Panics that nobody received: of the handler of errors, of values and actions while they
    /// were dropped.
    pub isolated_panics: u64,
}

impl AgentMetrics {
    fn counters(&self) -> Vec<(&'static str, u64)> {
        vec![
            ("sent", self.sent),
            ("done", self.done),
            ("failed", self.failed),
            ("dropped", self.dropped),
            ("unsent", self.unsent),
            ("most_queued", self.most_queued),
            ("isolated_panics", self.isolated_panics),
        ]
    }
}

impl<T: Send + Sync + 'static> Reporting for State<T> {
    fn report(&self) -> Named {
        let name = self
            .name()
            .map_or_else(Box::default, |name| Box::from(&**name));
        Named::new(name, "agent", self.metrics().counters(), None)
    }
}
