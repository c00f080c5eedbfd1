//! How long a thread stays away from a word after it lost a race for it.
//!
//! A loser that retries at once takes the cache line from the winner, who needs it for its next
//! step; staying away a little, twice as long after each loss, makes everyone faster. The wait is
//! bounded, and from then on the processor is offered to other threads as well.

use super::sync::{spin_loop, yield_now};

/// The doubling stops at 2^6 pauses, about two microseconds on a current processor.
const MAX_DOUBLINGS: u32 = 6;

/// The losses of one operation so far.
pub(crate) struct Backoff {
    losses: u32,
}

impl Backoff {
    /// Nothing lost yet.
    pub(crate) const fn new() -> Self {
        Self { losses: 0 }
    }

    /// Waits after one more loss.
    pub(crate) fn pause(&mut self) {
        for _ in 0..1_u32 << self.losses {
            spin_loop();
        }
        if self.losses < MAX_DOUBLINGS {
            self.losses += 1;
        } else {
            yield_now();
        }
    }
}
