//! Giving up counts whose time has come, with everything that a user's `Drop` may do in mind.
//!
//! Such a `Drop` may use identities and so come back here: a second release does not start inside
//! the first, so that the stack stays flat however many values are waiting. It may panic: every
//! other value has its turn all the same, and the first panic goes on to the caller afterwards.

#![allow(unsafe_code, reason = "gives up counts that a backend vouches for")]

use core::cell::Cell;

use super::Retired;
use crate::runtime::isolation::FirstPanic;
use crate::runtime::nesting;
use crate::runtime::sync::per_thread;

per_thread! {
    /// Set while `release_all` runs. Of the thread and of nothing smaller, as the end of a thread
    /// has several participants.
    static RELEASING: Cell<bool> = Cell::new(false);
}

/// Whether this thread is in the middle of a release: a user's `Drop` is running.
#[allow(dead_code, reason = "not every backend asks")]
pub(super) fn is_releasing() -> bool {
    RELEASING.with(Cell::get)
}

/// Gives up one after the other what `ready` returns; does not even call it inside a release.
///
/// # Safety
///
/// No look that could have met one of the nodes through its word is still going on.
pub(super) unsafe fn release_all<I: IntoIterator<Item = Retired>>(ready: impl FnOnce() -> I) {
    let nested = RELEASING.with(|releasing| releasing.replace(true));
    if nested && !cfg!(heptad_mutant = "reclaim_releases_inside_releases") {
        return;
    }
    let mut panics = FirstPanic::none();
    for retired in ready() {
        // SAFETY: passed on to the caller.
        panics.catch(|| nesting::outside(|| unsafe { retired.release() }));
    }
    RELEASING.with(|releasing| releasing.set(false));
    panics.pass_on();
}
