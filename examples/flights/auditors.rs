//! The auditors: they take snapshots while the writers write, and check each one.
//!
//! A snapshot of an atom is a value that stays as it is for as long as the auditor looks at it;
//! no writer waits for that, and the auditor waits for no writer. What must hold:
//!
//! - inside one atom, everything that its value promises (the parts add up to the whole);
//! - from one snapshot to the next, one version a change, and `diff` finds exactly the changes;
//! - between atoms, the order of the writers. They count a flight in `carriers` first and in
//!   `fleet` last; an auditor who looks in the opposite order never sees an effect whose cause
//!   is missing.
//!
//! Each audit is written to the log.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use heptad::Shared;
use heptad::hashmap::DiffItem;

use crate::facts::{Airports, Carriers, Facts, Fleet, Place, Routes, Whereabouts};
use crate::log::{Event, Sender};
use crate::progress::Progress;
use crate::record::Tail;

/// Between two snapshots, so that auditing does not take the processor from the writers.
const PAUSE: Duration = Duration::from_millis(2);
/// So many changes of a kind are shown.
const SHOWN: usize = 4;
/// So many broken promises are kept to be shown.
const KEPT: usize = 10;

/// What one auditor found.
#[derive(Debug, Default)]
pub(crate) struct Audit {
    pub(crate) snapshots: u64,
    pub(crate) checks: u64,
    /// Snapshots that writers had left behind before they were checked.
    pub(crate) overtaken: u64,
    pub(crate) failures: u64,
    pub(crate) first_failures: Vec<String>,
    /// What changed between the last two snapshots that differ.
    pub(crate) changes: Option<Changes>,
}

/// What changed between two snapshots.
#[derive(Debug)]
pub(crate) struct Changes {
    pub(crate) apart: Duration,
    pub(crate) aircraft: usize,
    pub(crate) carriers: usize,
    /// Some of the changes, one a line.
    pub(crate) lines: Vec<String>,
}

/// All facts at one time, the later ones first: see the top of this file.
struct Snapshot {
    taken: Instant,
    fleet: Shared<Fleet>,
    airports: Shared<Airports>,
    routes: Shared<Routes>,
    carriers: Shared<Carriers>,
}

impl Snapshot {
    fn take(facts: &Facts) -> Self {
        // Fields are evaluated as written.
        Self {
            taken: Instant::now(),
            fleet: facts.fleet.load_full(),
            airports: facts.airports.load_full(),
            routes: facts.routes.load_full(),
            carriers: facts.carriers.load_full(),
        }
    }

    fn departures(&self) -> u64 {
        self.airports
            .values()
            .map(|traffic| traffic.departures)
            .sum()
    }

    fn left_on_routes(&self) -> u64 {
        self.routes.values().map(|route| route.left).sum()
    }

    fn left_by_carriers(&self) -> u64 {
        self.carriers.values().map(|carrier| carrier.left()).sum()
    }

    fn scheduled(&self) -> u64 {
        self.carriers
            .values()
            .map(|carrier| carrier.scheduled)
            .sum()
    }

    /// What each atom's version must grow with.
    fn versions_and_totals(&self) -> [(&'static str, u64, u64); 4] {
        [
            ("carriers", self.carriers.version(), self.scheduled()),
            ("routes", self.routes.version(), self.left_on_routes()),
            ("airports", self.airports.version(), self.departures()),
            ("fleet", self.fleet.version(), self.fleet.moves),
        ]
    }
}

/// Takes and checks snapshots until told to stop, and then once more.
pub(crate) fn audit(
    auditor: usize,
    facts: &Facts,
    stop: &AtomicBool,
    progress: &Progress,
) -> Audit {
    let mut audit = Audit::default();
    let mut pen = facts.log.pen(Sender::Auditor(auditor));
    let mut last = Snapshot::take(facts);
    loop {
        // Relaxed: only tells when to stop; what was written before is seen by joining the writers.
        let done = stop.load(Ordering::Relaxed);
        let now = Snapshot::take(facts);
        let failed_before = audit.failures;
        audit.check_inside(&now);
        audit.check_between(&now);
        audit.check_since(&last, &now);
        audit.snapshots += 1;
        pen.write(Event::Audited {
            fleet_version: now.fleet.version(),
            failures: audit.failures - failed_before,
        });
        audit.overtaken += u64::from(facts.fleet.version() != now.fleet.version());
        if let Some(changes) = changes(&last, &now) {
            changes
                .lines
                .first()
                .into_iter()
                .for_each(|line| progress.say(line));
            audit.changes = Some(changes);
        }
        if done {
            return audit;
        }
        last = now;
        thread::sleep(PAUSE);
    }
}

impl Audit {
    fn expect(&mut self, holds: bool, promise: impl FnOnce() -> String) {
        self.checks += 1;
        if !holds {
            self.failures += 1;
            if self.first_failures.len() < KEPT {
                self.first_failures.push(promise());
            }
        }
    }

