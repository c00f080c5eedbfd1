//! The two pools of the process.

use std::time::Duration;

use super::pool::{Limits, Pool, ThreadsOfTheSystem};
use super::{AnyWork, Place};
use crate::runtime::sync::{OnceLock, available_parallelism};

/// More threads than this do not make more things happen at once; they are queued from there on.
const MOST_BLOCKING_THREADS: usize = 512;
const BLOCKING_THREADS_STAY: Duration = Duration::from_secs(10);

static WORKERS: OnceLock<Pool> = OnceLock::new();
static BLOCKING: OnceLock<Pool> = OnceLock::new();

fn workers() -> &'static Pool {
    WORKERS.get_or_init(|| {
        let threads = available_parallelism().map_or(1, usize::from);
        let limits = Limits {
            name: "heptad-worker",
            most_threads: threads,
            idle_threads_end_after: None,
        };
        Pool::new(limits, Box::new(ThreadsOfTheSystem))
    })
}

fn blocking() -> &'static Pool {
    BLOCKING.get_or_init(|| {
        let limits = Limits {
            name: "heptad-blocking",
            most_threads: MOST_BLOCKING_THREADS,
            idle_threads_end_after: Some(BLOCKING_THREADS_STAY),
        };
        Pool::new(limits, Box::new(ThreadsOfTheSystem))
    })
}

pub(super) fn on_worker(work: AnyWork) {
    queue_on_worker(work, Place::Worker);
}

/// If there are no threads at all, the work stays queued: later work tries again to start one, and
/// so does who waits for it.
fn queue_on_worker(work: AnyWork, place: Place) {
    drop(workers().push(work, place));
}

pub(super) fn on_blocking(work: AnyWork) {
    let pool = blocking();
    if pool.push(work, Place::Blocking).is_err() {
        // Late is better than never: the workers do what no other thread can be had for.
        for (work, place) in pool.take_all() {
            queue_on_worker(work, place);
        }
    }
}

#[inline]
pub(super) fn others_wait(place: Place) -> bool {
    let pool = match place {
        Place::Worker => WORKERS.get(),
        Place::Blocking => BLOCKING.get(),
        Place::Executor => None,
    };
    pool.is_some_and(Pool::has_waiting)
}

pub(super) fn retry_starting_threads() {
    if let Some(pool) = WORKERS.get() {
        drop(pool.retry_starting());
    }
}
