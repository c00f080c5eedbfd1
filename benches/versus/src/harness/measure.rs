//! Rounds, samples, medians.

use std::time::{Duration, Instant};

use super::Row;

/// The least time one sample takes; shorter ones are repeated.
pub(super) const SAMPLE: Duration = Duration::from_millis(5);

/// A sample is not lengthened beyond this, preparations included: freeing a map
/// takes far less time than building the next one to free.
const PREPARED_SAMPLE: Duration = Duration::from_millis(60);

/// One system's part in a row.
pub(crate) struct Entry<'a> {
    /// The system's name; `(loop)` at its end says that the system has no such
    /// operation and a loop over others stands in.
    pub(crate) system: String,
    /// heptad is compared with the best of those that are peers.
    pub(crate) peer: bool,
    /// What the operation computed, in one number: equal for all systems.
    pub(crate) witness: u64,
    pub(crate) gauge: Gauge<'a>,
}

/// How a sample is taken.
pub(crate) enum Gauge<'a> {
    /// Time: `run(n)` does `n` iterations of `operations` each and returns how
    /// long the part that counts took.
    Time {
        operations: usize,
        run: Box<dyn FnMut(u64) -> Duration + 'a>,
    },
    /// A value in the row's own unit, one call a round.
    Value(Box<dyn FnMut() -> f64 + 'a>),
}

/// The median of one system.
pub(super) struct Measured {
    pub(super) system: String,
    pub(super) peer: bool,
    pub(super) value: f64,
}

pub(super) fn check_agreement(area: &str, row: &Row, entries: &[Entry<'_>]) {
    let Some(first) = entries.first() else { return };
    for entry in entries {
        assert_eq!(
            entry.witness,
            first.witness,
            "{area}/{}/{}: {} and {} disagree",
            row.op,
            row.n_text(),
            entry.system,
            first.system
        );
    }
}

/// Samples all entries `rounds` times in turn. The order moves on by one each
/// round, so that no system always runs after the same other.
pub(super) fn medians(entries: &mut [Entry<'_>], unit: &str, rounds: usize) -> Vec<Measured> {
    let iterations: Vec<u64> = entries.iter_mut().map(|e| warm_up(&mut e.gauge)).collect();
    let mut samples = vec![Vec::with_capacity(rounds); entries.len()];
    for round in 0..rounds {
        for turn in 0..entries.len() {
            let i = (round + turn) % entries.len();
            samples[i].push(sample(&mut entries[i].gauge, iterations[i], unit));
        }
    }
    entries
        .iter()
        .zip(samples)
        .map(|(entry, samples)| Measured {
            system: entry.system.clone(),
            peer: entry.peer,
            value: median(samples),
        })
        .collect()
}

/// Finds the number of iterations that fills a sample; its runs are the warm-up.
fn warm_up(gauge: &mut Gauge<'_>) -> u64 {
    match gauge {
        Gauge::Time { run, .. } => {
            let mut iterations = 1;
            loop {
                let start = Instant::now();
                let took = run(iterations);
                let factor = growth(took, SAMPLE).min(growth(start.elapsed(), PREPARED_SAMPLE));
                if factor <= 1.0 {
                    return iterations;
                }
                iterations = (iterations as f64 * (factor * 1.2).min(16.0)).ceil() as u64;
            }
        }
        Gauge::Value(value) => {
            value();
            1
        }
    }
}

/// How many times longer a run should have been.
fn growth(took: Duration, wanted: Duration) -> f64 {
    wanted.as_secs_f64() / took.as_secs_f64().max(1e-9)
}

fn sample(gauge: &mut Gauge<'_>, iterations: u64, unit: &str) -> f64 {
    match gauge {
        Gauge::Time { operations, run } => {
            let nanoseconds = run(iterations).as_secs_f64() * 1e9;
            nanoseconds / (iterations as f64 * *operations as f64) / nanoseconds_in(unit)
        }
        Gauge::Value(value) => value(),
    }
}

fn nanoseconds_in(unit: &str) -> f64 {
    match unit {
        "ns" => 1.0,
        "us" => 1e3,
        "ms" => 1e6,
        other => panic!("{other} is not a unit of time"),
    }
}

fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}
