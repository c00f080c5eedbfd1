//! Workers for the model checker: a thread of the model for each time something is scheduled.

use super::{AnyWork, Place, run};
use crate::runtime::sync::ThreadBuilder;

pub(super) fn on_worker(work: AnyWork) {
    start(work, Place::Worker);
}

pub(super) fn on_blocking(work: AnyWork) {
    start(work, Place::Blocking);
}

fn start(work: AnyWork, place: Place) {
    ThreadBuilder::new()
        .spawn(move || run(work, place))
        .expect("a model has few threads");
}

pub(super) fn others_wait(_: Place) -> bool {
    false
}

pub(super) fn retry_starting_threads() {}
