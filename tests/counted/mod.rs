//! Values that are counted, to see that each is dropped exactly once.

#![allow(dead_code, reason = "each test takes what it needs")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

/// How many values of a test exist.
#[derive(Clone, Default, Debug)]
pub(crate) struct Census {
    living: Arc<AtomicI64>,
}

impl Census {
    /// A value that counts as long as it exists.
    pub(crate) fn value(&self, number: u64) -> Counted {
        self.living.fetch_add(1, SeqCst);
        Counted {
            number,
            census: self.clone(),
            dropped: AtomicBool::new(false),
        }
    }

    pub(crate) fn living(&self) -> i64 {
        self.living.load(SeqCst)
    }

    /// Flushes until `expected` values are left, and fails if that is never so. Other tests of the
    /// process may be dropping some of them at this very moment, so one flush need not be enough.
    pub(crate) fn settle(&self, expected: i64) {
        for round in 0..100_000 {
            heptad::identity::flush();
            if self.living() == expected {
                return;
            }
            // A thread of another test may have taken over what ended threads have left: wait for it.
            if round < 1000 {
                thread::yield_now();
            } else {
                thread::sleep(Duration::from_micros(100));
            }
        }
        assert_eq!(self.living(), expected, "values left behind or lost");
    }
}

/// A number that is counted.
#[derive(Debug)]
pub(crate) struct Counted {
    pub(crate) number: u64,
    census: Census,
    dropped: AtomicBool,
}

impl Counted {
    /// A value of the same census.
    pub(crate) fn another(&self, number: u64) -> Self {
        assert!(!self.dropped.load(SeqCst), "read after it was dropped");
        self.census.value(number)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        assert!(!self.dropped.swap(true, SeqCst), "dropped twice");
        self.census.living.fetch_sub(1, SeqCst);
    }
}
