//! Freeing shared memory late.
//!
//! A word shared between threads points to a node and owns one count of it. A reader loads the
//! word and then uses the node; in between, a writer may have replaced the node and given up the
//! word's count. This module makes the gap safe, and it is the only place that does:
//!
//! - [`read`] loads a word and lets a piece of the crate's own code look at the node, usually to
//!   take a count; the node outlives the look.
//! - [`retire`] gives up the word's count of a node that the word no longer points to, once no
//!   look can still be going on.
//! - [`flush`] does now what can be done of that, instead of some time later.
//!
//! Two rules keep users out of the mechanism. The look is never user code, so no user code ever
//! runs under protection and a reader that stalls holds back nothing. And giving up a count may
//! run the `Drop` of a user's value, so it happens after the protection has ended, with nothing
//! borrowed, one value at a time: that `Drop` may read, update and drop whatever it likes. If it
//! panics, the panic goes up through the call that gave up the count; [`Afterwards`] says which
//! calls may do that. A thread that ends is no call: it gives up nothing and leaves everything to
//! the calls of others.
//!
//! The backend is `epoch`, on `crossbeam-epoch`, on every platform. Under `cfg(heptad_loom)` it is
//! `model`, which promises as little as this page does and frees as soon as it may.

#![allow(
    unsafe_code,
    reason = "protects raw pointers; the contract of each function is on the function"
)]

#[cfg(not(heptad_loom))]
mod epoch;
#[cfg(not(heptad_loom))]
mod leftovers;
#[cfg(heptad_loom)]
pub(crate) mod model;

#[cfg(not(heptad_loom))]
use epoch as backend;
#[cfg(heptad_loom)]
use model as backend;

use core::ptr::NonNull;

use super::sync::{AtomicPtr, Ordering};

/// The low bits of a protected word that are its owner's and no part of the address.
pub(crate) const OWNER_BITS: usize = 0b1111;

/// A counted node that words point to.
///
/// # Safety
///
/// `release` gives up exactly one count and frees the node with the last one. The alignment of the
/// type leaves [`OWNER_BITS`] of its addresses zero.
pub(crate) unsafe trait Counted: Send + Sync + 'static {
    /// Takes one count more.
    fn acquire(&self);

    /// Gives up one count.
    ///
    /// # Safety
    ///
    /// The caller owns that count, and does not use the node through it afterwards.
    unsafe fn release(node: NonNull<Self>);
}

/// A word's count that is still to be given up; any thread may do it.
struct Retired {
    node: NonNull<()>,
    release: unsafe fn(NonNull<()>),
}

// SAFETY: a count belongs to no thread, as `Counted` is `Send + Sync + 'static`.
unsafe impl Send for Retired {}

impl Retired {
    fn new<N: Counted>(node: NonNull<N>) -> Self {
        /// # Safety
        /// As for `Counted::release`, of a node of type `N`.
        unsafe fn release<N: Counted>(node: NonNull<()>) {
            // SAFETY: passed on to the caller, `Retired` keeps the type and the pointer together.
            unsafe { N::release(node.cast()) }
        }
        Self {
            node: node.cast(),
            release: release::<N>,
        }
    }

    /// Gives up the count, and may run a user's `Drop`.
    ///
    /// # Safety
    ///
    /// No look that could have met the node through its word is still going on.
    unsafe fn release(self) {
        // SAFETY: `retire` was given the count, this value is the only trace of it and is consumed.
        unsafe { (self.release)(self.node) }
    }
}

/// What a call does, at its very end, about counts that were retired earlier and can be given up
/// by now.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Afterwards {
    /// Gives them up. That may run any `Drop`, and a panic of one may come out of the call.
    Release,
    /// Leaves them to a later call: for the beginnings of an operation that no stranger's panic
    /// should keep from happening.
    Nothing,
}

