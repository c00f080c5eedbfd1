//! What a thread shows to the others: whether it is just reading, and which nodes it protects.
//!
//! A read, in this order: say that it reads; light fence; load the word; show the address in a
//! slot, or take a count; say that it no longer reads. There is nothing to check afterwards and
//! nothing to repeat. A scan, in `retirement`, frees nothing that a reader may be about to show.
//!
//! A slot that shows something is occupied, and nothing else says so. A guard that is never dropped
//! thus keeps its slot for ever, also when its thread has ended and another one uses the record.

#![allow(
    unsafe_code,
    reason = "takes counts of nodes that the protocol keeps alive; see Record::retirement"
)]

use core::cell::{RefCell, RefMut};
use core::ptr;

use super::super::{Counted, address, load};
use super::retirement::Retirement;
use crate::runtime::sync::{AtomicBool, AtomicPtr, Ordering};

/// With the word for `reading` they fill one cache line. Models have few, to be small.
pub(super) const SLOTS: usize = if cfg!(heptad_loom) { 2 } else { 7 };

/// Null, or the address of a node that is protected.
///
/// Set by the thread that has the record, when it is null. Cleared by the guard, when it is not.
pub(super) type Slot = AtomicPtr<()>;

/// One cache line, and the one beside it that processors fetch together with it.
#[repr(align(128))]
struct Apart<T>(T);

/// The part of a record that readers write.
struct Shown {
    /// Whether the thread is between the announcement of a read and its end.
    reading: AtomicBool,
    slots: [Slot; SLOTS],
}

/// A place in the list of all threads, used by one thread at a time and never freed.
#[repr(C)]
pub(super) struct Record {
    shown: Apart<Shown>,
    /// Invariant: only the thread that has the record touches it.
    retirement: Apart<RefCell<Retirement>>,
    /// Whether a thread has the record.
    taken: AtomicBool,
    /// Invariant: written before the record is in the list, and never again.
    next: *const Record,
}

// SAFETY: atomics, but for `next`, which is not written while the record is shared, and
// `retirement`, which is one thread's at a time: `take` acquires what `give_back` releases.
unsafe impl Sync for Record {}
// SAFETY: as above; what `retirement` holds is `Send`.
unsafe impl Send for Record {}

impl Record {
    /// A record that the calling thread has.
    pub(super) fn new() -> Self {
        Self {
            shown: Apart(Shown {
                reading: AtomicBool::new(false),
                slots: core::array::from_fn(|_| Slot::new(ptr::null_mut())),
            }),
            retirement: Apart(RefCell::new(Retirement::new())),
            taken: AtomicBool::new(true),
            next: ptr::null(),
        }
    }

    pub(super) fn next(&self) -> *const Self {
        self.next
    }

    pub(super) fn set_next(&mut self, next: *const Self) {
        self.next = next;
    }

