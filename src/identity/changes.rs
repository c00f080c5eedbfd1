//! Streams of what changes, for threads and for tasks.

mod next;

pub use next::Next;

use core::error::Error;
use core::fmt;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use std::time::Instant;

use futures_core::Stream;

use super::change::Change;
use super::late::Discarded;
use super::observers::{Buffer, Feed, News};
use super::shared::Shared;
use crate::runtime::sync::Arc;
use crate::runtime::waiters::Ticket;

/// How far the reader of [`Changes`] may lag behind, and what happens then.
///
/// Updates never wait for a reader. A reader who is slower than they are is not shown every value;
/// the change it reads next leads over those, and [`Change::skipped`] counts them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Lag {
    /// Keep the newest value only.
    Latest,
    /// Keep this many values; when there are more, the oldest is skipped. 0 is taken as 1, which
    /// is the same as [`Latest`](Self::Latest).
    Bounded(usize),
}

impl Lag {
    pub(super) fn limit(self) -> usize {
        match self {
            Self::Latest => 1,
            Self::Bounded(limit) => limit.max(1),
        }
    }
}

/// The changes of an identity, in order, each once.
///
/// Made by [`Atom::changes`](super::Atom::changes). It begins with the value that the identity has
/// at that moment ([`seen`](Self::seen)), and each change that it yields leads on from the value
/// seen last: the `old` of a change is the `new` of the one before. So whoever follows the changes
/// has seen everything, but for the values that [`Lag`] let them skip, and a value that was
/// published is never forgotten: the last one is always shown.
///
/// Threads read with [`recv`](Self::recv), [`recv_timeout`](Self::recv_timeout) and
/// [`try_recv`](Self::try_recv), or as an iterator, which blocks; tasks of any executor with
/// [`next`](Self::next), or through `futures_core::Stream`.
///
/// The stream does not keep the identity alive. When that is dropped, the changes that are left
/// can still be read, and then the stream ends.
///
/// # Costs
///
/// It holds the value seen last and the values that wait to be read, at most as many as `Lag`
/// allows, whether or not anybody reads. While streams exist, an update takes a lock of the
/// identity for a moment, and adds one count for each stream.
///
/// # Examples
///
/// ```
/// use heptad::Atom;
/// use heptad::identity::Lag;
///
/// let atom = Atom::new(0);
/// let changes = atom.changes(Lag::Bounded(100));
/// std::thread::scope(|threads| {
///     let reader = threads.spawn(|| changes.into_iter().map(|change| *change.new).sum::<i32>());
///     atom.swap(|n| n + 1);
///     atom.swap(|n| n + 1);
///     drop(atom); // ends the stream
///     assert_eq!(reader.join().unwrap(), 1 + 2);
/// });
/// ```
#[must_use = "a stream that nobody reads still holds values"]
pub struct Changes<T: Send + Sync + 'static> {
    feed: Arc<Feed<T>>,
    buffer: Arc<Buffer<T>>,
    /// Invariant: there until this is dropped.
    seen: Option<Shared<T>>,
    ticket: Ticket,
}

