//! Sending actions to an agent.

use core::panic::Location;
use std::error::Error;

use super::Agent;
use super::action::{Fallible, OnBlocking, OnWorker, Plain};
use super::mailbox::{Action, Letter};
use super::send_error::SendError;
use super::state::State;
use crate::runtime::sync::plain;
use crate::runtime::workers::Executor;

impl<T: Send + Sync + 'static> Agent<T> {
    /// Sends an action that computes. Returns at once; the action runs later, once, on one of as
    /// many threads as there are processors.
    ///
    /// An action that waits keeps such a thread from others; send it with
    /// [`send_off`](Self::send_off).
    ///
    /// # Errors
    ///
    /// [`SendError`], with the action in it, if the agent has failed, was shut down, or is bounded
    /// and its queue is full. A send that comes at the same time as a failure may be accepted, and
    /// is then in the queue that a restart keeps or clears.
    ///
    /// # Examples
    ///
    /// ```
    /// let total = heptad::Agent::new(0);
    /// for n in 1..=10 {
    ///     total.send(move |sum| sum + n)?;
    /// }
    /// total.wait()?;
    /// assert_eq!(*total.load(), 55);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias("cast", "dispatch", "post"))]
    #[track_caller]
    #[inline]
    pub fn send<F>(&self, action: F) -> Result<(), SendError<F>>
    where
        F: FnOnce(&T) -> T + Send + 'static,
    {
        self.send_as(action, |f| Plain(f, OnWorker))
    }

    /// Sends an action that may wait: for a file, a lock, another computer.
    ///
    /// It has a thread to itself while it runs. There can be 512 such threads; beyond that, actions
    /// wait for one.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let lines = heptad::Agent::new(0);
    /// lines.send_off(|n| {
    ///     std::thread::sleep(Duration::from_millis(5)); // as writing to a slow disk
    ///     n + 1
    /// })?;
    /// lines.wait()?;
    /// assert_eq!(*lines.load(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias("send-off", "spawn_blocking"))]
    #[track_caller]
    pub fn send_off<F>(&self, action: F) -> Result<(), SendError<F>>
    where
        F: FnOnce(&T) -> T + Send + 'static,
    {
        self.send_as(action, |f| Plain(f, OnBlocking))
    }

    /// Sends an action that runs on an executor of yours.
    ///
    /// If the executor drops it without running it, because it has shut down, the action counts as
    /// failed, with [`Cause::Abandoned`](super::Cause::Abandoned). The executor is called on a thread of this crate, or, if
    /// the agent is idle, by this call; never inside an action, so an executor that runs jobs at
    /// once, inside the call, does not make the stack grow.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::{Arc, Mutex, mpsc};
    /// use heptad::identity::Job;
    ///
    /// // An event loop: a queue of jobs, run by one thread.
    /// let (queue, jobs) = mpsc::channel::<Job>();
    /// let event_loop = std::thread::spawn(move || jobs.iter().for_each(Job::run));
    /// let executor = Arc::new(move |job| drop(queue.send(job)));
    ///
    /// let window = heptad::Agent::new("hidden");
    /// window.send_via(executor, |_| "shown")?;
    /// window.wait()?;
    /// assert_eq!(*window.load(), "shown");
    /// event_loop.join().map_err(|_| "it ended in a panic")?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias("send-via"))]
    #[track_caller]
    pub fn send_via<F>(
        &self,
        executor: plain::Arc<dyn Executor>,
        action: F,
    ) -> Result<(), SendError<F>>
    where
        F: FnOnce(&T) -> T + Send + 'static,
    {
        self.send_as(action, |f| Plain(f, executor))
    }

    /// As [`send`](Self::send), for an action that may refuse: if it returns an error, that is
    /// recorded in the same way as a panic.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send). The error of the action is not among them, as it runs later: it is
    /// in [`error`](Self::error).
    ///
    /// # Examples
    ///
    /// ```
    /// let account = heptad::Agent::new(100_u32);
    /// account.send_fallible(|balance| balance.checked_sub(250).ok_or("not enough"))?;
    /// assert!(account.wait().is_err());
    /// assert_eq!(account.error().map(|e| e.message()).as_deref(), Some("not enough"));
    /// assert_eq!(*account.load(), 100);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn send_fallible<F, E>(&self, action: F) -> Result<(), SendError<F>>
    where
        F: FnOnce(&T) -> Result<T, E> + Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        self.send_as(action, |f| Fallible(f, OnWorker))
    }

    /// As [`send_off`](Self::send_off), for an action that may refuse; see
    /// [`send_fallible`](Self::send_fallible).
    ///
    /// # Errors
    ///
    /// As [`send_fallible`](Self::send_fallible).
    ///
    /// # Examples
    ///
    /// ```
    /// let text = heptad::Agent::new(String::new());
    /// text.send_off_fallible(|_| std::fs::read_to_string("no such file"))?;
    /// assert!(text.wait().is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn send_off_fallible<F, E>(&self, action: F) -> Result<(), SendError<F>>
    where
        F: FnOnce(&T) -> Result<T, E> + Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        self.send_as(action, |f| Fallible(f, OnBlocking))
    }

    /// As [`send_via`](Self::send_via), for an action that may refuse; see
    /// [`send_fallible`](Self::send_fallible).
    ///
    /// # Errors
    ///
    /// As [`send_fallible`](Self::send_fallible).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// let at_once = Arc::new(heptad::identity::Job::run);
    /// let age = heptad::Agent::new(0_u8);
    /// age.send_via_fallible(at_once, |_| "33".parse::<u8>())?;
    /// age.wait()?;
    /// assert_eq!(*age.load(), 33);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn send_via_fallible<F, E>(
        &self,
        executor: plain::Arc<dyn Executor>,
        action: F,
    ) -> Result<(), SendError<F>>
    where
        F: FnOnce(&T) -> Result<T, E> + Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        self.send_as(action, |f| Fallible(f, executor))
    }

    #[track_caller]
    #[inline]
    fn send_as<F, A: Action<T>>(
        &self,
        action: F,
        as_action: impl FnOnce(F) -> A,
    ) -> Result<(), SendError<F>> {
        match self.state.admit() {
            Ok(()) => {
                let letter = Letter::new(as_action(action), Location::caller());
                State::send(&self.state, letter);
                Ok(())
            }
            Err(kind) => Err(SendError {
                kind,
                action,
                agent: self.state.name().cloned(),
            }),
        }
    }
}
