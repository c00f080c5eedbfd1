//! What restarting an agent returns when it refuses.

use core::fmt;
use std::error::Error;

use super::error::Called;
use crate::runtime::sync::plain;

/// Why an agent is not restarted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum RestartErrorKind {
    /// It has not failed, or somebody else has restarted it.
    NotFailed,
    /// It was shut down.
    ShutDown,
    /// A validator refuses the value; [`RestartError::cause`] says why.
    Invalid,
}

/// An agent was not restarted. The value comes back with this.
///
/// # Examples
///
/// ```
/// use heptad::Agent;
/// use heptad::identity::{Queue, RestartErrorKind};
///
/// let agent = Agent::new(1);
/// let Err(error) = agent.restart(7, Queue::Keep) else { unreachable!() };
/// assert_eq!((error.kind, error.value), (RestartErrorKind::NotFailed, 7));
/// ```
#[non_exhaustive]
pub struct RestartError<T> {
    /// Why.
    pub kind: RestartErrorKind,
    /// The value that was not set.
    pub value: T,
    /// The name of the agent, if it has one.
    pub agent: Option<plain::Arc<str>>,
    /// What a validator said against the value.
    pub cause: Option<Box<dyn Error + Send + Sync>>,
}

impl<T> fmt::Display for RestartError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let agent = Called(self.agent.as_deref());
        match self.kind {
            RestartErrorKind::NotFailed => write!(
                f,
                "{agent} has not failed, or was restarted meanwhile; `send` an action to change its \
                 value"
            ),
            RestartErrorKind::ShutDown => {
                write!(f, "{agent} was shut down, which is final; make a new one")
            }
            RestartErrorKind::Invalid => {
                write!(f, "a validator of {agent} refuses the value")?;
                if let Some(cause) = &self.cause {
                    write!(f, ": {cause}")?;
                }
                f.write_str("; restart it with another one, it still stands still")
            }
        }
    }
}

/// Leaves the value out, so that any result can be unwrapped.
impl<T> fmt::Debug for RestartError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RestartError")
            .field("kind", &self.kind)
            .field("agent", &self.agent)
            .field("cause", &self.cause)
            .finish_non_exhaustive()
    }
}

impl<T> Error for RestartError<T> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let cause: &(dyn Error + 'static) = self.cause.as_deref()?;
        Some(cause)
    }
}
