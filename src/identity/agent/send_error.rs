//! What sending to an agent returns when it refuses.

use core::fmt;
use std::error::Error;

use super::error::Called;
use crate::runtime::sync::plain;

/// Why an agent takes no action.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum SendErrorKind {
    /// An action has failed, and the agent was not restarted.
    Failed,
    /// It is bounded, and its queue is full.
    Full,
    /// It was shut down.
    ShutDown,
}

/// An agent did not take an action. It comes back with this.
///
/// # Examples
///
/// ```
/// use heptad::Agent;
/// use heptad::identity::{Queue, SendErrorKind};
///
/// let agent = Agent::new(1);
/// agent.shutdown(Queue::Keep);
/// let Err(error) = agent.send(|n| n + 1) else { unreachable!() };
/// assert_eq!(error.kind, SendErrorKind::ShutDown);
/// assert_eq!((error.action)(&5), 6);
/// ```
#[non_exhaustive]
pub struct SendError<F> {
    /// Why.
    pub kind: SendErrorKind,
    /// What was to be sent.
    pub action: F,
    /// The name of the agent, if it has one.
    pub agent: Option<plain::Arc<str>>,
}

impl<F> fmt::Display for SendError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let agent = Called(self.agent.as_deref());
        match self.kind {
            SendErrorKind::Failed => write!(
                f,
                "{agent} takes no actions since one has failed; `error` says why, and `restart` \
                 makes it go on"
            ),
            SendErrorKind::Full => write!(
                f,
                "the queue of {agent} is full; send again later, `wait` for it to become empty, or \
                 give it a larger bound"
            ),
            SendErrorKind::ShutDown => write!(
                f,
                "{agent} was shut down and takes no actions any more; send before `shutdown`"
            ),
        }
    }
}

/// Leaves the action out, so that any result can be unwrapped.
impl<F> fmt::Debug for SendError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendError")
            .field("kind", &self.kind)
            .field("agent", &self.agent)
            .finish_non_exhaustive()
    }
}

impl<F> Error for SendError<F> {}