    /// What each value promises by itself.
    fn check_inside(&mut self, now: &Snapshot) {
        let (counted, flights) = count(&now.fleet);
        let agree = now.fleet.parked.len() == counted.len()
            && now
                .fleet
                .parked
                .iter()
                .all(|(place, many)| counted.get(place) == Some(many));
        self.expect(agree, || {
            "every aircraft is in exactly one place: the two maps disagree".into()
        });
        let moves = now.fleet.moves;
        self.expect(flights == moves, || {
            format!("{flights} flights of aircraft, but {moves} moves")
        });

        let ended: u64 = now
            .airports
            .values()
            .map(|traffic| traffic.arrivals + traffic.diverted)
            .sum();
        let departures = now.departures();
        self.expect(ended == departures, || {
            format!("{departures} departures, but {ended} ends of flights")
        });
        for (carrier, record) in now.carriers.iter() {
            let holds = record.scheduled == record.cancelled + record.left();
            self.expect(holds, || {
                format!("flights of {carrier} do not add up: {record:?}")
            });
        }
        for (route, record) in now.routes.iter() {
            let holds = record.late <= record.landed && record.landed <= record.left;
            self.expect(holds, || {
                format!("flights on {route} do not add up: {record:?}")
            });
        }
    }

    /// No effect without its cause.
    fn check_between(&mut self, now: &Snapshot) {
        let counts = [
            now.fleet.moves,
            now.departures(),
            now.left_on_routes(),
            now.left_by_carriers(),
        ];
        self.expect(counts.is_sorted(), || {
            format!("effects without causes: {counts:?}")
        });
    }

    /// What must lie between two snapshots.
    fn check_since(&mut self, last: &Snapshot, now: &Snapshot) {
        let pairs = last
            .versions_and_totals()
            .into_iter()
            .zip(now.versions_and_totals());
        for ((atom, old_version, old_total), (_, version, total)) in pairs {
            // Wrapping: a total that shrank is to be reported, not to overflow.
            let holds = version.wrapping_sub(old_version) == total.wrapping_sub(old_total);
            self.expect(holds, || {
                format!(
                    "{atom}: versions {old_version} to {version}, totals {old_total} to {total}"
                )
            });
        }
        let mut flights = 0_u64;
        let mut removed = 0;
        for change in last.fleet.at.diff(&now.fleet.at) {
            match change {
                DiffItem::Add(_, new) => flights += new.flights,
                DiffItem::Update { old, new } => {
                    flights = flights
                        .wrapping_add(new.1.flights)
                        .wrapping_sub(old.1.flights)
                }
                DiffItem::Remove(..) => removed += 1,
            }
        }
        let moves = now.fleet.moves.wrapping_sub(last.fleet.moves);
        let holds = flights == moves && removed == 0;
        self.expect(holds, || {
            format!("diff shows {flights} flights and {removed} lost aircraft, but {moves} moves")
        });
    }

    /// Puts the findings of two auditors together.
    pub(crate) fn add(&mut self, other: Self) {
        self.snapshots += other.snapshots;
        self.checks += other.checks;
        self.overtaken += other.overtaken;
        self.failures += other.failures;
        self.first_failures.extend(other.first_failures);
        self.first_failures.truncate(KEPT);
        self.changes = self.changes.take().or(other.changes);
    }
}

/// Counts the aircraft by place, and their flights.
fn count(fleet: &Fleet) -> (HashMap<Place, u64>, u64) {
    let mut places = HashMap::new();
    let mut flights = 0;
    for aircraft in fleet.at.values() {
        *places.entry(aircraft.place).or_default() += 1;
        flights += aircraft.flights;
    }
    (places, flights)
}

/// What changed, if anything did: the cost is in the number of changes, not of aircraft.
fn changes(last: &Snapshot, now: &Snapshot) -> Option<Changes> {
    let aircraft: Vec<_> = last.fleet.at.diff(&now.fleet.at).collect();
    let carriers: Vec<_> = last.carriers.diff(&now.carriers).collect();
    if aircraft.is_empty() {
        return None;
    }
    let mut lines: Vec<_> = aircraft.iter().take(SHOWN).filter_map(moved).collect();
    for change in carriers.iter().take(SHOWN) {
        if let DiffItem::Update {
            old: (_, old),
            new: (carrier, new),
        } = change
        {
            let scheduled = new.scheduled.wrapping_sub(old.scheduled);
            let landed = new.landed.wrapping_sub(old.landed);
            lines.push(format!(
                "{carrier:<6}  flights +{scheduled}, landed +{landed}"
            ));
        }
    }
    Some(Changes {
        apart: now.taken - last.taken,
        aircraft: aircraft.len(),
        carriers: carriers.len(),
        lines,
    })
}

/// How an aircraft got about, as `N14228  IAH -> MIA`.
fn moved(change: &DiffItem<'_, '_, Tail, Whereabouts>) -> Option<String> {
    match change {
        DiffItem::Add(tail, new) => Some(format!("{tail:<6}  first seen, now {}", new.place)),
        DiffItem::Update {
            old: (_, old),
            new: (tail, new),
        } => {
            let flights = new.flights.wrapping_sub(old.flights);
            let plural = if flights == 1 { "" } else { "s" };
            Some(format!(
                "{tail:<6}  {} -> {} ({flights} flight{plural})",
                old.place, new.place
            ))
        }
        DiffItem::Remove(..) => None,
    }
}
