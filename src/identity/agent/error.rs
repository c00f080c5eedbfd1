//! Why an action of an agent failed.

use core::fmt;
use core::panic::Location;
use std::error::Error;

use super::panic_place::PanicPlace;
use crate::runtime::sync::plain;

/// What happened to an action.
#[non_exhaustive]
pub enum Cause {
    /// It panicked.
    Panicked {
        /// What the panic said, if it was a text.
        message: Option<Box<str>>,
        /// Where it panicked. Not known if the program has set a panic hook after the first action
        /// of any agent, or if the panic was resumed from another thread.
        place: Option<PanicPlace>,
    },
    /// It returned this error.
    Refused(Box<dyn Error + Send + Sync>),
    /// The executor that was given with it dropped it without running it.
    Abandoned,
}

/// A failed action of an [`Agent`](super::Agent).
///
/// The value before the action is still there. Cloning takes a count.
///
/// # Examples
///
/// ```
/// use heptad::Agent;
///
/// let agent = Agent::new(0_u32);
/// agent.send(|n| n.checked_sub(1).expect("no coin left"))?;
/// assert!(agent.wait().is_err());
///
/// let error = agent.error().ok_or("it failed")?;
/// assert_eq!(error.message(), "no coin left");
/// assert_eq!(error.version(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct AgentError {
    inner: plain::Arc<Inner>,
}

struct Inner {
    agent: Option<plain::Arc<str>>,
    cause: Cause,
    sent_at: &'static Location<'static>,
    version: u64,
}

impl AgentError {
    #[cold]
    pub(super) fn new(
        agent: Option<plain::Arc<str>>,
        cause: Cause,
        sent_at: &'static Location<'static>,
        version: u64,
    ) -> Self {
        Self {
            inner: plain::Arc::new(Inner {
                agent,
                cause,
                sent_at,
                version,
            }),
        }
    }

    /// What happened.
    pub fn cause(&self) -> &Cause {
        &self.inner.cause
    }

    /// What happened, as a text: what the panic said, or what the returned error says.
    pub fn message(&self) -> String {
        self.cause().to_string()
    }

    /// Where it panicked, if it did and the place is known; see [`Cause::Panicked`].
    pub fn panicked_at(&self) -> Option<&PanicPlace> {
        match self.cause() {
            Cause::Panicked { place, .. } => place.as_ref(),
            _ => None,
        }
    }

    /// Where the action was sent: the place of the call of [`send`](super::Agent::send) or one of
    /// its like.
    pub fn sent_at(&self) -> &'static Location<'static> {
        self.inner.sent_at
    }

    /// The version of the value that the action was given, or would have been.
    pub fn version(&self) -> u64 {
        self.inner.version
    }

    /// The name of the agent, if it has one.
    pub fn agent(&self) -> Option<&str> {
        self.inner.agent.as_deref()
    }
}

/// What the panic or the error says.
impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panicked {
                message: Some(message),
                ..
            } => f.write_str(message),
            Self::Panicked { message: None, .. } => f.write_str("a panic without a text"),
            Self::Refused(error) => error.fmt(f),
            Self::Abandoned => f.write_str(
                "the executor that was given with the action dropped it without running it",
            ),
        }
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panicked { message, place } => f
                .debug_struct("Panicked")
                .field("message", message)
                .field("place", place)
                .finish(),
            Self::Refused(error) => f.debug_tuple("Refused").field(error).finish(),
            Self::Abandoned => f.write_str("Abandoned"),
        }
    }
}

/// How an agent is called in messages.
pub(super) struct Called<'a>(pub(super) Option<&'a str>);

impl fmt::Display for Called<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(name) => write!(f, "the agent `{name}`"),
            None => f.write_str("the agent"),
        }
    }
}

impl fmt::Display for AgentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (agent, sent_at) = (Called(self.agent()), self.sent_at());
        write!(f, "an action of {agent}, sent at {sent_at}, ")?;
        match self.cause() {
            Cause::Panicked {
                place: Some(place), ..
            } => write!(f, "panicked at {place}: ")?,
            Cause::Panicked { .. } => f.write_str("panicked: ")?,
            Cause::Refused(_) => f.write_str("returned an error: ")?,
            Cause::Abandoned => f.write_str("was not run: ")?,
        }
        let (cause, version) = (self.cause(), self.version());
        write!(f, "{cause}; the value of version {version} stays")
    }
}

impl fmt::Debug for AgentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentError")
            .field("agent", &self.agent())
            .field("cause", self.cause())
            .field("sent_at", self.sent_at())
            .field("version", &self.version())
            .finish()
    }
}

impl Error for AgentError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self.cause() {
            Cause::Refused(error) => Some(&**error),
            _ => None,
        }
    }
}
