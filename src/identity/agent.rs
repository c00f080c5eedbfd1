//! The agent: one value that actions change one after the other, each after the call that sent it.
//!
//! The handles share a `State`. A send adds a letter to its mailbox, and schedules the agent on a
//! thread if it was idle; there `drain` runs the letters. So an agent has no thread of its own, and
//! costs nothing but its memory while it is idle.

mod action;
mod action_scope;
mod builder;
mod drain;
mod error;
mod mailbox;
mod metrics;
mod observed;
mod panic_place;
mod restart_error;
mod send_error;
mod sending;
mod state;
mod wait;

pub use builder::{AgentBuilder, ErrorMode};
pub use error::{AgentError, Cause};
pub use metrics::AgentMetrics;
pub use panic_place::PanicPlace;
pub use restart_error::{RestartError, RestartErrorKind};
pub use send_error::{SendError, SendErrorKind};
pub use wait::{Settled, WaitError};

use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};
use std::time::Duration;

use self::state::{Settings, State};
use super::guard::Guard;
use super::shared::Shared;
use crate::runtime::sync::Arc;

/// What happens to the actions that are queued.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Queue {
    /// They stay, and are run.
    Keep,
    /// They are dropped.
    Clear,
}

/// A shared place for one immutable value that is changed by sending it functions.
///
/// [`send`](Self::send) returns at once. The function, an *action*, runs later on another thread and
/// computes the next value from the present one, which is then published. Actions of one agent run
/// one at a time, and those of one sender in the order in which they were sent. An action runs
/// once. So it may have effects, such as writing a line to a file, and others wait for none of them.
///
/// Reading waits for nobody and gives the value after the last action that is done, as for an
/// [`Atom`](super::Atom).
///
/// | call | cost |
/// |---|---|
/// | [`with`](Self::with), [`load`](Self::load), [`load_full`](Self::load_full) | as for an atom |
/// | [`send`](Self::send), [`send_off`](Self::send_off), [`send_via`](Self::send_via) | one allocation, two atomic operations; if the agent was idle, it is put into a queue of a thread pool |
/// | an action | the closure, one allocation, one compare-and-set |
/// | [`wait`](Self::wait) | a few atomic operations when nothing is queued; else the thread waits |
/// | an idle agent | at most 160 bytes for a small value, no thread |
///
/// A handle is cheap to clone, and all clones are the same agent.
///
/// # Which send
///
/// - [`send`](Self::send): the action computes. It runs on one of as many threads as there are
///   processors, `heptad-worker-N`.
/// - [`send_off`](Self::send_off): it may wait, for a file, a lock, another computer. It runs on a
///   thread that it can keep to itself, `heptad-blocking-N`; one is made when none is idle.
/// - [`send_via`](Self::send_via): it runs on an executor of yours.
///
/// The order of the actions is that of one queue, whatever they were sent by.
///
/// # When an action fails
///
/// An action that panics, or that was sent by [`send_fallible`](Self::send_fallible) and returns an
/// error, changes nothing: the value before it stays. [`error`](Self::error) says what happened,
/// where it panicked and where it was sent. Then the agent stands still (or goes on, see
/// [`AgentBuilder::continue_on_error`]): it keeps its queue, refuses to be sent more, and whoever
/// waits for it is told, until [`restart`](Self::restart) gives it a value to go on with.
///
/// # Sends inside actions
///
/// What an action sends, to its own agent too, is held until its value has been published, and
/// dropped if it fails. So an action that failed has sent nothing. Waiting for an agent inside an
/// action is an error at once.
///
/// # When handles are dropped
///
/// An agent with queued actions lives until they have run, also if all its handles are gone. One
/// that has failed does not: nobody is left to restart it, so its queue is dropped. An action that
/// holds a handle to its own agent keeps it alive while it is queued, for ever if the agent has
/// failed. When the process ends, what is queued is not run: [`wait`](Self::wait) first.
///
/// # Examples
///
/// ```
/// use heptad::{Agent, HashMap};
///
/// let visits: Agent<HashMap<&str, u32>> = Agent::new(HashMap::new());
/// for page in ["home", "news", "home"] {
///     visits.send(move |seen| seen.alter(|n| Some(n.unwrap_or(0) + 1), page))?;
/// }
/// visits.wait()?;
/// assert_eq!(visits.with(|seen| seen["home"]), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Agent<T: Send + Sync + 'static> {
    state: Arc<State<T>>,
}