/// Loads `word` and calls `look` with the node it points to.
///
/// `look` is called once; it is `FnMut` for the sake of backends that try two ways. It must be
/// short and must not run code of users.
///
/// # Safety
///
/// `word` is never null and owns a count of the node it points to. That count is given up by
/// [`retire`] only, after the word has come to point elsewhere, or by somebody who has the word to
/// itself. The node was initialized before it was written to the word with Release.
#[inline]
pub(crate) unsafe fn read<N: Counted, R>(
    word: &AtomicPtr<N>,
    afterwards: Afterwards,
    mut look: impl FnMut(NonNull<N>) -> R,
) -> R {
    // SAFETY: passed on to the caller, who vouches that the word holds no null.
    unsafe {
        read_marked(word, afterwards, |marked| {
            look(NonNull::new_unchecked(
                marked.map_addr(|bits| bits & !OWNER_BITS),
            ))
        })
    }
}

/// As [`read`], and `look` gets what the word holds, marks included.
///
/// # Safety
///
/// As for [`read`].
#[inline]
unsafe fn read_marked<N: Counted, R>(
    word: &AtomicPtr<N>,
    afterwards: Afterwards,
    mut look: impl FnMut(*mut N) -> R,
) -> R {
    // Acquire: pairs with the Release that wrote the word; the node's content is seen with it.
    let acquire = if cfg!(heptad_mutant = "reclaim_read_relaxed") {
        Ordering::Relaxed
    } else {
        Ordering::Acquire
    };
    let load = || word.load(acquire);
    if cfg!(heptad_mutant = "reclaim_look_unprotected") {
        let late = backend::protected(afterwards, load);
        return look(late);
    }
    backend::protected(afterwards, || look(load()))
}

/// A node that stays alive for as long as this is held, and the marks that its word had.
///
/// Belongs to the thread that made it.
pub(crate) struct Protected<N: Counted> {
    /// Invariant: the address is that of a shared node, one count of which belongs to this.
    marked: *mut N,
}

impl<N: Counted> Protected<N> {
    /// Loads `word` and keeps the node that it points to alive.
    ///
    /// # Safety
    ///
    /// As for [`read`].
    #[inline]
    pub(crate) unsafe fn load(word: &AtomicPtr<N>) -> Self {
        // SAFETY: passed on to the caller; the node is alive for the look, which takes a count.
        unsafe {
            read_marked(word, Afterwards::Nothing, |marked| {
                (*marked.map_addr(|bits| bits & !OWNER_BITS)).acquire();
                Self { marked }
            })
        }
    }

    /// What the word held, marks included.
    #[allow(dead_code, reason = "the first mark follows")]
    #[inline]
    pub(crate) fn marked(&self) -> *mut N {
        self.marked
    }

    /// Where the node is.
    #[inline]
    pub(crate) fn node(&self) -> NonNull<N> {
        // SAFETY: by the invariant the address is a node's, so it is not null.
        unsafe { NonNull::new_unchecked(self.marked.map_addr(|bits| bits & !OWNER_BITS)) }
    }
}

impl<N: Counted> Drop for Protected<N> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: by the invariant one count is this value's, which ends here.
        unsafe { N::release(self.node()) }
    }
}

/// Gives up the count that a word had of `node`, once nobody can be looking at it.
///
/// Ends as [`Afterwards::Release`] says.
///
/// # Safety
///
/// The word no longer points to `node`, and the count is the caller's to give.
#[inline]
pub(crate) unsafe fn retire<N: Counted>(node: NonNull<N>) {
    let retired = Retired::new(node);
    if cfg!(heptad_mutant = "reclaim_free_at_once") {
        // SAFETY: none; this is the mistake that the models must find.
        return unsafe { retired.release() };
    }
    // SAFETY: the caller's word is the one way to the node that is not counted, and it is closed.
    unsafe { backend::retire(retired) }
}

/// Gives up now what this thread has retired, and what ended threads have left behind.
///
/// A thread that is inside [`read`] at this moment holds it up; it is waited for, but not for
/// ever.
pub(crate) fn flush() {
    backend::flush();
}
