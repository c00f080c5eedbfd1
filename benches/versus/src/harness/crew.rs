//! Several threads at work for a fixed time, each on a processor of its own where that is possible.
//!
//! A worker starts its clock itself, after all have met at a barrier: a clock that the main thread
//! starts for them would be milliseconds early on a machine whose processors are all taken. A
//! worker looks at the end of the time once a batch, which costs one load of a word that nobody
//! writes meanwhile.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use super::processors::{self, Processor};

/// How long the workers of a row work, unless the row needs more.
pub(crate) const SHIFT: Duration = Duration::from_millis(300);

/// What one worker did, and how long it took.
#[derive(Clone, Copy)]
pub(crate) struct Work {
    pub(crate) operations: u64,
    pub(crate) took: Duration,
}

impl Work {
    /// Millions of operations a second.
    pub(crate) fn rate(&self) -> f64 {
        self.operations as f64 / self.took.as_secs_f64() / 1e6
    }

    /// Nanoseconds an operation.
    pub(crate) fn cost(&self) -> f64 {
        self.took.as_secs_f64() * 1e9 / self.operations as f64
    }
}

/// Checks that the work was shared: all workers took part, and none of them for show. Where there
/// are more of them than processors the system decides who runs how often, and half must have.
///
/// # Panics
/// When too few did a thousandth of the work of all.
pub(crate) fn assert_shared(work: &[Work]) {
    let done: Vec<u64> = work.iter().map(|work| work.operations).collect();
    let all: u64 = done.iter().sum();
    let workers = done.iter().filter(|done| **done >= all / 1000).count();
    let each_has_one = done.len() <= processors::allowed().len().max(1);
    let needed = if each_has_one {
        done.len()
    } else {
        done.len().div_ceil(2)
    };
    assert!(workers >= needed, "the work was not shared: {done:?}");
}

/// The time in which workers work.
pub(crate) struct Shift {
    over: AtomicBool,
    begin: Barrier,
    length: Duration,
}

impl Shift {
    pub(crate) fn is_over(&self) -> bool {
        // Relaxed: the flag guards no data; joining a worker shows what it did.
        self.over.load(Relaxed)
    }

    pub(crate) fn length(&self) -> Duration {
        self.length
    }

    /// Repeats `operation` until the time is over, at least once; `batch` times between two looks.
    pub(crate) fn repeat(&self, batch: u64, mut operation: impl FnMut()) -> Work {
        let mut operations = 0;
        let start = Instant::now();
        loop {
            (0..batch).for_each(|_| operation());
            operations += batch;
            if self.is_over() {
                let took = start.elapsed();
                return Work { operations, took };
            }
        }
    }
}

/// Work for one thread, begun when all workers are there.
pub(crate) type Job<'a, R> = Box<dyn FnOnce(&Shift) -> R + Send + 'a>;

/// Where the workers run.
#[derive(Clone, Copy)]
pub(crate) enum Placement {
    /// Each on a processor of its own, or wherever the system likes if there are not enough.
    Apart,
    /// The first has a processor to itself, the others share the rest.
    FirstAlone,
}

/// Runs all jobs at once for `length`, and returns what they return, in their order.
///
/// # Panics
/// When a job does, after all have ended.
pub(crate) fn together<R: Send>(
    length: Duration,
    placement: Placement,
    jobs: Vec<Job<'_, R>>,
) -> Vec<R> {
    let places = places(placement, jobs.len());
    let shift = Shift {
        over: AtomicBool::new(false),
        begin: Barrier::new(jobs.len() + 1),
        length,
    };
    let shift = &shift;
    thread::scope(|scope| {
        let workers: Vec<_> = jobs
            .into_iter()
            .zip(places)
            .map(|(job, place)| scope.spawn(move || begin(shift, place, job)))
            .collect();
        shift.begin.wait();
        thread::sleep(length);
        shift.over.store(true, Relaxed);
        let results = workers.into_iter().map(|worker| worker.join());
        results
            .map(|result| result.expect("no job panics"))
            .collect()
    })
}

fn begin<R>(shift: &Shift, place: Option<Processor>, job: Job<'_, R>) -> R {
    if let Some(processor) = place {
        processor.take();
    }
    shift.begin.wait();
    job(shift)
}

/// As many places as there are workers.
fn places(placement: Placement, workers: usize) -> Vec<Option<Processor>> {
    let processors = processors::allowed();
    let turn = |i: usize| match placement {
        Placement::Apart if workers <= processors.len() => Some(i * processors.len() / workers),
        Placement::FirstAlone if processors.len() > 1 => match i {
            0 => Some(0),
            _ => Some(1 + (i - 1) % (processors.len() - 1)),
        },
        _ => None,
    };
    (0..workers)
        .map(|i| turn(i).map(|p| processors[p]))
        .collect()
}