impl<T: Send + Sync + 'static> Changes<T> {
    pub(super) fn new(feed: Arc<Feed<T>>, buffer: Arc<Buffer<T>>, seen: Shared<T>) -> Self {
        Self {
            feed,
            buffer,
            seen: Some(seen),
            ticket: Ticket::default(),
        }
    }

    /// The value that the stream has come to: that of the last change read, or the one that it
    /// began with.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::{Atom, identity::Lag};
    ///
    /// let atom = Atom::new("a");
    /// let mut changes = atom.changes(Lag::Latest);
    /// atom.reset("b");
    /// assert_eq!((**changes.seen(), changes.seen().version()), ("a", 0));
    /// changes.recv();
    /// assert_eq!((**changes.seen(), changes.seen().version()), ("b", 1));
    /// ```
    #[expect(clippy::missing_panics_doc, reason = "it is there until the end")]
    pub fn seen(&self) -> &Shared<T> {
        self.seen.as_ref().expect("it is there until the end")
    }

    /// The next change, if it is there.
    ///
    /// # Errors
    ///
    /// [`TryRecvError`]: there is none yet, or there will be none any more.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::{Atom, identity::{Lag, TryRecvError}};
    ///
    /// let atom = Atom::new(1);
    /// let mut changes = atom.changes(Lag::Latest);
    /// assert_eq!(changes.try_recv().unwrap_err(), TryRecvError::Empty);
    /// atom.reset(2);
    /// drop(atom);
    /// assert_eq!(*changes.try_recv().unwrap().new, 2);
    /// assert_eq!(changes.try_recv().unwrap_err(), TryRecvError::Ended);
    /// ```
    #[expect(clippy::missing_panics_doc, reason = "it is there until the end")]
    pub fn try_recv(&mut self) -> Result<Change<T>, TryRecvError> {
        match self.buffer.take() {
            News::Value(new) => {
                let old = self.seen.replace(new.clone());
                Ok(Change::new(old.expect("as in `seen`"), new))
            }
            News::NothingYet => Err(TryRecvError::Empty),
            News::Ended => Err(TryRecvError::Ended),
        }
    }

    /// Parks this thread until the next change; `None` when the identity is gone and everything
    /// has been read.
    ///
    /// To be used on threads: in a task it would hold up the executor, where
    /// [`next`](Self::next) is meant. Inside the closure of an update it can wait for ever, as
    /// updates may be waiting for that closure.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::{Atom, identity::Lag};
    ///
    /// let atom = Atom::new(1);
    /// let mut changes = atom.changes(Lag::Latest);
    /// std::thread::scope(|threads| {
    ///     threads.spawn(|| atom.reset(2));
    ///     assert_eq!(changes.recv().map(|change| *change.new), Some(2));
    /// });
    /// ```
    pub fn recv(&mut self) -> Option<Change<T>> {
        self.recv_until(None).ok()
    }

    /// As [`recv`](Self::recv), and waits no longer than that.
    ///
    /// # Errors
    ///
    /// [`TryRecvError::Empty`] if there was no change in that time.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use heptad::{Atom, identity::{Lag, TryRecvError}};
    ///
    /// let atom = Atom::new(1);
    /// let mut changes = atom.changes(Lag::Latest);
    /// let nothing = changes.recv_timeout(Duration::from_millis(1));
    /// assert_eq!(nothing.unwrap_err(), TryRecvError::Empty);
    /// ```
    pub fn recv_timeout(&mut self, timeout: Duration) -> Result<Change<T>, TryRecvError> {
        // A moment too far away for the clock never comes.
        self.recv_until(Instant::now().checked_add(timeout))
    }

    fn recv_until(&mut self, deadline: Option<Instant>) -> Result<Change<T>, TryRecvError> {
        match self.try_recv() {
            Err(TryRecvError::Empty) => {
                self.buffer.wait(deadline);
                self.try_recv()
            }
            found => found,
        }
    }

    /// The next change, for a task: `None` when the identity is gone and everything has been read.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing: a change is only taken when it is returned.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::{Atom, identity::Lag};
    ///
    /// async fn wait_for(atom: &Atom<u32>, enough: u32) {
    ///     let mut changes = atom.changes(Lag::Latest);
    ///     while **changes.seen() < enough && changes.next().await.is_some() {}
    /// }
    /// ```
    #[expect(
        clippy::should_implement_trait,
        reason = "the name that streams have for it"
    )]
    pub fn next(&mut self) -> Next<'_, T> {
        Next::new(self)
    }

    fn poll_change(&mut self, context: &mut Context<'_>) -> Poll<Option<Change<T>>> {
        loop {
            match self.try_recv() {
                Ok(change) => {
                    self.stop_waiting();
                    return Poll::Ready(Some(change));
                }
                Err(TryRecvError::Ended) => {
                    self.stop_waiting();
                    return Poll::Ready(None);
                }
                Err(TryRecvError::Empty) => {}
            }
            if self.buffer.poll(context, &mut self.ticket).is_pending() {
                return Poll::Pending;
            }
        }
    }

    /// The task no longer waits to be woken.
    fn stop_waiting(&mut self) {
        self.buffer.forget(&mut self.ticket);
    }
}

impl<T: Send + Sync + 'static> Drop for Changes<T> {
    fn drop(&mut self) {
        self.stop_waiting();
        let mut discarded = Discarded::new();
        self.feed.leave(&self.buffer, &mut discarded);
        if let Some(seen) = self.seen.take() {
            discarded.push(seen);
        }
    }
}

/// The changes as they come; blocks like [`recv`](Changes::recv).
impl<T: Send + Sync + 'static> Iterator for IntoIter<T> {
    type Item = Change<T>;

    fn next(&mut self) -> Option<Change<T>> {
        self.0.recv()
    }
}

/// Blocks for each change until the stream ends; made by iterating over [`Changes`].
pub struct IntoIter<T: Send + Sync + 'static>(Changes<T>);

impl<T: Send + Sync + 'static> IntoIterator for Changes<T> {
    type Item = Change<T>;
    type IntoIter = IntoIter<T>;

    fn into_iter(self) -> IntoIter<T> {
        IntoIter(self)
    }
}

// A panic never leaves it half changed.
impl<T: Send + Sync + RefUnwindSafe + 'static> UnwindSafe for Changes<T> {}
impl<T: Send + Sync + RefUnwindSafe + 'static> RefUnwindSafe for Changes<T> {}

/// Nothing in it is pinned, whatever the values are.
impl<T: Send + Sync + 'static> Unpin for Changes<T> {}

impl<T: Send + Sync + 'static> Stream for Changes<T> {
    type Item = Change<T>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Change<T>>> {
        self.poll_change(context)
    }
}

impl<T: Send + Sync + 'static> fmt::Debug for Changes<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes")
            .field("seen_version", &self.seen().version())
            .finish_non_exhaustive()
    }
}

impl<T: Send + Sync + 'static> fmt::Debug for IntoIter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IntoIter").field(&self.0).finish()
    }
}

/// Why there is no change to be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum TryRecvError {
    /// None yet.
    Empty,
    /// The identity is gone, and everything has been read.
    Ended,
}

impl fmt::Display for TryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "there is no change to be read yet; wait for one with `recv` or `next`",
            Self::Ended => {
                "the identity has been dropped and all its changes have been read; no more will come"
            }
        })
    }
}

impl Error for TryRecvError {}
