//! Freeing shared memory late.
//!
//! A word shared between threads points to a node and owns one count of it. A reader loads the
//! word and then uses the node; in between, a writer may have replaced the node and given up the
//! word's count. This module makes the gap safe, and it is the only place that does:
//!
//! - [`read`] loads a word and lets a piece of the crate's own code look at the node, usually to
//!   take a count; the node outlives the look.
//! - [`Protected`] keeps the node of a word alive for this thread, for as long as it is held.
//! - [`retire`] gives up the word's count of a node that the word no longer points to, once no
//!   look can still be going on and nobody protects the node.
//! - [`flush`] does now what can be done of that, instead of some time later.
//!
//! Two rules keep users out of the mechanism. The look is never user code, so a reader that stalls
//! in its own code holds back nothing but what it protects. And giving up a count may run the
//! `Drop` of a user's value, so only `retire` and `flush` do it, at their very end, with nothing
//! borrowed, one value at a time: that `Drop` may read, update and drop whatever it likes. If it
//! panics, the panic goes up through the call that gave up the count. A read frees nothing, even if
//! what it protected is nobody else's any more, and a thread that ends is no call: they leave it to
//! the updates of others.
//!
//! | backend | where | what a reader pays |
//! |---|---|---|
//! | `hazard` | Linux | a few stores to memory of its own |
//! | `epoch`, on `crossbeam-epoch` | elsewhere, and under `cfg(heptad_portable)` | locked instructions, on memory of the value too |
//! | `model` | under `cfg(heptad_loom)` | it promises as little as this page does, and frees as soon as it may |

#![allow(
    unsafe_code,
    reason = "protects raw pointers; the contract of each function is on the function"
)]

#[cfg(any(heptad_loom, heptad_portable, not(target_os = "linux")))]
mod counted;
#[cfg(all(not(heptad_loom), any(heptad_portable, not(target_os = "linux"))))]
mod epoch;
#[cfg(any(heptad_loom, all(target_os = "linux", not(heptad_portable))))]
#[cfg_attr(
    heptad_loom,
    allow(dead_code, reason = "modelled by itself, in tests/loom_hazard.rs")
)]
pub(crate) mod hazard;
mod leftovers;
#[cfg(heptad_loom)]
pub(crate) mod model;
#[cfg_attr(heptad_loom, allow(dead_code, reason = "as for `hazard`"))]
mod release;

#[cfg(all(not(heptad_loom), any(heptad_portable, not(target_os = "linux"))))]
use epoch as backend;
#[cfg(all(target_os = "linux", not(any(heptad_loom, heptad_portable))))]
use hazard as backend;
#[cfg(heptad_loom)]
use model as backend;

use core::ptr::NonNull;

use super::sync::{AtomicPtr, Ordering};

/// A node kept alive for one thread.
pub(crate) use backend::Protected;

/// The low bits of a protected word that are its owner's and no part of the address.
pub(crate) const OWNER_BITS: usize = 0b1111;

/// A counted node that words point to.
///
/// # Safety
///
/// Counts are counted: `give_up` says yes to the last one and to nobody else. The alignment of the
/// type leaves [`OWNER_BITS`] of its addresses zero.
pub(crate) unsafe trait Counted: Send + Sync + 'static {
    /// Takes one count more.
    fn acquire(&self);

    /// Gives up one count; whether it was the last, and then the node is to be freed.
    ///
    /// # Safety
    ///
    /// The caller owns that count, and does not use the node through it afterwards.
    unsafe fn give_up(node: NonNull<Self>) -> bool;

    /// Frees the node, and may run a user's `Drop`.
    ///
    /// # Safety
    ///
    /// `give_up` has said yes, to the caller or to who asks for this.
    unsafe fn free(node: NonNull<Self>);

    /// Gives up one count, and frees the node with the last one.
    ///
    /// # Safety
    ///
    /// As for `give_up`.
    #[inline]
    unsafe fn release(node: NonNull<Self>) {
        // SAFETY: passed on to the caller; and freed by who had the last count.
        unsafe {
            if Self::give_up(node) {
                Self::free(node);
            }
        }
    }
}

/// A word's count that is still to be given up, or a node that is to be freed; any thread may do
/// it.
struct Retired {
    node: NonNull<()>,
    release: unsafe fn(NonNull<()>),
}

// SAFETY: a count belongs to no thread, as `Counted` is `Send + Sync + 'static`.
unsafe impl Send for Retired {}

impl Retired {
    /// A count.
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

    /// A node whose last count was given up by somebody who must not run a user's `Drop`.
    fn without_count<N: Counted>(node: NonNull<N>) -> Self {
        /// # Safety
        /// As for `Counted::free`, of a node of type `N`.
        unsafe fn free<N: Counted>(node: NonNull<()>) {
            // SAFETY: passed on to the caller, `Retired` keeps the type and the pointer together.
            unsafe { N::free(node.cast()) }
        }
        Self {
            node: node.cast(),
            release: free::<N>,
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

/// Ends a reader's count. If it was the last one, the node is left to the updates of any thread, as
/// reading runs no `Drop`.
///
/// # Safety
///
/// As for `Counted::give_up`.
unsafe fn end_count<N: Counted>(node: NonNull<N>) {
    // SAFETY: passed on to the caller; a node without a count is left, or freed, once.
    unsafe {
        if cfg!(heptad_mutant = "reclaim_guards_release") {
            N::release(node);
        } else if N::give_up(node) {
            backend::leave(Retired::without_count(node));
        }
    }
}

/// Loads `word` and calls `look` with the node it points to.
///
/// `look` is called once; it is `FnMut` for the sake of backends that try two ways. It must be
/// short, must not run code of users and must not come back here.
///
/// # Safety
///
/// `word` is never null and owns a count of the node it points to. That count is given up by
/// [`retire`] only, after the word has come to point elsewhere, or by somebody who has the word to
/// itself. The node was initialized before it was written to the word with Release.
#[inline]
pub(crate) unsafe fn read<N: Counted, R>(
    word: &AtomicPtr<N>,
    mut look: impl FnMut(NonNull<N>) -> R,
) -> R {
    // SAFETY: passed on to the caller, who vouches that the word holds no null.
    unsafe { backend::read(word, |marked| look(address(marked))) }
}

/// The node of a word that held `marked`.
///
/// # Safety
///
/// `marked` is the address of a node with or without marks.
#[inline]
unsafe fn address<N>(marked: *mut N) -> NonNull<N> {
    // SAFETY: passed on to the caller, a node is not at null.
    unsafe { NonNull::new_unchecked(marked.map_addr(|bits| bits & !OWNER_BITS)) }
}

/// The load of a word that is read under protection.
#[inline]
fn load<N>(word: &AtomicPtr<N>) -> *mut N {
    // Acquire: pairs with the Release that wrote the word; the node's content is seen with it.
    let acquire = if cfg!(heptad_mutant = "reclaim_read_relaxed") {
        Ordering::Relaxed
    } else {
        Ordering::Acquire
    };
    word.load(acquire)
}

/// Gives up the count that a word had of `node`, once nobody can be looking at it.
///
/// May also give up, at its end, what this and other threads have retired before: that can run any
/// `Drop`, and a panic of one comes out of this call.
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
/// A thread that the system has suspended inside [`read`] holds it up; it is waited for, but not
/// for ever.
pub(crate) fn flush() {
    backend::flush();
}
