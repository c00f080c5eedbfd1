//! Making an agent that differs from others.

use core::fmt;

use super::Agent;
use super::error::AgentError;
use super::state::{Handler, Settings};
use crate::identity::invalid::Invalid;
use crate::identity::observers::Beginning;
use crate::runtime::sync::{AtomicUsize, plain};

/// What an agent does after an action has failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum ErrorMode {
    /// It stands still, keeps its value and its queue and takes no more actions, until it is
    /// restarted.
    #[default]
    Fail,
    /// It keeps its value and goes on with the next action.
    Continue,
}

/// Makes an [`Agent`].
///
/// # Examples
///
/// ```
/// use heptad::Agent;
///
/// let audit = Agent::builder()
///     .name("audit")
///     .bounded(10_000)
///     .continue_on_error(|error| eprintln!("{error}"))
///     .build(Vec::<String>::new());
/// audit.send(|log| [&log[..], &["started".to_owned()]].concat())?;
/// audit.wait()?;
/// assert_eq!((audit.name(), audit.load().len()), (Some("audit"), 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a builder makes nothing until `build`"]
pub struct AgentBuilder<T: Send + Sync + 'static> {
    name: Option<plain::Arc<str>>,
    bound: Option<usize>,
    mode: ErrorMode,
    handler: Option<Handler>,
    pub(super) beginning: Beginning<T>,
}

impl<T: Send + Sync + 'static> AgentBuilder<T> {
    pub(super) fn new() -> Self {
        Self {
            name: None,
            bound: None,
            mode: ErrorMode::Fail,
            handler: None,
            beginning: Beginning::new(),
        }
    }

    /// What the agent is called in messages.
    pub fn name(mut self, name: impl Into<plain::Arc<str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Lets at most so many actions be queued, the running one included. A send beyond that is
    /// refused.
    ///
    /// A send that is held takes its place in the queue at the call, and gives it back if it is
    /// dropped: what was accepted is never refused later.
    ///
    /// # Panics
    ///
    /// If `actions` is 0: nothing could ever be sent.
    pub fn bounded(mut self, actions: usize) -> Self {
        assert!(
            actions > 0,
            "an agent whose queue holds no action can do nothing"
        );
        self.bound = Some(actions);
        self
    }

    /// What happens after an action has failed; [`ErrorMode::Fail`] if nothing is said.
    ///
    /// The last call of this and [`continue_on_error`](Self::continue_on_error) decides.
    /// [`ErrorMode::Fail`] drops a handler that was given before, which would never be called;
    /// [`ErrorMode::Continue`] keeps it.
    pub fn error_mode(mut self, mode: ErrorMode) -> Self {
        self.mode = mode;
        if mode == ErrorMode::Fail && !cfg!(heptad_mutant = "builder_keeps_idle_handlers") {
            self.handler = None;
        }
        self
    }

    /// Makes the agent go on after an action has failed, and calls `handler` with each error, in the
    /// place of a handler that was given before.
    ///
    /// The handler is called on the thread that ran the action, before the next one is run. It is
    /// treated as an action: it may not wait for agents, and what it sends is held until it has
    /// returned. If it panics, the panic is counted, and the agent goes on.
    pub fn continue_on_error(
        mut self,
        handler: impl Fn(&AgentError) + Send + Sync + 'static,
    ) -> Self {
        self.mode = ErrorMode::Continue;
        self.handler = Some(Box::new(handler));
        self
    }

    /// The agent, which holds `value` as version 0.
    ///
    /// # Panics
    ///
    /// If a validator refuses the value; [`try_build`](Self::try_build) returns that.
    #[track_caller]
    pub fn build(self, value: T) -> Agent<T> {
        match self.try_build(value) {
            Ok(agent) => agent,
            Err(invalid) => panic!("{invalid}; `try_build` returns this instead of panicking"),
        }
    }

    /// As [`build`](Self::build), for a validator that may refuse the first value.
    ///
    /// # Errors
    ///
    /// [`Invalid`] with the value.
    pub fn try_build(self, value: T) -> Result<Agent<T>, Invalid<T>> {
        if let Err(cause) = self.beginning.validate(&value) {
            let who = ("agent", self.name.as_deref());
            return Err(Invalid::new(who, 0, value, cause));
        }
        let settings = Settings {
            name: self.name,
            room: self.bound.map(AtomicUsize::new),
            goes_on: self.mode == ErrorMode::Continue,
            handler: self.handler,
        };
        let is_usual = settings.name.is_none() && settings.room.is_none() && !settings.goes_on;
        let is_named = settings.name.is_some();
        let agent = Agent::with_settings(value, (!is_usual).then(|| Box::new(settings)));
        let state = &agent.state;
        self.beginning
            .observe(&state.observers, || state.word.load());
        if is_named {
            agent.register();
        }
        Ok(agent)
    }
}

impl<T: Send + Sync + 'static> fmt::Debug for AgentBuilder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentBuilder")
            .field("name", &self.name)
            .field("bound", &self.bound)
            .field("error_mode", &self.mode)
            .finish_non_exhaustive()
    }
}