impl<T: Send + Sync + 'static> Agent<T> {
    /// An agent that holds `value`, as version 0.
    ///
    /// # Examples
    ///
    /// ```
    /// let agent = heptad::Agent::new(vec![1, 2, 3]);
    /// assert_eq!(agent.load().len(), 3);
    /// ```
    pub fn new(value: T) -> Self {
        Self::with_settings(value, None)
    }

    /// A way to make an agent with a name, with a bound, or one that goes on after errors.
    ///
    /// # Examples
    ///
    /// ```
    /// let agent = heptad::Agent::builder().name("audit").build(0);
    /// assert_eq!(agent.name(), Some("audit"));
    /// ```
    pub fn builder() -> AgentBuilder<T> {
        AgentBuilder::new()
    }

    fn with_settings(value: T, settings: Option<Box<Settings>>) -> Self {
        Self {
            state: Arc::new(State::new(value, settings)),
        }
    }

    /// Lists the agent in `metrics::snapshot` for as long as it exists.
    fn register(&self) {
        // loom's `Arc` takes no unsized content, and a model looks at no list.
        #[cfg(not(heptad_loom))]
        super::metrics::register(Arc::<State<T>>::downgrade(&self.state));
    }

    fn state(&self) -> &State<T> {
        &self.state
    }

    // ---- reading ----------------------------------------------------------------------------

    /// Runs `f` on the value after the last action that is done.
    ///
    /// Waits for nobody, and `f` may take as long as it likes; see [`Atom::with`](super::Atom::with).
    ///
    /// # Panics
    ///
    /// If `f` panics.
    ///
    /// # Examples
    ///
    /// ```
    /// let names = heptad::Agent::new(vec!["ada", "grace"]);
    /// assert!(names.with(|n| n.contains(&"ada")));
    /// ```
    #[doc(alias("deref", "read"))]
    #[inline]
    pub fn with<R>(&self, f: impl FnOnce(&T) -> R) -> R {
        f(&self.load())
    }

    /// The value after the last action that is done, to be read in place.
    ///
    /// Waits for nobody. The [`Guard`] is a snapshot; it stays on this thread.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(*heptad::Agent::new(7).load(), 7);
    /// ```
    #[doc(alias("deref", "get"))]
    #[inline]
    pub fn load(&self) -> Guard<'_, T> {
        self.state.word.guard()
    }

    /// The value after the last action that is done, as a counted handle, which can be stored,
    /// cloned and sent.
    ///
    /// # Examples
    ///
    /// ```
    /// let agent = heptad::Agent::new(7);
    /// let kept = agent.load_full();
    /// drop(agent);
    /// assert_eq!(*kept, 7);
    /// ```
    #[doc(alias("snapshot", "get"))]
    #[inline]
    pub fn load_full(&self) -> Shared<T> {
        self.state.word.load()
    }

    /// How many actions have changed the value so far, restarts included.
    ///
    /// # Examples
    ///
    /// ```
    /// let agent = heptad::Agent::new('a');
    /// agent.send(|_| 'b')?;
    /// agent.wait()?;
    /// assert_eq!(agent.version(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn version(&self) -> u64 {
        self.state.word.version()
    }

    // ---- waiting ----------------------------------------------------------------------------

    /// Blocks this thread until all actions that were sent before this call are done.
    ///
    /// That is, sent by this thread, or in a way that this thread has learnt of. What they sent to
    /// other agents has been sent then, and can be waited for there. In a task, use
    /// [`settled`](Self::settled).
    ///
    /// # Errors
    ///
    /// [`WaitError::Failed`] if the agent has failed, or as soon as it fails.
    /// [`WaitError::ShutDown`] if its queue was dropped. [`WaitError::InAction`] and
    /// [`WaitError::InUpdate`] at once if this is called inside an action of any agent or the
    /// closure of an update of an atom.
    ///
    /// # Examples
    ///
    /// ```
    /// let agent = heptad::Agent::new(1);
    /// agent.send(|n| n * 2)?;
    /// agent.wait()?;
    /// assert_eq!(*agent.load(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias("await", "join", "flush"))]
    pub fn wait(&self) -> Result<(), WaitError> {
        self.state.wait(None)
    }

    /// As [`wait`](Self::wait), but no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait), and [`WaitError::TimedOut`] when the time is up. The actions go on.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let agent = heptad::Agent::new(1);
    /// agent.send(|n| n * 2)?;
    /// agent.wait_timeout(Duration::from_secs(60))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias("await-for"))]
    pub fn wait_timeout(&self, timeout: Duration) -> Result<(), WaitError> {
        self.state.wait(wait::deadline(timeout))
    }

    /// As [`wait`](Self::wait), as a future: ready when all actions that were sent before *this
    /// call* are done, whenever it is polled. It works with any executor.
    ///
    /// # Errors
    ///
    /// The future's output is that of [`wait`](Self::wait).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future takes nothing back: the actions go on.
    ///
    /// # Examples
    ///
    /// ```
    /// async fn double(agent: heptad::Agent<u32>) -> Result<u32, Box<dyn std::error::Error>> {
    ///     agent.send(|n| n * 2)?;
    ///     agent.settled().await?;
    ///     Ok(agent.with(|n| *n))
    /// }
    /// # let _ = double;
    /// ```
    pub fn settled(&self) -> Settled<T> {
        Settled::new(self.clone())
    }

    // ---- failing ----------------------------------------------------------------------------

    /// Why the agent has failed; of one that goes on after errors, the last one. None if there was
    /// no error since it was made or restarted.
    ///
    /// # Examples
    ///
    /// ```
    /// let agent = heptad::Agent::new(1);
    /// assert!(agent.error().is_none());
    /// ```
    #[doc(alias("agent-error"))]
    pub fn error(&self) -> Option<AgentError> {
        self.state.error()
    }

    /// Gives a failed agent the value `value` to go on with. It keeps its queue, or drops it.
    ///
    /// The failed action is gone in any case. Whoever has waited for the agent was told of the
    /// failure. The value counts as one version. This takes effect at once, also inside an action
    /// of another agent.
    ///
    /// # Errors
    ///
    /// [`RestartError`], with the value in it, if the agent has not failed or was shut down. Of
    /// several restarts at the same time, one succeeds.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::Agent;
    /// use heptad::identity::Queue;
    ///
    /// let agent = Agent::new(0);
    /// agent.send(|_| panic!("first"))?;
    /// assert!(agent.wait().is_err());
    /// agent.restart(10, Queue::Keep)?;
    /// agent.send(|n| n + 1)?;
    /// agent.wait()?;
    /// assert_eq!(*agent.load(), 11);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias("restart-agent"))]
    pub fn restart(&self, value: T, queue: Queue) -> Result<(), RestartError<T>> {
        let refuse = |kind, value, cause| RestartError {
            kind,
            value,
            agent: self.state.name().cloned(),
            cause,
        };
        if let Err(cause) = self.state.observers.validate(&value) {
            return Err(refuse(RestartErrorKind::Invalid, value, Some(cause)));
        }
        State::restart(&self.state, value, queue == Queue::Keep).map_err(|(value, shut_down)| {
            let kind = if shut_down {
                RestartErrorKind::ShutDown
            } else {
                RestartErrorKind::NotFailed
            };
            refuse(kind, value, None)
        })
    }

    /// Makes the agent take no more actions, for good. What is queued is still run, or is dropped
    /// without being run.
    ///
    /// Waits for nothing: [`wait`](Self::wait) afterwards. A running action is not interrupted. The
    /// value can still be read. If an action fails after this, those behind it are never run, as the
    /// agent cannot be restarted. What an action holds at that time is dropped when it would be let go.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::identity::Queue;
    ///
    /// let agent = heptad::Agent::new(1);
    /// agent.send(|n| n + 1)?;
    /// agent.shutdown(Queue::Keep);
    /// agent.wait()?;
    /// assert_eq!(*agent.load(), 2);
    /// assert!(agent.send(|n| n + 1).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn shutdown(&self, queue: Queue) {
        self.state.shut_down(queue == Queue::Keep);
    }

    // ---- looking ----------------------------------------------------------------------------

    /// How many actions were sent and are not done, the running one included; of a bounded agent,
    /// at most one more than its bound, as an action makes room just before it counts as done.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(heptad::Agent::new(1).queue_len(), 0);
    /// ```
    pub fn queue_len(&self) -> usize {
        self.state.queue_len()
    }

    /// The name that the builder was given.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(heptad::Agent::new(1).name(), None);
    /// ```
    pub fn name(&self) -> Option<&str> {
        self.state.name().map(|name| &**name)
    }

    /// What the agent has counted.
    ///
    /// # Examples
    ///
    /// ```
    /// let agent = heptad::Agent::new(1);
    /// agent.send(|n| n + 1)?;
    /// agent.wait()?;
    /// assert_eq!(agent.metrics().done, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn metrics(&self) -> AgentMetrics {
        self.state.metrics()
    }

    /// Whether both handles are to the same agent.
    ///
    /// # Examples
    ///
    /// ```
    /// let agent = heptad::Agent::new(1);
    /// assert!(agent.same_agent(&agent.clone()));
    /// assert!(!agent.same_agent(&heptad::Agent::new(1)));
    /// ```
    pub fn same_agent(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.state, &other.state)
    }
}

/// Another handle to the same agent.
impl<T: Send + Sync + 'static> Clone for Agent<T> {
    fn clone(&self) -> Self {
        Self {
            state: Arc::clone(&self.state),
        }
    }
}

impl<T: Send + Sync + Default + 'static> Default for Agent<T> {
    /// An agent that holds the default value.
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: Send + Sync + 'static> From<T> for Agent<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

// All that others can see of a failed action is its absence, and no action runs inside a call.
impl<T: Send + Sync + RefUnwindSafe + 'static> UnwindSafe for Agent<T> {}
impl<T: Send + Sync + RefUnwindSafe + 'static> RefUnwindSafe for Agent<T> {}

/// Shows the value and its version of one moment, how many actions are queued and whether the agent
/// has failed; never waits, and drops no old values.
impl<T: fmt::Debug + Send + Sync + 'static> fmt::Debug for Agent<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.state.fmt(f)
    }
}
