//! The shared state: one atom for each kind of fact, and an agent for the audit log.
//!
//! Each atom holds a value that never changes; a writer swaps it for the next one. What must
//! agree in every snapshot lives in one atom: a [`Fleet`] keeps two maps and a total together,
//! and the [`Traffic`] of a flight's two airports changes in one swap. Between atoms there is no
//! such promise, only an order: the writers touch them in the order of the fields of [`Facts`].
//!
//! The result does not depend on how the writers interleave: sums commute, and an aircraft
//! belongs to one writer, which flies it in the order of the schedule.

use std::fmt;
use std::hash::Hash;

use heptad::{Atom, HashMap};

use crate::log::Log;
use crate::record::{Airport, Carrier, Flight, Outcome, Tail};

pub(crate) type Carriers = HashMap<Carrier, CarrierRecord>;
pub(crate) type Routes = HashMap<Route, RouteRecord>;
pub(crate) type Airports = HashMap<Airport, Traffic>;

/// All that writers change and auditors look at.
pub(crate) struct Facts {
    /// Every scheduled flight counts here.
    pub(crate) carriers: Atom<Carriers>,
    /// Every flight that left.
    pub(crate) routes: Atom<Routes>,
    /// Every flight that left, at both its ends.
    pub(crate) airports: Atom<Airports>,
    /// Every flight that left and whose aircraft is known.
    pub(crate) fleet: Atom<Fleet>,
    /// Who did what, as told by those who did it.
    pub(crate) log: Log,
}

impl Facts {
    pub(crate) fn new() -> Self {
        Self {
            // By their names they appear in messages and in `heptad::metrics`.
            carriers: Atom::builder().name("carriers").build(HashMap::default()),
            routes: Atom::builder().name("routes").build(HashMap::default()),
            airports: Atom::builder().name("airports").build(HashMap::default()),
            fleet: Atom::builder().name("fleet").build(Fleet::default()),
            log: Log::new(),
        }
    }
}

/// A version of `map` with the value of one key changed, beginning from the default.
///
/// The clone costs O(1): both versions share all but the path to that key.
pub(crate) fn changed<K, V>(
    map: &HashMap<K, V>,
    key: K,
    change: impl FnOnce(&mut V),
) -> HashMap<K, V>
where
    K: Hash + Eq + Clone,
    V: Clone + Default,
{
    let mut next = map.clone();
    change(next.entry(key).or_default());
    next
}

/// What one airline did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct CarrierRecord {
    pub(crate) scheduled: u64,
    pub(crate) cancelled: u64,
    pub(crate) diverted: u64,
    pub(crate) landed: u64,
    /// Minutes over all flights that left.
    pub(crate) dep_delay: i64,
    /// Minutes over all flights that landed.
    pub(crate) arr_delay: i64,
}

impl CarrierRecord {
    pub(crate) fn add(&mut self, flight: &Flight) {
        self.scheduled += 1;
        match flight.outcome {
            Outcome::Cancelled => self.cancelled += 1,
            Outcome::Diverted { dep_delay } => {
                self.diverted += 1;
                self.dep_delay += dep_delay;
            }
            Outcome::Landed {
                dep_delay,
                arr_delay,
            } => {
                self.landed += 1;
                self.dep_delay += dep_delay;
                self.arr_delay += arr_delay;
            }
        }
    }

    pub(crate) fn left(&self) -> u64 {
        self.diverted + self.landed
    }
}

/// A pair of airports that flights go between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Route {
    pub(crate) origin: Airport,
    pub(crate) dest: Airport,
}

impl Route {
    pub(crate) fn of(flight: &Flight) -> Self {
        Self {
            origin: flight.origin,
            dest: flight.dest,
        }
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} -> {}", self.origin, self.dest))
    }
}

/// A flight counts as late from this many minutes on, as in the Bureau's own statistics.
const LATE: i64 = 15;

/// What happened on one route.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RouteRecord {
    pub(crate) left: u64,
    pub(crate) landed: u64,
    /// Landed late.
    pub(crate) late: u64,
    /// Minutes over all flights that landed.
    pub(crate) arr_delay: i64,
}

impl RouteRecord {
    /// Adds a flight that left.
    pub(crate) fn add(&mut self, flight: &Flight) {
        self.left += 1;
        if let Outcome::Landed { arr_delay, .. } = flight.outcome {
            self.landed += 1;
            self.late += u64::from(arr_delay >= LATE);
            self.arr_delay += arr_delay;
        }
    }
}

/// What one airport saw. Over all airports departures are arrivals and diversions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traffic {
    pub(crate) departures: u64,
    pub(crate) arrivals: u64,
    /// Flights that were bound for here and went elsewhere.
    pub(crate) diverted: u64,
}

impl Traffic {
    pub(crate) fn depart(&mut self) {
        self.departures += 1;
    }

    /// The end of a flight that was bound for here.
    pub(crate) fn arrive(&mut self, flight: &Flight) {
        match place_after(flight) {
            Place::At(_) => self.arrivals += 1,
            Place::Elsewhere => self.diverted += 1,
        }
    }
}

/// Both ends of a flight that left, in one version.
pub(crate) fn airports_after(airports: &Airports, flight: &Flight) -> Airports {
    let mut next = airports.clone();
    next.entry(flight.origin).or_default().depart();
    next.entry(flight.dest).or_default().arrive(flight);
    next
}

/// Where an aircraft is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    At(Airport),
    /// It was diverted, and the file does not say to where.
    Elsewhere,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(airport) => airport.fmt(f),
            Self::Elsewhere => f.pad("elsewhere"),
        }
    }
}

/// Where a flight that left leaves its aircraft.
pub(crate) fn place_after(flight: &Flight) -> Place {
    match flight.outcome {
        Outcome::Landed { .. } => Place::At(flight.dest),
        Outcome::Diverted { .. } | Outcome::Cancelled => Place::Elsewhere,
    }
}

/// Where one aircraft is and how many flights brought it there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Whereabouts {
    pub(crate) place: Place,
    pub(crate) flights: u64,
}

/// Where all aircraft are, told twice: by aircraft and by place. An auditor may see that both
/// agree, in any snapshot, because they are one value.
///
/// The file knows only flights out of New York. How an aircraft came back is not in it: it is
/// where its last flight brought it until the next one takes it from New York.
#[derive(Clone, Default)]
pub(crate) struct Fleet {
    pub(crate) at: HashMap<Tail, Whereabouts>,
    pub(crate) parked: HashMap<Place, u64>,
    /// All flights of all aircraft.
    pub(crate) moves: u64,
}

impl Fleet {
    /// The fleet after one more flight of `tail`.
    pub(crate) fn after(&self, tail: Tail, place: Place) -> Self {
        let mut next = self.clone();
        let mut flights = 1;
        if let Some(before) = self.at.get(&tail) {
            flights += before.flights;
            next.leave(before.place);
        }
        next.at.insert(tail, Whereabouts { place, flights });
        *next.parked.entry(place).or_insert(0) += 1;
        next.moves += 1;
        next
    }

    /// Takes one aircraft from a place; a place without aircraft has no entry.
    fn leave(&mut self, place: Place) {
        match self.parked.get(&place) {
            Some(&many) if many > 1 => self.parked.insert(place, many - 1),
            _ => self.parked.remove(&place),
        };
    }
}
