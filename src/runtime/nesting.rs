//! Which updates the current thread is in the middle of.
//!
//! An update runs a closure of the user, and the closure may update other things: the updates of a
//! thread form a chain, innermost first. An update that asks for something already in its own
//! chain could never end, as its success makes the outer one run again; the chain shows that
//! before anything has happened, with the place of both calls.
//!
//! Each link lives in the stack frame that runs the closure, so a link costs two writes to a
//! static of the thread.

#![allow(
    unsafe_code,
    reason = "the chain is linked through stack frames; see the invariant of INNERMOST"
)]

use core::cell::Cell;
use core::panic::Location;
use core::ptr;

use super::sync::per_thread;

/// One running update.
struct Link {
    subject: *const (),
    at: &'static Location<'static>,
    outer: *const Link,
}

per_thread! {
    /// Null, or the innermost link of this thread.
    ///
    /// Invariant: whatever is reachable from here are live locals of `running` calls that this
    /// thread has not returned from. `Restore` upholds it, also while a panic unwinds.
    static INNERMOST: Cell<*const Link> = Cell::new(ptr::null());
}

/// Puts the chain back to what it was when this was made.
struct Restore(*const Link);

impl Restore {
    #[inline]
    fn and_set(chain: *const Link) -> Self {
        Self(INNERMOST.with(|innermost| innermost.replace(chain)))
    }
}

impl Drop for Restore {
    #[inline]
    fn drop(&mut self) {
        INNERMOST.with(|innermost| innermost.set(self.0));
    }
}

/// Runs `f` as the closure of an update of `subject` that was called at `at`.
#[inline]
pub(crate) fn running<R>(
    subject: *const (),
    at: &'static Location<'static>,
    f: impl FnOnce() -> R,
) -> R {
    let link = Link {
        subject,
        at,
        outer: INNERMOST.with(Cell::get),
    };
    let _restore = Restore::and_set(&raw const link);
    f()
}

/// Runs `f`, which belongs to no update even if one is running: code that happens to be executed
/// here, such as the `Drop` of a value that nobody holds any more.
#[inline]
pub(crate) fn outside<R>(f: impl FnOnce() -> R) -> R {
    if cfg!(heptad_mutant = "nesting_not_left_for_releases") {
        return f();
    }
    let _restore = Restore::and_set(ptr::null());
    f()
}

/// Where the innermost update was called whose closure this thread is running, if there is one.
#[inline]
pub(crate) fn running_update() -> Option<&'static Location<'static>> {
    let innermost = INNERMOST.with(Cell::get);
    // SAFETY: by the invariant of `INNERMOST`, a non-null link is a live local of this thread,
    // which nobody changes.
    unsafe { innermost.as_ref() }.map(|link| link.at)
}

/// Where the update of `subject` was called whose closure this thread is running, if there is one.
#[inline]
pub(crate) fn running_update_of(subject: *const ()) -> Option<&'static Location<'static>> {
    let mut next = INNERMOST.with(Cell::get);
    while !next.is_null() {
        // SAFETY: by the invariant of `INNERMOST`, a non-null link is a live local of this thread,
        // which nobody changes.
        let link = unsafe { &*next };
        if ptr::eq(link.subject, subject) {
            return Some(link.at);
        }
        next = link.outer;
    }
    None
}
