//! Which updates the current thread is in the middle of.
//!
//! An update runs a closure of the user, and the closure may update other things: the updates of a
//! thread form a chain, innermost first. An update that asks for something already in its own
//! chain could never end, as its success makes the outer one run again; the chain shows that
//! before anything has happened, with the place of both calls.
//!
//! An update may also hold a claim on its subject while the closure runs, which keeps others
//! waiting. A thread that is about to wait for something itself finds its own claims here, and gives
//! up those that could close a circle of waiting threads.
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

use super::sync::parking::per_thread;

/// A claim that an update of this thread holds on its subject.
pub(crate) trait Claim {
    /// The subject's place in the one order of all that can be claimed.
    fn order(&self) -> u64;

    /// Whether it is still held, and until when.
    fn hold(&self) -> Hold;

    /// Ends the claim, so that others can get ahead of the update. Runs no code of users.
    fn give_up(&self);
}

/// How firmly a claim is held.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Hold {
    /// No longer.
    Ended,
    /// It may be given up: the closure can run again.
    Plain,
    /// Until the closure has returned, as it runs once only.
    Once,
}

/// One running update, or the beginning of code that belongs to none.
struct Link<'a> {
    /// Null for the latter.
    subject: *const (),
    at: &'static Location<'static>,
    claim: Option<&'a dyn Claim>,
    outer: *const Link<'static>,
}

per_thread! {
    /// Null, or the innermost link of this thread.
    ///
    /// Invariant: whatever is reachable from here are live locals of `linked` calls that this
    /// thread has not returned from, and what they borrow is alive. `Restore` upholds it, also
    /// while a panic unwinds.
    static INNERMOST: Cell<*const Link<'static>> = Cell::new(ptr::null());
}

/// Puts the chain back to what it was when this was made.
struct Restore(*const Link<'static>);

impl Drop for Restore {
    #[inline]
    fn drop(&mut self) {
        INNERMOST.with(|innermost| innermost.set(self.0));
    }
}

/// Runs `f` with this link as the innermost.
#[inline]
fn linked<R>(mut link: Link<'_>, f: impl FnOnce() -> R) -> R {
    link.outer = INNERMOST.with(Cell::get);
    let _restore = Restore(link.outer);
    INNERMOST.with(|innermost| innermost.set((&raw const link).cast()));
    f()
}

/// Runs `f` as the closure of an update of `subject` that was called at `at` and holds `claim`.
#[inline]
pub(crate) fn running<R>(
    subject: *const (),
    at: &'static Location<'static>,
    claim: Option<&dyn Claim>,
    f: impl FnOnce() -> R,
) -> R {
    let link = Link {
        subject,
        at,
        claim,
        outer: ptr::null(),
    };
    linked(link, f)
}

/// Runs `f`, which belongs to no update even if one is running: code that happens to be executed
/// here, such as the `Drop` of a value that nobody holds any more. The claims of this thread stay
/// known: if that code has to wait, it must not wait for them.
#[track_caller]
pub(crate) fn outside<R>(f: impl FnOnce() -> R) -> R {
    if cfg!(heptad_mutant = "nesting_not_left_for_releases") {
        return f();
    }
    running(ptr::null(), Location::caller(), None, f)
}

/// Goes through the chain from the innermost link outwards, until `visit` returns something.
#[inline]
fn find<R>(mut visit: impl FnMut(&Link<'_>) -> Option<R>) -> Option<R> {
    let mut next = INNERMOST.with(Cell::get);
    while !next.is_null() {
        // SAFETY: by the invariant of `INNERMOST`, a non-null link is a live local of this thread,
        // which nobody changes.
        let link = unsafe { &*next };
        if let Some(found) = visit(link) {
            return Some(found);
        }
        next = link.outer;
    }
    None
}

/// As `find`, and not further than code that belongs to no update.
#[inline]
fn find_update<R>(mut visit: impl FnMut(&Link<'_>) -> Option<R>) -> Option<R> {
    find(|link| {
        if link.subject.is_null() {
            return Some(None);
        }
        visit(link).map(Some)
    })
    .flatten()
}

/// Where the update of `subject` was called whose closure this thread is running, if there is one.
#[inline]
pub(crate) fn running_update_of(subject: *const ()) -> Option<&'static Location<'static>> {
    find_update(|link| ptr::eq(link.subject, subject).then_some(link.at))
}

/// Where the innermost update was called whose closure this thread is running, if there is one.
#[allow(
    dead_code,
    reason = "for those who must not be called inside an update"
)]
#[inline]
pub(crate) fn running_update() -> Option<&'static Location<'static>> {
    find_update(|link| Some(link.at))
}

/// Whether this thread holds any claim.
pub(crate) fn holds_claims() -> bool {
    find(|link| {
        let hold = link.claim?.hold();
        (hold != Hold::Ended).then_some(())
    })
    .is_some()
}

/// Where the update was called that holds a claim which this thread cannot give up, if there is one.
pub(crate) fn running_once() -> Option<&'static Location<'static>> {
    find(|link| (link.claim?.hold() == Hold::Once).then_some(link.at))
}

/// Whether this thread holds a claim at `order` or later that can be given up.
///
/// At `order` itself there can only be a claim of an update that this thread is running and has
/// been called `outside` of.
pub(crate) fn holds_plain_from(order: u64) -> bool {
    find(|link| is_plain_from(link.claim?, order).then_some(())).is_some()
}

/// Gives those claims up; returns how many that were.
pub(crate) fn give_up_from(order: u64) -> u32 {
    let mut count = 0;
    find(|link| {
        let claim = link.claim?;
        if is_plain_from(claim, order) {
            claim.give_up();
            count += 1;
        }
        None::<()>
    });
    count
}

fn is_plain_from(claim: &dyn Claim, order: u64) -> bool {
    claim.hold() == Hold::Plain && claim.order() >= order
}
