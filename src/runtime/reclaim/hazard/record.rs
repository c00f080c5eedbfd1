//! What a thread shows to the others: which nodes it protects, and whether it is about to show one.
//!
//! A read, in this order: load the word; show the address in a slot; light fence; load the word
//! again. If it still points there, the slot was in time. If not, a writer came between, and the
//! read is not repeated in the hope of better luck, but announced: say so; light fence; load the
//! word; show the address in the slot; take the announcement back. There is nothing to check
//! afterwards, so a read ends after a few steps whatever the others do. A scan, in `retirement`,
//! frees nothing that an announced reader may be about to show.
//!
//! The announcement alone would do. But a thread that the system suspends while it is announced
//! holds up everybody's memory, and beside more threads than processors there always is one; so it
//! is kept for the case that is rare.
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

/// For guards. With the word for `announced` and the slot for looks they fill one cache line.
/// Models have few, to be small.
const SLOTS: usize = if cfg!(heptad_loom) { 1 } else { 6 };

/// Null, or the address of a node that is protected.
///
/// Set by the thread that has the record, when it is null. Cleared by the guard, when it is not.
pub(super) type Slot = AtomicPtr<()>;

/// One cache line, and the one beside it that processors fetch together with it.
#[repr(align(128))]
struct Apart<T>(T);

/// The part of a record that readers write.
struct Shown {
    /// Whether the thread is about to show any node that it can still meet.
    announced: AtomicBool,
    slots: [Slot; SLOTS],
    /// Occupied during looks only, so that one is always possible.
    for_looks: Slot,
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
                announced: AtomicBool::new(false),
                slots: core::array::from_fn(|_| Slot::new(ptr::null_mut())),
                for_looks: Slot::new(ptr::null_mut()),
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
    ///
    /// # Safety
    ///
    /// As for [`read`](super::super::read).
    #[inline]
    pub(super) unsafe fn look<N, R>(
        &self,
        light: impl Fn(),
        word: &AtomicPtr<N>,
        look: impl FnOnce(*mut N) -> R,
    ) -> R {
        let slot = &self.shown.0.for_looks;
        // SAFETY: passed on to the caller.
        let marked = unsafe { self.show(light, word, slot) };
        if cfg!(heptad_mutant = "hazard_look_after_its_slot") {
            clear(slot);
        }
        let result = look(marked);
        clear(slot);
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
        light: impl Fn(),
        word: &AtomicPtr<N>,
    ) -> (*mut N, Option<&Slot>) {
        match self.free_slot() {
            // SAFETY: passed on to the caller.
            Some(slot) => (unsafe { self.show(light, word, slot) }, Some(slot)),
            // SAFETY: passed on to the caller.
            None => (unsafe { self.count(light, word) }, None),
        }
    }

    #[inline(never)]
    unsafe fn count<N: Counted>(&self, light: impl Fn(), word: &AtomicPtr<N>) -> *mut N {
        let acquire = |marked: *mut N| {
            // SAFETY: the node is alive for the look.
            unsafe { address(marked).as_ref() }.acquire();
            marked
        };
        // SAFETY: passed on to the caller.
        unsafe { self.look(light, word, acquire) }
    }

    /// Loads `word` and protects the node by this slot.
    #[inline]
    unsafe fn show<N>(&self, light: impl Fn(), word: &AtomicPtr<N>, slot: &Slot) -> *mut N {
        // Relaxed: only the address is used, and what it has to do with the word is seen below.
        // SAFETY: passed on to the caller.
        let guess = unsafe { address(word.load(Ordering::Relaxed)) };
        occupy(slot, guess.as_ptr());
        light();
        let marked = load(word);
        // SAFETY: as above.
        let in_time = unsafe { address(marked) } == guess;
        if (in_time && !cfg!(heptad_mutant = "hazard_announces_always"))
            || cfg!(heptad_mutant = "hazard_guess_not_checked")
        {
            return marked;
        }
        // SAFETY: as above.
        unsafe { self.show_announced(light, word, slot) }
    }

    #[cold]
    #[inline(never)]
    unsafe fn show_announced<N>(
        &self,
        light: impl Fn(),
        word: &AtomicPtr<N>,
        slot: &Slot,
    ) -> *mut N {
        let announced = &self.shown.0.announced;
        // Relaxed: the fence orders it before the load of the word.
        announced.store(true, Ordering::Relaxed);
        light();
        let marked = load(word);
        if cfg!(heptad_mutant = "hazard_announcement_ends_early") {
            announced.store(false, Ordering::Release);
        }
        // SAFETY: passed on to the caller.
        occupy(slot, unsafe { address(marked) }.as_ptr());
        // Release: pairs with the Acquire in `is_announced`. A scan that sees the end of the
        // announcement sees the slot.
        let release = if cfg!(heptad_mutant = "hazard_announcement_ends_relaxed") {
            Ordering::Relaxed
        } else {
            Ordering::Release
        };
        announced.store(false, release);
        marked
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

    /// Whether the thread is about to show any node that it can still meet.
    pub(super) fn is_announced(&self) -> bool {
        // Acquire: pairs with the Release at the end of `show_announced`.
        let acquire = if cfg!(heptad_mutant = "hazard_scan_announcement_relaxed") {
            Ordering::Relaxed
        } else {
            Ordering::Acquire
        };
        self.shown.0.announced.load(acquire)
    }

    /// The nodes that are protected by slots.
    pub(super) fn protected(&self) -> impl Iterator<Item = *mut ()> {
        // Acquire: pairs with the Releases of `occupy` and `clear`: of guards that are gone, the
        // reads happen before what the scan frees.
        let acquire = if cfg!(heptad_mutant = "hazard_scan_slots_relaxed") {
            Ordering::Relaxed
        } else {
            Ordering::Acquire
        };
        let slots = self.shown.0.slots.iter().chain([&self.shown.0.for_looks]);
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
fn occupy<N>(slot: &Slot, node: *mut N) {
    // Release: pairs with the Acquire in `protected`, on behalf of the guard that had the slot
    // before: a scan that no longer finds that one's null has its reads happen before all the same.
    let release = if cfg!(heptad_mutant = "hazard_slot_occupied_relaxed") {
        Ordering::Relaxed
    } else {
        Ordering::Release
    };
    slot.store(node.cast(), release);
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
