//! What no thread has a place for: counts that belong to a thread that ends, or that a reader has
//! come across.
//!
//! They are queued for the whole process, and later updates of any thread, or a flush, give them
//! up. So a thread that ends runs no user's `Drop` on their account: it could only run it inside
//! the destructor of a thread-local, where a panic has nowhere to go and ends the process. Nor does
//! a read.
//!
//! Whether the counts in here may be given up at once is a matter of the backend: those of `epoch`
//! may, those of `hazard` have yet to be judged.

use std::collections::VecDeque;

use super::Retired;
use crate::runtime::sync::{AtomicUsize, Mutex, MutexGuard, Ordering, const_fn};

/// A queue that is nearly always empty, and then costs one relaxed load to look at.
pub(super) struct Leftovers {
    /// Invariant: how many `queue` holds; written under its lock.
    waiting: AtomicUsize,
    /// Locked for one step on the queue and never while users' code runs, so nothing can panic
    /// under the lock.
    queue: Mutex<VecDeque<Retired>>,
}

#[allow(dead_code, reason = "each backend takes what it needs")]
impl Leftovers {
    const_fn! {
        pub(super) fn new() -> Self {
            Self {
                waiting: AtomicUsize::new(0),
                queue: Mutex::new(VecDeque::new()),
            }
        }
    }

    /// How many there may be to take.
    #[inline]
    pub(super) fn waiting(&self) -> usize {
        if cfg!(heptad_mutant = "reclaim_leaves_leftovers") {
            return 0;
        }
        // Relaxed: a hint, the lock orders the content. Who has joined the thread that put
        // something here sees it.
        self.waiting.load(Ordering::Relaxed)
    }

    pub(super) fn put(&self, retired: impl IntoIterator<Item = Retired>) {
        let mut queue = self.queue.lock();
        queue.extend(retired);
        self.note(&queue);
    }

    /// As [`put`](Self::put), for a caller that must not wait: does nothing while another thread
    /// is at the queue.
    pub(super) fn offer(&self, retired: &mut VecDeque<Retired>) {
        if let Some(mut queue) = self.queue.try_lock() {
            queue.append(retired);
            self.note(&queue);
        }
    }

    /// The oldest one; none also while another thread is at the queue.
    ///
    /// One at a time: if its `Drop` takes long, other threads go on with the rest.
    pub(super) fn take_one(&self) -> Option<Retired> {
        if self.waiting() == 0 {
            return None;
        }
        let mut queue = self.queue.try_lock()?;
        let oldest = queue.pop_front();
        self.note(&queue);
        oldest
    }

    /// Moves all that is there to `place`.
    pub(super) fn take_all(&self, place: &mut Vec<Retired>) {
        if self.waiting() == 0 {
            return;
        }
        let mut queue = self.queue.lock();
        place.extend(queue.drain(..));
        self.note(&queue);
    }

    fn note(&self, queue: &MutexGuard<'_, VecDeque<Retired>>) {
        self.waiting.store(queue.len(), Ordering::Relaxed);
    }
}
