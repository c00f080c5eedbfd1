//! The sequential replay: the same flights, one after the other, into ordinary maps of the
//! standard library. What the writers left in the atoms must equal it.

use std::collections::HashMap;
use std::fmt::{Debug, Display};
use std::hash::Hash;

use crate::facts::{self, CarrierRecord, Facts, Place, Route, RouteRecord, Traffic, Whereabouts};
use crate::record::{Airport, Carrier, Flight, Outcome, Tail};

/// What the facts must be.
#[derive(Default)]
pub(crate) struct Replay {
    pub(crate) carriers: HashMap<Carrier, CarrierRecord>,
    pub(crate) routes: HashMap<Route, RouteRecord>,
    pub(crate) airports: HashMap<Airport, Traffic>,
    pub(crate) fleet: HashMap<Tail, Whereabouts>,
}

impl Replay {
    /// Replays the flights once more, after those replayed before.
    pub(crate) fn run(&mut self, flights: &[Flight]) {
        flights.iter().for_each(|flight| self.fly(flight));
    }

    fn fly(&mut self, flight: &Flight) {
        self.carriers.entry(flight.carrier).or_default().add(flight);
        if flight.outcome == Outcome::Cancelled {
            return;
        }
        self.routes
            .entry(Route::of(flight))
            .or_default()
            .add(flight);
        self.airports.entry(flight.origin).or_default().depart();
        self.airports.entry(flight.dest).or_default().arrive(flight);
        if let Some(tail) = flight.tail {
            let place = facts::place_after(flight);
            let aircraft = self
                .fleet
                .entry(tail)
                .or_insert(Whereabouts { place, flights: 0 });
            aircraft.place = place;
            aircraft.flights += 1;
        }
    }

    /// How many aircraft stand where, and how many moves brought them there.
    fn parked(&self) -> (HashMap<Place, u64>, u64) {
        let mut parked = HashMap::new();
        for aircraft in self.fleet.values() {
            *parked.entry(aircraft.place).or_default() += 1;
        }
        (
            parked,
            self.fleet.values().map(|aircraft| aircraft.flights).sum(),
        )
    }

    /// What differs between the facts and this replay, a line each; none when they are equal.
    pub(crate) fn differences(&self, found: &Facts) -> Vec<String> {
        let mut lines = Vec::new();
        found
            .carriers
            .with(|carriers| compare("carrier", &self.carriers, carriers, &mut lines));
        found
            .routes
            .with(|routes| compare("route", &self.routes, routes, &mut lines));
        found
            .airports
            .with(|airports| compare("airport", &self.airports, airports, &mut lines));
        let (parked, moves) = self.parked();
        found.fleet.with(|fleet| {
            compare("aircraft", &self.fleet, &fleet.at, &mut lines);
            compare("aircraft parked at", &parked, &fleet.parked, &mut lines);
            if fleet.moves != moves {
                lines.push(format!(
                    "moves of aircraft: {} instead of {moves}",
                    fleet.moves
                ));
            }
        });
        lines
    }
}

/// Compares two maps both ways, key by key.
fn compare<K, V>(
    what: &str,
    wanted: &HashMap<K, V>,
    found: &heptad::HashMap<K, V>,
    lines: &mut Vec<String>,
) where
    K: Hash + Eq + Clone + Display,
    V: Clone + PartialEq + Debug,
{
    for (key, wanted) in wanted {
        match found.get(key) {
            Some(found) if found == wanted => {}
            Some(found) => lines.push(format!("{what} {key}: {found:?} instead of {wanted:?}")),
            None => lines.push(format!("{what} {key}: missing, should be {wanted:?}")),
        }
    }
    for (key, found) in found {
        if !wanted.contains_key(key) {
            lines.push(format!("{what} {key}: {found:?} where nothing should be"));
        }
    }
}
