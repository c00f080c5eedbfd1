//! What no thread has a place for: counts that the reclaimer hands back to a thread that ends.
//!
//! They are queued for the whole process, and the next call of any thread that gives counts up
//! gives up these as well. So a thread that ends runs no user's `Drop` on their account: it could
//! only run it under a pin or inside the destructor of a thread-local, where a panic has nowhere
//! to go and ends the process.

use std::collections::VecDeque;

use super::Retired;
use crate::runtime::sync::{AtomicBool, Mutex, MutexGuard, Ordering};

/// A queue that is nearly always empty, and then costs one relaxed load to look at.
pub(super) struct Leftovers {
    /// Invariant: says whether `queue` holds anything; written under its lock.
    waiting: AtomicBool,
    /// Locked for one step on the queue and never while users' code runs, so nothing can panic
    /// under the lock.
    queue: Mutex<VecDeque<Retired>>,
}

impl Leftovers {
    pub(super) const fn new() -> Self {
        Self {
            waiting: AtomicBool::new(false),
            queue: Mutex::new(VecDeque::new()),
        }
    }

    /// Whether there may be something to take.
    #[inline]
    pub(super) fn waiting(&self) -> bool {
        if cfg!(heptad_mutant = "epoch_leaves_leftovers") {
            return false;
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

    /// The oldest one; none also while another thread is at the queue, as a read waits for nobody.
    ///
    /// One at a time: if its `Drop` takes long, other threads go on with the rest.
    pub(super) fn take_one(&self) -> Option<Retired> {
        if !self.waiting() {
            return None;
        }
        let mut queue = self.queue.try_lock()?;
        let oldest = queue.pop_front();
        self.note(&queue);
        oldest
    }

    fn note(&self, queue: &MutexGuard<'_, VecDeque<Retired>>) {
        self.waiting.store(!queue.is_empty(), Ordering::Relaxed);
    }
}
