//! Validators, watches, streams and history of an agent.

use core::time::Duration;

use super::{Agent, AgentBuilder};
use crate::identity::change::Change;
use crate::identity::changes::{Changes, Lag};
use crate::identity::history::{AsOf, History, Keep, NotKept};
use crate::identity::observers::{Cause, RefusedByValidator, validator};
use crate::identity::shared::Shared;
use crate::runtime::sync::plain;

impl<T: Send + Sync + 'static> Agent<T> {
    /// Has every new value approved by `f` before it is published, in the place of the validator
    /// that there was.
    ///
    /// `f` is called as a part of each action, by its thread, with the value that it has made. An
    /// action whose value is refused has failed: the agent keeps the value before it, and
    /// [`error`](Self::error) has an [`Invalid`](crate::identity::Invalid) with the refused value. A
    /// panic of `f` counts as one of the action. A [`restart`](Self::restart) asks `f` too.
    ///
    /// The action that runs at this moment may have asked the former validator already, and still
    /// publish what that approved. An agent that must never hold an invalid value gets its validator
    /// from its [builder](AgentBuilder::validator).
    ///
    /// Until this returns, the former validator is asked too, so that it can stay if `f` is not set.
    ///
    /// # Errors
    ///
    /// [`RefusedByValidator`] if `f` refuses the current value. The former validator stays.
    ///
    /// # Panics
    ///
    /// If `f` panics. The former validator stays.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::{Agent, identity::{Cause, Invalid}};
    ///
    /// let balance = Agent::new(10);
    /// balance.set_validator(|n| if *n < 0 { Err("overdrawn") } else { Ok(()) })?;
    /// balance.send(|n| n - 15)?;
    /// assert!(balance.wait().is_err());
    /// assert_eq!(*balance.load(), 10);
    ///
    /// let error = balance.error().ok_or("it failed")?;
    /// let Cause::Refused(refusal) = error.cause() else { unreachable!() };
    /// assert_eq!(refusal.downcast_ref::<Invalid<i32>>().map(|invalid| invalid.refused), Some(-5));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias("set-validator!"))]
    pub fn set_validator<E: Into<Cause>>(
        &self,
        f: impl Fn(&T) -> Result<(), E> + Send + Sync + 'static,
    ) -> Result<(), RefusedByValidator<T>> {
        let line_up = || self.load_in_line();
        self.state.observers.set_validator(&validator(f), line_up)
    }

    /// Lets every value pass from now on; true if there was a validator.
    ///
    /// # Examples
    ///
    /// ```
    /// let even = |n: &u32| if n % 2 == 0 { Ok(()) } else { Err("odd") };
    /// let agent = heptad::Agent::builder().validator(even).build(0);
    /// assert!(agent.clear_validator());
    /// agent.send(|n| n + 1)?;
    /// assert!(agent.wait().is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn clear_validator(&self) -> bool {
        self.state.observers.clear_validator()
    }

    /// Has `f` called after each change, in the place of the watch that has this key; true if there
    /// was one.
    ///
    /// `f` is called by the thread that ran the action, when its value is published and before the
    /// next action: for one agent, calls come one at a time and in the order of the versions. What
    /// the action has sent goes off after them. (After a [`restart`](Self::restart) the thread that
    /// has restarted it calls `f`.) `f` may read this agent, send to it, and add and remove watches.
    /// It may not wait for agents, as an action may not.
    ///
    /// Every change that is published after this returns is told to `f`, and one that is published
    /// at about this time may be. A panic of `f` is caught and [counted](Self::watch_panics); the
    /// agent and the other watches go on.
    ///
    /// An `f` that owns a handle to the agent keeps both alive for ever.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::mpsc;
    /// use heptad::Agent;
    ///
    /// let (lines, printed) = mpsc::channel();
    /// let stock = Agent::new(10);
    /// stock.watch("print", move |change| drop(lines.send(format!("{} left", change.new))));
    /// stock.send(|n| n - 3)?;
    /// assert_eq!(printed.recv()?, "7 left");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias("add-watch", "subscribe", "observe"))]
    pub fn watch(
        &self,
        key: impl AsRef<str>,
        f: impl Fn(&Change<T>) + Send + Sync + 'static,
    ) -> bool {
        let key = plain::Arc::<str>::from(key.as_ref());
        let line_up = || self.state.word.line_up();
        self.state.observers.watch(key, Box::new(f), line_up)
    }

    /// Removes the watch that has this key; true if there was one.
    ///
    /// The action that is running may still call it after this has returned.
    ///
    /// # Examples
    ///
    /// ```
    /// let agent = heptad::Agent::new(1);
    /// assert!(!agent.watch("print", |change| println!("{}", change.new)));
    /// assert!(agent.unwatch("print"));
    /// ```
    #[doc(alias("remove-watch", "unsubscribe"))]
    pub fn unwatch(&self, key: impl AsRef<str>) -> bool {
        self.state.observers.unwatch(key.as_ref())
    }

    /// How many calls of watches have panicked.
    ///
    /// # Examples
    ///
    /// ```
    /// let agent = heptad::Agent::new(1);
    /// agent.watch("bad", |_| panic!("as ever"));
    /// agent.send(|n| n + 1)?;
    /// agent.wait()?;
    /// assert_eq!((*agent.load(), agent.watch_panics()), (2, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn watch_panics(&self) -> u64 {
        self.state.observers.watch_panics()
    }

    /// What changes from now on, in order, for a thread or a task to read.
    ///
    /// The stream begins with the value that the agent has now. `lag` says what happens when its
    /// reader is slower than the changes, which never wait for it. It ends when the agent is gone:
    /// when no handle is left and the queue is empty. See [`Changes`].
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::{Agent, identity::Lag};
    ///
    /// let agent = Agent::new(1);
    /// let mut changes = agent.changes(Lag::Bounded(10));
    /// agent.send(|n| n + 1)?;
    /// agent.send(|n| n * 10)?;
    /// drop(agent);
    /// assert_eq!(changes.recv().map(|change| *change.new), Some(2));
    /// assert_eq!(changes.recv().map(|change| *change.new), Some(20));
    /// assert!(changes.recv().is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn changes(&self, lag: Lag) -> Changes<T> {
        self.state.observers.changes(lag, || self.load_in_line())
    }

    /// Sets which old versions are kept from now on. What is kept already and is no longer asked
    /// for goes now; what was not kept cannot be had back.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::{Agent, identity::Keep};
    ///
    /// let agent = Agent::new('a');
    /// agent.keep_history(Keep::nothing().versions(10));
    /// agent.send(|_| 'b')?;
    /// agent.wait()?;
    /// assert_eq!(agent.history().len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn keep_history(&self, keep: Keep) {
        let line_up = || self.load_in_line();
        self.state.observers.keep_history(keep, line_up);
    }

    /// The versions that are kept now: at least the current one, and older ones if
    /// [`keep_history`](Self::keep_history) or the builder asked for them.
    ///
    /// Every change that this thread has seen is in it, and every one that it has waited for. For
    /// one that another thread has just published it may wait for that thread to say so, which
    /// takes no code of users: a few instructions, unless the system suspends that thread there.
    /// There are no gaps.
    ///
    /// Takes one count for each version kept, and a change of this agent waits meanwhile;
    /// [`as_of`](Self::as_of) is quicker if one is wanted.
    ///
    /// # Panics
    ///
    /// If the `Drop` of an old value panics that is dropped on this occasion.
    ///
    /// # Examples
    ///
    /// ```
    /// let agent = heptad::Agent::builder().keep_versions(5).build(1);
    /// agent.send(|n| n + 1)?;
    /// agent.wait()?;
    /// let newest_first: Vec<_> = agent.history().iter().map(|version| **version).collect();
    /// assert_eq!(newest_first, [2, 1]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn history(&self) -> History<T> {
        self.state.observers.history(self.state.word.load())
    }

    /// The value of that version, or the one that the agent had at that moment.
    ///
    /// Waits as [`history`](Self::history) does, and takes the logarithm of the number of versions
    /// kept. If times are kept, which they are under [`Keep::span`] only, a moment in the future, or
    /// now, means the current value.
    ///
    /// # Errors
    ///
    /// [`NotKept`], with the range that is kept: it is older than that or newer, or a moment is
    /// asked for and no times are kept.
    ///
    /// # Panics
    ///
    /// If the `Drop` of an old value panics that is dropped on this occasion.
    ///
    /// # Examples
    ///
    /// ```
    /// let agent = heptad::Agent::builder().keep_versions(5).build("draft");
    /// agent.send(|_| "final")?;
    /// agent.wait()?;
    /// assert_eq!(*agent.as_of(0_u64)?, "draft");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn as_of(&self, wanted: impl Into<AsOf>) -> Result<Shared<T>, NotKept> {
        let current = self.state.word.load();
        self.state.observers.as_of(wanted.into(), current)
    }

    /// The current value; every change after it sees what this thread has written before.
    fn load_in_line(&self) -> Shared<T> {
        self.state.word.line_up();
        self.state.word.load()
    }
}

