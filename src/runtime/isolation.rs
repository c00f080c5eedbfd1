//! Running code of users whose panic is nobody's to receive.
//!
//! Some code of users runs on behalf of nobody who is still there, or must not keep others from
//! their turn: a closure that was not run, the handler of an error, a waker, a watch, the `Drop` of an
//! old value. If it panics, the panic has been reported by the panic hook, and the thread goes on.

use core::mem;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::sync::panicking;

/// Runs `f`; `None` if it panicked, and then what it panicked with has been dropped.
#[inline]
pub(crate) fn isolated<R>(f: impl FnOnce() -> R) -> Option<R> {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(result) => Some(result),
        Err(payload) => {
            discard(payload);
            None
        }
    }
}

/// Drops what a panic carried. If that panics in turn, what it carries then is forgotten.
pub(crate) fn discard(payload: Box<dyn Any + Send>) {
    if cfg!(heptad_mutant = "isolation_drops_payloads_in_the_open") {
        return drop(payload);
    }
    if let Err(of_its_drop) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        mem::forget(of_its_drop);
    }
}

/// Several pieces of users' code that are all to be run, whichever of them panic.
pub(crate) struct FirstPanic(Option<Box<dyn Any + Send>>);

impl FirstPanic {
    pub(crate) fn none() -> Self {
        Self(None)
    }

    pub(crate) fn catch(&mut self, f: impl FnOnce()) {
        match catch_unwind(AssertUnwindSafe(f)) {
            Err(payload) if self.0.is_none() => self.0 = Some(payload),
            Err(payload) => discard(payload),
            Ok(()) => {}
        }
    }

    /// Lets the first panic go on, but not into another one that is under way.
    pub(crate) fn pass_on(self) {
        match self.0 {
            Some(payload) if panicking() => discard(payload),
            Some(payload) => resume_unwind(payload),
            None => {}
        }
    }
}
