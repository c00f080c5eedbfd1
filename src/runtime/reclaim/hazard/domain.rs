//! All records there are, and what ended threads have left.
//!
//! The list of records only grows, so it is walked without any protection. A thread takes a free
//! record or adds one, so there are as many as there have been threads at one time.

#![allow(
    unsafe_code,
    reason = "walks a list of leaked records; see the invariant of Domain::newest"
)]

use core::iter;
use core::ptr;

use super::super::leftovers::Leftovers;
use super::record::Record;
use crate::runtime::sync::{AtomicPtr, Ordering, const_fn};

/// Those who protect nodes from one another. The process has one, a model one for each run.
pub(crate) struct Domain {
    /// Invariant: null, or the record that was added last; it and those behind it were leaked.
    newest: AtomicPtr<Record>,
    /// Not judged: the fence of whoever takes them comes later.
    pub(super) leftovers: Leftovers,
}

impl Domain {
    const_fn! {
        pub(crate) fn new() -> Self {
            Self {
                newest: AtomicPtr::new(ptr::null_mut()),
                leftovers: Leftovers::new(),
            }
        }
    }

    /// All records that were in the list at the time of the call.
    pub(super) fn records(&self) -> impl Iterator<Item = &'static Record> + use<> {
        // Acquire: pairs with the Release in `add`.
        let newest: *const Record = self.newest.load(Ordering::Acquire);
        // SAFETY: by the invariant of `newest` each is null or was leaked.
        let newest = unsafe { newest.as_ref() };
        // SAFETY: as above.
        iter::successors(newest, |record| unsafe { record.next().as_ref() })
    }

    /// A record for the calling thread.
    pub(super) fn join(&self) -> &'static Record {
        let free = self.records().find(|record| record.take());
        free.unwrap_or_else(|| self.add())
    }

    #[cold]
    fn add(&self) -> &'static Record {
        let record = Box::into_raw(Box::new(Record::new()));
        let mut newest = self.newest.load(Ordering::Relaxed);
        loop {
            // SAFETY: nobody else has the record before it is in the list.
            unsafe { (*record).set_next(newest) };
            // Release: pairs with the Acquire in `records`, or, through a newer record, follows
            // from its being a read-modify-write. Relaxed on failure: what was found is not looked
            // into.
            let added =
                self.newest
                    .compare_exchange(newest, record, Ordering::Release, Ordering::Relaxed);
            match added {
                // SAFETY: it is leaked here, and from now on only shared.
                Ok(_) => return unsafe { &*record },
                Err(newer) => newest = newer,
            }
        }
    }

    /// Gives up the record of a thread that ends. What it has retired is left to others.
    pub(super) fn leave(&self, record: &Record) {
        let left = record.retirement().end();
        if !left.is_empty() && !cfg!(heptad_mutant = "hazard_forgets_at_thread_end") {
            self.leftovers.put(left);
        }
        record.give_back();
    }
}

#[cfg(heptad_loom)]
impl Drop for Domain {
    /// Models are run a million times. All threads of this one have ended.
    fn drop(&mut self) {
        let mut next: *mut Record = self.newest.load(Ordering::Relaxed);
        while !next.is_null() {
            // SAFETY: by the invariant of `newest` it came from a `Box`, and nobody is left.
            let record = unsafe { Box::from_raw(next) };
            next = record.next().cast_mut();
        }
    }
}