impl<T: Send + Sync + 'static> AgentBuilder<T> {
    /// Has every value approved by `f`, the first one too; see [`Agent::set_validator`].
    ///
    /// # Examples
    ///
    /// ```
    /// let even = |n: &u32| if n % 2 == 0 { Ok(()) } else { Err("odd") };
    /// assert!(heptad::Agent::builder().validator(even).try_build(1).is_err());
    /// ```
    pub fn validator<E: Into<Cause>>(
        mut self,
        f: impl Fn(&T) -> Result<(), E> + Send + Sync + 'static,
    ) -> Self {
        self.beginning.set_validator(f);
        self
    }

    /// Keeps the last `older` versions before the current one; see [`Keep::versions`].
    pub fn keep_versions(mut self, older: usize) -> Self {
        self.beginning.keep = self.beginning.keep.versions(older);
        self
    }

    /// Keeps what was the current version within the last `span`, and times; see [`Keep::span`].
    pub fn keep_for(mut self, span: Duration) -> Self {
        self.beginning.keep = self.beginning.keep.span(span);
        self
    }

    /// Keeps never more than `older` versions before the current one; see [`Keep::at_most`].
    pub fn keep_at_most(mut self, older: usize) -> Self {
        self.beginning.keep = self.beginning.keep.at_most(older);
        self
    }
}
