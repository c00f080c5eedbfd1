//! The writers: each replays its share of the flights into the shared facts, beside the others.
//!
//! A swap whose atom another writer changed meanwhile runs its closure again on the newer value.
//! A [`Tally`] counts these lost races by counting the runs of the closure, which is all it takes:
//! a swap that ran `n` times lost `n - 1` races.

use std::cell::Cell;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::thread;

use heptad::Atom;

use crate::facts::{self, CarrierRecord, Facts, Route, RouteRecord};
use crate::progress::Progress;
use crate::record::{Flight, Outcome};

/// So many flights between two looks at the progress bar, which all writers share.
const STEP: usize = 512;

/// What the swaps of one atom went through.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) swaps: u64,
    /// Runs of the closure beyond one a swap: the races lost.
    pub(crate) retries: u64,
    /// Swaps that lost more than one race.
    pub(crate) lost_again: u64,
    /// Most runs in one swap: the longest loser.
    pub(crate) most: u64,
}

impl Tally {
    /// `atom.swap(change)`, counted.
    fn swap<T: Send + Sync + 'static>(&mut self, atom: &Atom<T>, change: impl Fn(&T) -> T) {
        let runs = Cell::new(0);
        atom.swap(|value| {
            runs.set(runs.get() + 1);
            change(value)
        });
        self.swaps += 1;
        self.retries += runs.get() - 1;
        self.lost_again += u64::from(runs.get() > 2);
        self.most = self.most.max(runs.get());
    }

    fn add(&mut self, other: &Self) {
        self.swaps += other.swaps;
        self.retries += other.retries;
        self.lost_again += other.lost_again;
        self.most = self.most.max(other.most);
    }
}

/// The tallies of all atoms, in the order of the fields of [`Facts`].
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Contention {
    pub(crate) carriers: Tally,
    pub(crate) routes: Tally,
    pub(crate) airports: Tally,
    pub(crate) fleet: Tally,
}

impl Contention {
    pub(crate) fn add(&mut self, other: &Self) {
        self.carriers.add(&other.carriers);
        self.routes.add(&other.routes);
        self.airports.add(&other.airports);
        self.fleet.add(&other.fleet);
    }

    pub(crate) fn rows(&self) -> [(&'static str, &Tally); 4] {
        [
            ("carriers", &self.carriers),
            ("routes", &self.routes),
            ("airports", &self.airports),
            ("fleet", &self.fleet),
        ]
    }

    /// Each kind of contention there is, and whether it came up.
    pub(crate) fn kinds(&self) -> Vec<(String, bool)> {
        let lost =
            |(name, tally): (&str, &Tally)| (format!("a lost race for {name}"), tally.retries > 0);
        let again = self.rows().iter().any(|(_, tally)| tally.lost_again > 0);
        let mut kinds = Vec::from(self.rows().map(lost));
        kinds.push(("a swap that lost more than once".into(), again));
        kinds
    }
}

/// Deals the flights out to writers, all flights of an aircraft to the same one, in their order.
pub(crate) fn shares(flights: &[Flight], writers: usize) -> Vec<Vec<Flight>> {
    let mut shares = vec![Vec::new(); writers];
    for flight in flights {
        let mut hasher = DefaultHasher::new();
        match flight.tail {
            Some(tail) => tail.hash(&mut hasher),
            // Without an aircraft any writer will do: only sums are changed.
            None => Route::of(flight).hash(&mut hasher),
        }
        shares[hasher.finish() as usize % writers].push(*flight);
    }
    shares
}

/// Replays all shares at once, each on a thread of its own, and waits for them.
pub(crate) fn replay(shares: &[Vec<Flight>], facts: &Facts, progress: &Progress) -> Contention {
    let mut contention = Contention::default();
    thread::scope(|scope| {
        let writers: Vec<_> = shares
            .iter()
            .map(|share| scope.spawn(|| replay_share(share, facts, progress)))
            .collect();
        for writer in writers {
            match writer.join() {
                Ok(tallies) => contention.add(&tallies),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
    contention
}

fn replay_share(share: &[Flight], facts: &Facts, progress: &Progress) -> Contention {
    let mut contention = Contention::default();
    for flights in share.chunks(STEP) {
        flights
            .iter()
            .for_each(|flight| fly(flight, facts, &mut contention));
        progress.advance(flights.len());
    }
    contention
}

/// One flight, as up to four swaps. Auditors rely on their order.
fn fly(flight: &Flight, facts: &Facts, tally: &mut Contention) {
    tally.carriers.swap(&facts.carriers, |carriers| {
        facts::changed(carriers, flight.carrier, |record: &mut CarrierRecord| {
            record.add(flight)
        })
    });
    if flight.outcome == Outcome::Cancelled {
        return;
    }
    tally.routes.swap(&facts.routes, |routes| {
        facts::changed(routes, Route::of(flight), |record: &mut RouteRecord| {
            record.add(flight)
        })
    });
    tally.airports.swap(&facts.airports, |airports| {
        facts::airports_after(airports, flight)
    });
    if let Some(tail) = flight.tail {
        tally.fleet.swap(&facts.fleet, |fleet| {
            fleet.after(tail, facts::place_after(flight))
        });
    }
}
