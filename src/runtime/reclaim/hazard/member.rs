//! The hazard reclaimer as models use it: without statics, so that each run has its own, and with
//! scans when the model says so.

#![allow(
    unsafe_code,
    reason = "passes on the contracts of reclaim; gives up what a scan has judged"
)]

use core::iter;
use core::ptr::NonNull;

use super::super::release::release_all;
use super::super::{Counted, Retired, address};
use super::domain::Domain;
use super::record::Record;
use super::{Protected, fence};
use crate::runtime::sync::{Arc, AtomicPtr};

/// What the threads of one run have in common.
#[derive(Clone)]
pub(crate) struct Club(Arc<Domain>);

impl Club {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Domain::new()))
    }

    /// The calling thread takes part until what this returns is dropped.
    pub(crate) fn join(&self) -> Member {
        Member {
            record: self.0.join(),
            club: self.clone(),
        }
    }
}

/// One thread's part.
pub(crate) struct Member {
    club: Club,
    record: &'static Record,
}

impl Member {
    /// # Safety
    ///
    /// As for `Protected::load`; what is returned does not outlive the club.
    pub(crate) unsafe fn load<N: Counted>(&self, word: &AtomicPtr<N>) -> Protected<N> {
        // SAFETY: passed on to the caller.
        Protected::new(unsafe { self.record.protect(fence::light, word) })
    }

    /// # Safety
    ///
    /// As for `reclaim::read`.
    pub(crate) unsafe fn read<N: Counted, R>(
        &self,
        word: &AtomicPtr<N>,
        look: impl FnOnce(NonNull<N>) -> R,
    ) -> R {
        // SAFETY: passed on to the caller.
        unsafe {
            self.record
                .look(fence::light, word, |marked| look(address(marked)))
        }
    }

    /// # Safety
    ///
    /// As for `reclaim::retire`.
    pub(crate) unsafe fn retire<N: Counted>(&self, node: NonNull<N>) {
        let _ = self.record.retirement().add(Retired::new(node));
    }

    /// Gives up what can be given up now.
    pub(crate) fn scan(&self) {
        self.record.retirement().scan(&self.club.0);
        let next = || self.record.retirement().next_ready();
        // SAFETY: the scan has found that no read and no guard can be using these.
        unsafe { release_all(|| iter::from_fn(next)) }
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.club.0.leave(self.record);
    }
}
