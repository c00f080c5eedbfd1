//! Workers for the model checker: a thread of the model for each time something is scheduled.

use core::cell::RefCell;

use super::{AnyWork, Place, run};
use crate::runtime::sync::{JoinHandle, spawn};

thread_local! {
    // loom runs all threads of a model on one of the system.
    static STARTED: RefCell<Vec<JoinHandle<()>>> = const { RefCell::new(Vec::new()) };
}

pub(super) fn on_worker(work: AnyWork) {
    start(work, Place::Worker);
}

pub(super) fn on_blocking(work: AnyWork) {
    start(work, Place::Blocking);
}

fn start(work: AnyWork, place: Place) {
    let worker = spawn(move || run(work, place));
    STARTED.with(|started| started.borrow_mut().push(worker));
}

pub(super) fn others_wait(_: Place) -> bool {
    false
}

pub(super) fn retry_starting_threads() {}

/// Waits for all that was scheduled. A model calls this last, as nothing of loom may be used by
/// other threads when its main thread has ended.
pub fn join_workers() {
    while let Some(worker) = STARTED.with(|started| started.borrow_mut().pop()) {
        worker.join().expect("a worker does not unwind");
    }
}
