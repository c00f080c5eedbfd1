//! The threads that the crate owns.
//!
//! | place | threads | for |
//! |---|---|---|
//! | [`Place::Worker`] | `heptad-worker-N`, as many as processors | what computes |
//! | [`Place::Blocking`] | `heptad-blocking-N`, one more whenever none is idle | what may wait |
//! | [`Lane::Via`] | those of an [`Executor`] that the user brings | what the user says |
//!
//! A thread takes one job at a time and **never starts another one inside it**: a job that waits
//! keeps its thread and nothing else happens there. So no closure of a user finds itself running in
//! the middle of another one. The price is that jobs which wait for each other need as many threads,
//! which is what the second pool is for.
//!
//! Threads are started when they are first needed. They are never joined: a process may end while
//! they run, and what is still queued then is not done.

mod job;
#[cfg(heptad_loom)]
mod model;
#[cfg(not(heptad_loom))]
mod pool;
#[cfg(not(heptad_loom))]
mod pools;
#[cfg(all(test, not(heptad_loom)))]
mod tests;

pub use job::{Executor, Job};
#[cfg(heptad_loom)]
pub use model::join_workers;

#[cfg(heptad_loom)]
use model as backend;
#[cfg(not(heptad_loom))]
use pools as backend;

use super::isolation::isolated;
use super::sync::{Arc, plain};

/// Something that can be scheduled again and again.
///
/// Whoever schedules it sees to it that it is scheduled at one place at a time.
pub(crate) trait Work: Send + Sync + 'static {
    /// Does a part of it, here, on a thread of `place`. Does not unwind.
    fn run(&self, place: Place) -> Next;

    /// The executor that it was given to has dropped it. Does not unwind.
    fn abandoned(&self) -> Next;
}

/// What becomes of a work that has done a part.
pub(crate) enum Next {
    /// It will be scheduled again by whoever has more to do.
    Nothing,
    /// It is to go on, there.
    On(Lane),
}

/// The kind of thread that something runs on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    Worker,
    Blocking,
    Executor,
}

/// Where to schedule something.
#[derive(Clone)]
pub(crate) enum Lane {
    Worker,
    Blocking,
    Via(plain::Arc<dyn Executor>),
}

/// A work of any type.
#[cfg(not(heptad_loom))]
type AnyWork = Arc<dyn Work>;
/// A work of any type; loom's counted pointers cannot become unsized.
#[cfg(heptad_loom)]
type AnyWork = Box<dyn Work>;

#[cfg(not(heptad_loom))]
fn erase<W: Work>(work: Arc<W>) -> AnyWork {
    work
}

#[cfg(heptad_loom)]
fn erase<W: Work>(work: Arc<W>) -> AnyWork {
    Box::new(work)
}

#[cfg(heptad_loom)]
impl<W: Work> Work for Arc<W> {
    fn run(&self, place: Place) -> Next {
        W::run(self, place)
    }

    fn abandoned(&self) -> Next {
        W::abandoned(self)
    }
}

/// Sees to it that `work` is run there, once.
#[inline]
pub(crate) fn schedule<W: Work>(work: Arc<W>, lane: Lane) {
    dispatch(erase(work), lane);
}

fn dispatch(work: AnyWork, lane: Lane) {
    match lane {
        Lane::Worker => backend::on_worker(work),
        Lane::Blocking => backend::on_blocking(work),
        Lane::Via(executor) => {
            // The executor is the user's. If it panics, it drops the job, which says so.
            isolated(move || executor.execute(Job::new(work)));
        }
    }
}

/// Whether somebody waits for a thread of this place, so that who has one should not keep it long.
#[inline]
pub(crate) fn others_wait(place: Place) -> bool {
    backend::others_wait(place)
}

/// Tries once more to start threads, if jobs wait because none could be started.
pub(crate) fn retry_starting_threads() {
    backend::retry_starting_threads();
}

/// Runs a part of `work` and passes it on. What its end drops is isolated.
fn run(work: AnyWork, place: Place) {
    pass_on(work, |work| work.run(place));
}

fn pass_on(work: AnyWork, part: impl FnOnce(&dyn Work) -> Next) {
    match part(&*work) {
        // The last handle to an identity may have been this one: its values are dropped here.
        Next::Nothing => drop(isolated(move || drop(work))),
        Next::On(lane) => dispatch(work, lane),
    }
}
