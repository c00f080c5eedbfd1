//! The global allocator of the bench: the system's, able to count live bytes.
//!
//! Counting is off while anything is timed. Then the price is one relaxed load
//! of a word that nobody writes and a branch that always goes the same way,
//! which disappears beside the 15 to 20 ns of an allocation, and all systems
//! pay it alike. While counting, the requested sizes are added up, so the
//! figures do not depend on how the allocator rounds them.
#![allow(
    unsafe_code,
    reason = "a global allocator can only be an unsafe implementation"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicIsize, Ordering::Relaxed};

/// The system's allocator with a count that can be switched on.
pub(crate) struct Counting;

static ON: AtomicBool = AtomicBool::new(false);
static LIVE: AtomicIsize = AtomicIsize::new(0);

/// Runs `make` and returns its result with the bytes that it left allocated.
///
/// Counts what all threads do meanwhile; not to be nested.
pub(crate) fn growth<R>(make: impl FnOnce() -> R) -> (R, isize) {
    LIVE.store(0, Relaxed);
    ON.store(true, Relaxed);
    let made = make();
    ON.store(false, Relaxed);
    (made, LIVE.load(Relaxed))
}

#[inline]
fn count(bytes: isize) {
    if ON.load(Relaxed) {
        LIVE.fetch_add(bytes, Relaxed);
    }
}

#[inline]
fn signed(size: usize) -> isize {
    size as isize // a layout never exceeds isize::MAX
}

// SAFETY: every call is handed to `System` unchanged, and what it returns is
// returned unchanged; the count beside it touches no memory of the caller.
unsafe impl GlobalAlloc for Counting {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(signed(layout.size()));
        // SAFETY: the caller keeps `GlobalAlloc`'s contract, which is `System`'s.
        unsafe { System.alloc(layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(signed(layout.size()));
        // SAFETY: as in `alloc`.
        unsafe { System.alloc_zeroed(layout) }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count(-signed(layout.size()));
        // SAFETY: `block` came from `System` through this allocator, with `layout`.
        unsafe { System.dealloc(block, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(signed(size) - signed(layout.size()));
        // SAFETY: as in `dealloc`; `size` is the caller's to keep legal.
        unsafe { System.realloc(block, layout, size) }
    }
}
