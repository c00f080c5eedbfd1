//! The writers: each replays its share of the flights into the shared facts, beside the others.
//!
//! A swap whose atom another writer changed meanwhile runs its closure again on the newer value,
//! and one that loses again and again takes a turn in which nobody can get ahead of it. The atoms
//! count that themselves; nothing is counted here.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::thread;

use crate::facts::{self, CarrierRecord, Facts, Route, RouteRecord};
use crate::log::{Event, Pen, Sender};
use crate::progress::Progress;
use crate::record::{Flight, Outcome};

/// So many flights between two looks at the progress bar, which all writers share, and between two
/// records in the log.
const STEP: usize = 512;

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

/// What so many writers write their records with.
pub(crate) fn pens(facts: &Facts, writers: usize) -> Vec<Pen<'_>> {
    (0..writers)
        .map(|writer| facts.log.pen(Sender::Writer(writer)))
        .collect()
}

/// Replays all shares at once, each on a thread and with a pen of its own, and waits for them.
pub(crate) fn replay(
    shares: &[Vec<Flight>],
    pens: &mut [Pen<'_>],
    facts: &Facts,
    progress: &Progress,
) {
    thread::scope(|scope| {
        let writers: Vec<_> = shares
            .iter()
            .zip(pens)
            .map(|(share, pen)| scope.spawn(|| replay_share(share, pen, facts, progress)))
            .collect();
        for writer in writers {
            if let Err(panic) = writer.join() {
                std::panic::resume_unwind(panic);
            }
        }
    });
}

fn replay_share(share: &[Flight], pen: &mut Pen<'_>, facts: &Facts, progress: &Progress) {
    for flights in share.chunks(STEP) {
        flights.iter().for_each(|flight| fly(flight, facts));
        pen.write(Event::Flew(flights.len() as u64));
        progress.advance(flights.len());
    }
}

/// One flight, as up to four swaps. Auditors rely on their order.
fn fly(flight: &Flight, facts: &Facts) {
    facts.carriers.swap(|carriers| {
        facts::changed(carriers, flight.carrier, |record: &mut CarrierRecord| {
            record.add(flight)
        })
    });
    if flight.outcome == Outcome::Cancelled {
        return;
    }
    facts.routes.swap(|routes| {
        facts::changed(routes, Route::of(flight), |record: &mut RouteRecord| {
            record.add(flight)
        })
    });
    facts
        .airports
        .swap(|airports| facts::airports_after(airports, flight));
    if let Some(tail) = flight.tail {
        facts
            .fleet
            .swap(|fleet| fleet.after(tail, facts::place_after(flight)));
    }
}
