//! The two fences between a reader and a scan, of which only the scan's costs anything.
//!
//! A reader announces itself and then loads a word; a scan comes after a change of that word, and
//! looks for announcements. Each stores and then loads what the other one stores, so each needs a
//! fence between the two, or both may miss the other. Readers are many and scans are few: on Linux,
//! `membarrier` makes every processor that runs a thread of this process execute a full fence, and
//! then the reader's own fence need only keep the compiler from reordering. Where the kernel
//! refuses, found out once, both sides execute a full fence as anywhere else.

#![allow(unsafe_code, reason = "makes a system call")]

use crate::runtime::sync::{Ordering, fence};

/// Makes loom try both orders of two fences, which by themselves are no scheduling points to it.
#[cfg(heptad_loom)]
fn turn() {
    use crate::runtime::sync::AtomicU32;

    loom::lazy_static! {
        static ref TURN: AtomicU32 = AtomicU32::new(0);
    }
    TURN.fetch_add(1, Ordering::Relaxed);
}

/// The reader's fence: of a reader's store before it and a scan's store before [`heavy`], at least
/// one is seen by the other side's loads after it.
#[cfg(heptad_loom)]
pub(super) fn light() {
    turn();
    if !cfg!(heptad_mutant = "hazard_no_reader_fence") {
        // SeqCst: pairs with the one in `heavy`.
        fence(Ordering::SeqCst);
    }
}

/// The scan's fence; whether it took effect.
#[cfg(heptad_loom)]
pub(super) fn heavy() -> bool {
    turn();
    if !cfg!(heptad_mutant = "hazard_no_scan_fence") {
        // SeqCst: pairs with the one in `light`.
        fence(Ordering::SeqCst);
    }
    true
}

#[cfg(not(heptad_loom))]
pub(super) use of_the_machine::{heavy, is_asymmetric, light, light_if_asymmetric};

#[cfg(not(heptad_loom))]
mod of_the_machine {
    use super::{Ordering, fence};
    use crate::runtime::sync::{OnceLock, compiler_fence};

    /// Whether [`heavy`] does the readers' part too. The same answer for the life of the process.
    #[inline]
    pub(in super::super) fn is_asymmetric() -> bool {
        static ANSWER: OnceLock<bool> = OnceLock::new();
        *ANSWER.get_or_init(|| !cfg!(miri) && register() && membarrier())
    }

    /// The reader's fence: of a reader's store before it and a scan's store before [`heavy`], at
    /// least one is seen by the other side's loads after it.
    #[inline]
    pub(in super::super) fn light() {
        if is_asymmetric() {
            light_if_asymmetric();
        } else {
            // SeqCst: pairs with the one in `heavy`.
            fence(Ordering::SeqCst);
        }
    }

    /// [`light`], for who knows the answer of [`is_asymmetric`] to be yes.
    #[inline]
    pub(in super::super) fn light_if_asymmetric() {
        // SeqCst: pairs with the system call in `heavy`, which makes a full fence of it.
        compiler_fence(Ordering::SeqCst);
    }

    /// The scan's fence; whether it took effect. If not, the scan must not rely on it.
    pub(in super::super) fn heavy() -> bool {
        if cfg!(heptad_mutant = "hazard_heavy_fence_is_light") {
            light_if_asymmetric();
            return true;
        }
        if is_asymmetric() {
            // Refused after it was granted: the kernel was out of memory, or the process is a copy
            // of the registered one.
            return membarrier() || (register() && membarrier());
        }
        // SeqCst: pairs with the one in `light`.
        fence(Ordering::SeqCst);
        true
    }

    fn register() -> bool {
        command(libc::MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED)
    }

    fn membarrier() -> bool {
        command(libc::MEMBARRIER_CMD_PRIVATE_EXPEDITED)
    }

    fn command(command: libc::c_int) -> bool {
        const NO_FLAGS: libc::c_uint = 0;
        const ANY_CPU: libc::c_int = 0;
        // SAFETY: the call takes three numbers and touches no memory of ours.
        unsafe { libc::syscall(libc::SYS_membarrier, command, NO_FLAGS, ANY_CPU) == 0 }
    }
}
