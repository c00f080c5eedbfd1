//! A part that most owners never need, made when it is first asked for.
//!
//! As `OnceLock<Box<T>>`, in one word, and seen by the model checker.

#![allow(
    unsafe_code,
    reason = "owns a box through an atomic pointer; see the invariant of OnceBox::place"
)]

use core::marker::PhantomData;
use core::ptr;

use super::sync::{AtomicPtr, Ordering};

/// Null, or a box that stays until this is dropped.
pub(crate) struct OnceBox<T> {
    /// Invariant: null, or a pointer that was leaked from a `Box` and belongs to this. It is
    /// written once, from null.
    place: AtomicPtr<T>,
    _owns: PhantomData<T>,
}

// SAFETY: it owns a `T` like a box and lends it out shared like one: `T: Send` to move it or to
// drop it elsewhere.
unsafe impl<T: Send> Send for OnceBox<T> {}
// SAFETY: a shared one lends `&T` (`T: Sync`), and takes in a `T` made on any thread (`T: Send`).
unsafe impl<T: Send + Sync> Sync for OnceBox<T> {}

impl<T> OnceBox<T> {
    pub(crate) fn new() -> Self {
        Self {
            place: AtomicPtr::new(ptr::null_mut()),
            _owns: PhantomData,
        }
    }

    /// What is there, if it has been made.
    #[inline]
    pub(crate) fn get(&self) -> Option<&T> {
        // Acquire: pairs with the Release of `get_or_make`, the content comes with the pointer.
        let acquire = if cfg!(heptad_mutant = "once_box_get_relaxed") {
            Ordering::Relaxed
        } else {
            Ordering::Acquire
        };
        let made = self.place.load(acquire);
        // SAFETY: by the invariant null or this object's own box, which is not freed or written to
        // while `self` is borrowed; Acquire has made its content visible.
        unsafe { made.as_ref() }
    }

    /// What is there; made now if it has not been. Of two that are made at once one is dropped.
    pub(crate) fn get_or_make(&self, make: impl FnOnce() -> T) -> &T {
        if let Some(made) = self.get() {
            return made;
        }
        let ours = Box::into_raw(Box::new(make()));
        // Release: pairs with the Acquire of `get`. Acquire on failure: pairs with the Release of
        // whoever was first.
        let first = self.place.compare_exchange(
            ptr::null_mut(),
            ours,
            Ordering::Release,
            Ordering::Acquire,
        );
        match first {
            // SAFETY: it belongs to this object now, see `get`.
            Ok(_) => unsafe { &*ours },
            Err(theirs) => {
                // SAFETY: leaked above, and shown to nobody.
                drop(unsafe { Box::from_raw(ours) });
                // SAFETY: as in `get`: not null, as the exchange has failed.
                unsafe { &*theirs }
            }
        }
    }
}

impl<T> Drop for OnceBox<T> {
    fn drop(&mut self) {
        // Relaxed: the object is exclusively borrowed, whoever handed it over ordered that.
        let made = self.place.load(Ordering::Relaxed);
        if !made.is_null() {
            // SAFETY: by the invariant the box is this object's, which ends here.
            drop(unsafe { Box::from_raw(made) });
        }
    }
}