    /// Whether the record was free; then it is the calling thread's.
    pub(super) fn take(&self) -> bool {
        // Acquire: pairs with the Release in `give_back`.
        !self.taken.load(Ordering::Relaxed)
            && self
                .taken
                .compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed)
                .is_ok()
    }

    /// Leaves the record to another thread. Slots may be occupied and stay so.
    pub(super) fn give_back(&self) {
        // Release: pairs with the Acquire in `take`; the next thread has the retirement as it is.
        self.taken.store(false, Ordering::Release);
    }

    /// What this thread, which has the record, has retired.
    #[inline]
    pub(super) fn retirement(&self) -> RefMut<'_, Retirement> {
        self.retirement.0.borrow_mut()
    }

    /// Loads `word`, and runs `look` while what was loaded is kept alive.
    #[inline]
    pub(super) fn read<N, R>(
        &self,
        light: impl FnOnce(),
        word: &AtomicPtr<N>,
        look: impl FnOnce(*mut N) -> R,
    ) -> R {
        let reading = &self.shown.0.reading;
        // Relaxed: the fence orders it before the load of the word.
        reading.store(true, Ordering::Relaxed);
        light();
        let marked = load(word);
        if cfg!(heptad_mutant = "hazard_reading_ends_early") {
            reading.store(false, Ordering::Release);
        }
        let result = look(marked);
        // Release: pairs with the Acquire in `is_reading`. A scan that sees the end of the read
        // sees the slot or the count, and has what was read happen before what it frees.
        let release = if cfg!(heptad_mutant = "hazard_end_of_reading_relaxed") {
            Ordering::Relaxed
        } else {
            Ordering::Release
        };
        reading.store(false, release);
        result
    }

    /// Loads `word` and protects the node by a slot, or, if there is none, by a count.
    ///
    /// # Safety
    ///
    /// As for [`read`](super::super::read).
    #[inline]
    pub(super) unsafe fn protect<N: Counted>(
        &self,
        light: impl FnOnce(),
        word: &AtomicPtr<N>,
    ) -> (*mut N, Option<&Slot>) {
        self.read(light, word, |marked| {
            let slot = self.free_slot();
            // SAFETY: passed on to the caller, and `read` keeps the node alive for this.
            let node = unsafe { address(marked) };
            if let Some(slot) = slot {
                show(slot, node.as_ptr().cast());
            } else {
                // SAFETY: as above.
                unsafe { node.as_ref() }.acquire();
            }
            (marked, slot)
        })
    }

    #[inline]
    fn free_slot(&self) -> Option<&Slot> {
        let first = &self.shown.0.slots[0];
        if is_free(first) {
            return Some(first);
        }
        self.further_slot()
    }

    #[inline(never)]
    fn further_slot(&self) -> Option<&Slot> {
        self.shown.0.slots[1..].iter().find(|slot| is_free(slot))
    }

    /// Whether the thread is reading, and may be about to show any node that it still can meet.
    pub(super) fn is_reading(&self) -> bool {
        // Acquire: pairs with the Release at the end of `read`.
        let acquire = if cfg!(heptad_mutant = "hazard_scan_reading_relaxed") {
            Ordering::Relaxed
        } else {
            Ordering::Acquire
        };
        self.shown.0.reading.load(acquire)
    }

    /// The nodes that are protected by slots.
    pub(super) fn protected(&self) -> impl Iterator<Item = *mut ()> {
        // Acquire: pairs with the Releases of `show` and `clear`: of guards that are gone, the
        // reads happen before what the scan frees.
        let acquire = if cfg!(heptad_mutant = "hazard_scan_slots_relaxed") {
            Ordering::Relaxed
        } else {
            Ordering::Acquire
        };
        let slots = self.shown.0.slots.iter();
        slots
            .map(move |slot| slot.load(acquire))
            .filter(|node| !node.is_null())
    }
}

#[inline]
fn is_free(slot: &Slot) -> bool {
    // Relaxed: of the record's own thread, or cleared by a guard that outlived its thread, and then
    // the order of the stores is all that matters.
    slot.load(Ordering::Relaxed).is_null()
}

#[inline]
fn show(slot: &Slot, node: *mut ()) {
    // Release: pairs with the Acquire in `protected`, on behalf of the guard that had the slot
    // before: a scan that no longer finds that one's null has its reads happen before all the same.
    let release = if cfg!(heptad_mutant = "hazard_slot_shown_relaxed") {
        Ordering::Relaxed
    } else {
        Ordering::Release
    };
    slot.store(node, release);
}

/// Ends what a guard protected.
#[inline]
pub(super) fn clear(slot: &Slot) {
    // Release: pairs with the Acquire in `protected`; what the guard read happens before.
    let release = if cfg!(heptad_mutant = "hazard_slot_cleared_relaxed") {
        Ordering::Relaxed
    } else {
        Ordering::Release
    };
    slot.store(ptr::null_mut(), release);
}
