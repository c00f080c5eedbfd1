//! Waiting for the actions that were sent to an agent.

use core::fmt;
use core::future::Future;
use core::panic::Location;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::error::Error;
use std::time::{Duration, Instant};

use super::Agent;
use super::action_scope::in_action;
use super::error::AgentError;
use super::state::{Outcome, State};
use crate::runtime::nesting;
use crate::runtime::sync::{spin_loop, yield_now};
use crate::runtime::waiters::Ticket;
use crate::runtime::workers;

/// What somebody waits for: that so many sends are settled, and that the agent does not fail.
pub(super) struct Pledge {
    pub(super) sent: usize,
    pub(super) stops: usize,
}

/// Why waiting for an agent has ended, or was refused, without the actions being done.
///
/// # Examples
///
/// ```
/// use heptad::Agent;
/// use heptad::identity::WaitError;
///
/// let agent = Agent::new(0);
/// agent.send(|_| panic!("no luck"))?;
/// let Err(WaitError::Failed(error)) = agent.wait() else { unreachable!() };
/// assert_eq!(error.message(), "no luck");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum WaitError {
    /// The agent has failed, before or meanwhile.
    Failed(AgentError),
    /// The call was made inside an action of an agent, on whose thread it could wait for itself. So
    /// is all that an agent calls or drops before, between and after its actions: watches, handlers
    /// of errors, wakers, the `Drop` of what was held, refused or not run.
    InAction,
    /// The call was made inside the closure of an update, which was called at this place.
    InUpdate(&'static Location<'static>),
    /// The time was up first.
    TimedOut,
    /// The agent was shut down and its queue dropped.
    ShutDown,
}

impl fmt::Display for WaitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(error) => write!(
                f,
                "the agent has failed and does nothing until it is restarted: {error}"
            ),
            Self::InAction => f.write_str(
                "an agent is waited for inside an action, which could keep it from ever being done; \
                 send it an action instead that goes on from there",
            ),
            Self::InUpdate(at) => write!(
                f,
                "an agent is waited for inside the closure of the update at {at}, which may run again \
                 and holds up others; wait before or after the update"
            ),
            Self::TimedOut => f.write_str(
                "the actions that were sent to the agent are not done in the time given; they go on, \
                 and it can be waited for again",
            ),
            Self::ShutDown => f.write_str(
                "the agent was shut down and its queue dropped; use `Queue::Keep` to let it finish",
            ),
        }
    }
}

impl Error for WaitError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Failed(error) => Some(error),
            _ => None,
        }
    }
}

/// How often a thread looks before it parks: together about as long as parking and waking take.
const LOOKS: u32 = 12;
/// After the first looks it lets others have the processor: the worker may need this very one.
const LOOKS_ALONE: u32 = 6;
/// How many pauses lie between those.
const PAUSES: u32 = 8;
/// With more actions than this before it, it parks at once.
const WORTH_LOOKING: usize = 64;

/// Fails where waiting could last for ever or hold up others.
fn refuse_here() -> Result<(), WaitError> {
    if in_action() && !cfg!(heptad_mutant = "agent_waits_inside_actions") {
        return Err(WaitError::InAction);
    }
    match nesting::running_update() {
        Some(at) => Err(WaitError::InUpdate(at)),
        None => Ok(()),
    }
}

impl<T: Send + Sync + 'static> State<T> {
    pub(super) fn wait(&self, deadline: Option<Instant>) -> Result<(), WaitError> {
        refuse_here()?;
        let pledge = self.pledge();
        if let Some(outcome) = self.look_again_and_again(&pledge) {
            return self.result_of(outcome);
        }
        workers::retry_starting_threads();
        let mut outcome = None;
        let waiters = &self.rare().waiters;
        waiters.wait(deadline, || {
            outcome = self.outcome_or_notice(&pledge);
            outcome.is_some()
        });
        outcome.map_or(Err(WaitError::TimedOut), |outcome| self.result_of(outcome))
    }

    fn look_again_and_again(&self, pledge: &Pledge) -> Option<Outcome> {
        for look in 0..LOOKS {
            let outcome = self.outcome(pledge);
            if outcome.is_some() || self.queue_len() > WORTH_LOOKING || cfg!(heptad_loom) {
                return outcome;
            }
            if look < LOOKS_ALONE {
                (0..PAUSES).for_each(|_| spin_loop());
            } else {
                yield_now();
            }
        }
        None
    }

    fn result_of(&self, outcome: Outcome) -> Result<(), WaitError> {
        match outcome {
            Outcome::Settled => Ok(()),
            Outcome::ShutDown => Err(WaitError::ShutDown),
            Outcome::Failed => Err(WaitError::Failed(
                self.last_error().expect("noted before it is said"),
            )),
        }
    }
}

/// Waits, as a future, until all actions that were sent before [`Agent::settled`] are done.
///
/// Belongs to no executor. Polled inside an action or inside the closure of an update, it is ready
/// with an error.
///
/// # Cancel safety
///
/// Dropping it takes nothing back: the actions go on.
#[must_use = "futures do nothing unless awaited"]
pub struct Settled<T: Send + Sync + 'static> {
    agent: Agent<T>,
    pledge: Pledge,
    ticket: Ticket,
}

impl<T: Send + Sync + 'static> Settled<T> {
    pub(super) fn new(agent: Agent<T>) -> Self {
        let pledge = agent.state().pledge();
        Self {
            agent,
            pledge,
            ticket: Ticket::default(),
        }
    }
}

impl<T: Send + Sync + 'static> Future for Settled<T> {
    type Output = Result<(), WaitError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if let Err(error) = refuse_here() {
            return Poll::Ready(Err(error));
        }
        let state = this.agent.state();
        if let Some(outcome) = state.outcome(&this.pledge) {
            return Poll::Ready(state.result_of(outcome));
        }
        workers::retry_starting_threads();
        let mut outcome = None;
        let waiters = &state.rare().waiters;
        let ready = waiters.poll(context, &mut this.ticket, || {
            outcome = state.outcome_or_notice(&this.pledge);
            outcome.is_some()
        });
        match (ready, outcome) {
            (Poll::Ready(()), Some(outcome)) => Poll::Ready(state.result_of(outcome)),
            _ => Poll::Pending,
        }
    }
}

impl<T: Send + Sync + 'static> Drop for Settled<T> {
    fn drop(&mut self) {
        if self.ticket.is_held() {
            self.agent.state().rare().waiters.forget(&mut self.ticket);
        }
    }
}

impl<T: Send + Sync + 'static> fmt::Debug for Settled<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settled").finish_non_exhaustive()
    }
}

/// A moment so far from now; none if it is too far for the clock.
pub(super) fn deadline(timeout: Duration) -> Option<Instant> {
    Instant::now().checked_add(timeout)
}
