//! Values whose `Drop` panics, for tests that run one at a time: with others beside them, one of
//! those could be the call that a panic reaches.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use heptad::identity;

use crate::counted::{Census, Counted};

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

pub(crate) fn alone() -> MutexGuard<'static, ()> {
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A counted value that panics when it is dropped, if told so.
pub(crate) struct Bomb {
    pub(crate) value: Counted,
    pub(crate) armed: bool,
}

impl Bomb {
    pub(crate) fn new(census: &Census, number: u64, armed: bool) -> Self {
        let value = census.value(number);
        Self { value, armed }
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(!self.armed, "injected");
    }
}

pub(crate) fn panics<R>(f: impl FnOnce() -> R) -> bool {
    catch_unwind(AssertUnwindSafe(f)).is_err()
}

/// Flushes until `living` are left, and counts the panics.
pub(crate) fn flush_all(census: &Census, living: i64) -> u32 {
    let mut panics_seen = 0;
    for round in 0..10_000 {
        if census.living() == living {
            break;
        }
        panics_seen += u32::from(panics(identity::flush));
        if round > 100 {
            // An idle worker gives up what it has replaced a little later.
            thread::sleep(Duration::from_millis(1));
        }
    }
    assert_eq!(census.living(), living);
    panics_seen
}
