//! Rows about a `u64`: what reading and updating cost by themselves.

use std::hint::black_box;
use std::time::Instant;

use super::systems::{Lend, Place};
use crate::harness::{Entry, Gauge, Job, Placement, SHIFT, Shift, Work, assert_shared, together};

/// What the readers read.
const VALUE: u64 = 7;

/// Operations between two looks at the end of the time.
const BATCH: u64 = 64;

/// Updates of each thread whose result is compared between the systems.
pub(super) const COMPARED: u64 = 500;

fn entry<P: Place<u64>>(witness: u64, gauge: Gauge<'static>) -> Entry<'static> {
    Entry {
        system: P::NAME.to_owned(),
        peer: P::PEER,
        witness,
        gauge,
    }
}

/// One thread: time an operation, in the calling thread.
pub(super) fn alone(mut operation: impl FnMut() + 'static) -> Gauge<'static> {
    let run = move |iterations| {
        let start = Instant::now();
        (0..iterations).for_each(|_| operation());
        start.elapsed()
    };
    Gauge::Time {
        operations: 1,
        run: Box::new(run),
    }
}

/// One value a round, from workers that run beside each other.
fn value(sample: impl FnMut() -> f64 + 'static) -> Gauge<'static> {
    Gauge::Value(Box::new(sample))
}

pub(super) fn read<P: Place<u64> + 'static>(threads: usize) -> Entry<'static> {
    reads::<P>(threads, |place| place.read(|value| *value))
}

pub(super) fn read_full<P: Lend<u64> + 'static>(threads: usize) -> Entry<'static> {
    reads::<P>(threads, |place| *place.read_full())
}

fn reads<P: Place<u64> + 'static>(
    threads: usize,
    read: impl Fn(&P) -> u64 + Copy + Sync + 'static,
) -> Entry<'static> {
    let place = P::new(VALUE);
    let witness = read(&place);
    let gauge = if threads == 1 {
        alone(move || {
            black_box(read(black_box(&place)));
        })
    } else {
        value(move || {
            let job = || -> Job<'_, _> { Box::new(|shift| reading(shift, &place, read)) };
            let jobs = (0..threads).map(|_| job()).collect();
            mean_cost(&together(SHIFT, Placement::Apart, jobs))
        })
    };
    entry::<P>(witness, gauge)
}

fn reading<P>(shift: &Shift, place: &P, read: impl Fn(&P) -> u64) -> Work {
    let mut sum: u64 = 0;
    let work = shift.repeat(BATCH, || sum += read(black_box(place)));
    assert_eq!(sum, VALUE * work.operations, "every read reads the value");
    work
}

/// Nanoseconds an operation takes one of the threads.
fn mean_cost(work: &[Work]) -> f64 {
    assert_shared(work);
    work.iter().map(Work::cost).sum::<f64>() / work.len() as f64
}

/// What a read costs while another thread updates without pause.
pub(super) fn read_beside_writer<P: Place<u64> + 'static>() -> Entry<'static> {
    let place = P::new(0);
    count_up(&place, COMPARED);
    let witness = place.read(|value| *value);
    let sample = move || {
        let first = place.read(|value| *value);
        let reader: Job<'_, _> = Box::new(|shift| watching(shift, &place, first));
        let writer: Job<'_, _> = Box::new(|shift| updating(shift, &place));
        let work = together(SHIFT, Placement::Apart, vec![reader, writer]);
        let last = place.read(|value| *value);
        assert_eq!(last - first, work[1].operations, "no update is lost");
        work[0].cost()
    };
    entry::<P>(witness, value(sample))
}

/// Reads a value that grows.
fn watching<P: Place<u64>>(shift: &Shift, place: &P, first: u64) -> Work {
    let mut newest = first;
    let work = shift.repeat(BATCH, || newest = newest.max(place.read(|value| *value)));
    assert!(newest > first, "the reader has seen updates");
    work
}

fn updating<P: Place<u64>>(shift: &Shift, place: &P) -> Work {
    shift.repeat(BATCH, || place.update(|value| value + 1))
}

fn count_up<P: Place<u64>>(place: &P, times: u64) {
    (0..times).for_each(|_| place.update(|value| value + 1));
}

pub(super) fn update<P: Place<u64> + 'static>() -> Entry<'static> {
    let place = P::new(0);
    count_up(&place, COMPARED);
    let witness = place.read(|value| *value);
    let gauge = alone(move || black_box(&place).update(|value| value + 1));
    entry::<P>(witness, gauge)
}

/// The updates of all threads together.
pub(super) fn contended<P: Place<u64> + 'static>(threads: usize) -> Entry<'static> {
    let place = P::new(0);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| count_up(&place, COMPARED));
        }
    });
    let witness = place.read(|value| *value);
    let sample = move || {
        let first = place.read(|value| *value);
        let job = || -> Job<'_, _> { Box::new(|shift| updating(shift, &place)) };
        let jobs = (0..threads).map(|_| job()).collect();
        let work = together(SHIFT, Placement::Apart, jobs);
        let last = place.read(|value| *value);
        assert_shared(&work);
        let updates = work.iter().map(|work| work.operations).sum::<u64>();
        assert_eq!(last - first, updates, "no update is lost");
        work.iter().map(Work::rate).sum()
    };
    entry::<P>(witness, value(sample))
}
