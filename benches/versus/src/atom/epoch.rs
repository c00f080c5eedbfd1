//! The place that one builds by hand from `crossbeam-epoch`: a pointer, a pin, a compare-and-set.
#![allow(
    unsafe_code,
    reason = "crossbeam-epoch leaves it to its user that a pointer is alive and freed once"
)]

use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};

use crossbeam_epoch::{self as epoch, Atomic, Owned};

use super::systems::Place;

pub(super) struct Epoch<T> {
    /// Invariant: never null, and owns what it points to.
    pointer: Atomic<T>,
}

impl<T: Send + Sync> Place<T> for Epoch<T> {
    const NAME: &'static str = "crossbeam-epoch";

    fn new(value: T) -> Self {
        Self {
            pointer: Atomic::new(value),
        }
    }

    fn read<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        let pin = epoch::pin();
        // Acquire: pairs with the compare-and-set of `update`.
        let value = self.pointer.load(Acquire, &pin);
        // SAFETY: not null, and what was in `pointer` under this pin is freed after the pin.
        look(unsafe { value.deref() })
    }

    fn update(&self, mut change: impl FnMut(&T) -> T) {
        let pin = epoch::pin();
        // Acquire: pairs with the compare-and-set below.
        let mut old = self.pointer.load(Acquire, &pin);
        loop {
            // SAFETY: as in `read`.
            let next = Owned::new(change(unsafe { old.deref() }));
            // AcqRel and Acquire: a release pairs with the loads, which the failure is one of.
            let set = self
                .pointer
                .compare_exchange_weak(old, next, AcqRel, Acquire, &pin);
            match set {
                // SAFETY: `old` left `pointer` here, by this thread alone.
                Ok(_) => return unsafe { pin.defer_destroy(old) },
                Err(error) => old = error.current,
            }
        }
    }
}

impl<T> Drop for Epoch<T> {
    fn drop(&mut self) {
        // SAFETY: nobody else has the place any more, so no pin is needed.
        let pin = unsafe { epoch::unprotected() };
        // SAFETY: by the invariant it owns what it points to.
        drop(unsafe { self.pointer.load(Relaxed, pin).into_owned() });
    }
}
