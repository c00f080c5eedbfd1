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

#[cfg(all(test, not(heptad_loom)))]
mod tests {
    use std::array;
    use std::sync::atomic::{AtomicU64, Ordering::*};
    use std::thread;
    use std::time::Instant;

    use super::*;

    const ROUNDS: u64 = 8_000;

    #[derive(Default)]
    #[repr(align(128))]
    struct Line(AtomicU64);

    /// Two threads, each of which stores and then loads what the other one stores.
    #[derive(Default)]
    struct Litmus {
        stored: [Line; 2],
        loaded: [Line; 2],
        arrived: [Line; 2],
        start: Line,
    }

    impl Litmus {
        fn meet(&self, side: usize, time: u64) {
            self.arrived[side].0.store(time, SeqCst);
            let mut patience = 1 << 12;
            while self.arrived[1 - side].0.load(SeqCst) < time {
                patience -= 1;
                if patience == 0 {
                    thread::yield_now();
                    patience = 1;
                }
            }
        }

        /// Both go on from here at the same moment, give or take some nanoseconds.
        fn start_together(&self, side: usize, round: u64, clock: Instant) {
            let now = || u64::try_from(clock.elapsed().as_nanos()).unwrap();
            self.meet(side, 3 * round + 1);
            if side == 0 {
                self.start.0.store(now() + 1000, SeqCst);
            }
            // One side a little earlier or later than the other, in every round by another measure;
            // and the reader sometimes by so much that the barrier is over.
            let late = if round % 8 == 0 {
                round * 31 % 100_000
            } else {
                100
            };
            let late = if side == 0 { late } else { round * 7 % 200 };
            let mut start = 0;
            while start == 0 || now() < start + late {
                start = self.start.0.load(SeqCst);
            }
        }

        /// One round; how often this side did not see the other is counted.
        fn round(&self, side: usize, round: u64, fence: impl Fn(), clock: Instant) -> usize {
            // The other side's, so that it has to get the line back to store in it, while the line
            // that it loads is at hand: the store is late then.
            self.stored[1 - side].0.store(0, Relaxed);
            self.start_together(side, round, clock);
            self.stored[side].0.store(1, Relaxed);
            fence();
            let seen = self.stored[1 - side].0.load(Relaxed);
            self.loaded[side].0.store(seen, Relaxed);
            self.meet(side, 3 * round + 2);
            self.start.0.store(0, Relaxed);
            let both: [u64; 2] = array::from_fn(|side| self.loaded[side].0.load(Relaxed));
            assert_ne!(both, [0, 0], "neither side saw the other, in round {round}");
            self.meet(side, 3 * round + 3);
            usize::from(seen == 0)
        }

        fn rounds(&self, side: usize, fence: impl Fn(), clock: Instant) -> usize {
            (1..=ROUNDS)
                .map(|round| self.round(side, round, &fence, clock))
                .sum()
        }
    }

    #[test]
    fn a_light_and_a_heavy_fence_never_both_miss_the_other_side() {
        let (litmus, clock) = (Litmus::default(), Instant::now());
        // What readers execute.
        let light = if is_asymmetric() {
            light_if_asymmetric
        } else {
            light
        };
        let missed = thread::scope(|threads| {
            let reader = threads.spawn(|| litmus.rounds(0, light, clock));
            let scan = litmus.rounds(1, || assert!(heavy()), clock);
            [reader.join().unwrap(), scan]
        });
        // Each side was first at times: otherwise the rounds would say nothing.
        assert!(missed.iter().all(|count| *count > 0), "{missed:?}");
    }
}
