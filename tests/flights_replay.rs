//! The `flights` example verifies itself honestly: its sequential replay equals figures worked
//! out by hand, its writers equal the replay, its log is complete, and a fact or a record that was
//! tampered with is found out.

use std::cell::Cell;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::thread;

#[allow(dead_code, reason = "the example uses more of it than these tests")]
#[path = "../examples/flights/auditors.rs"]
mod auditors;
#[allow(dead_code, reason = "the example uses more of it than these tests")]
#[path = "../examples/flights/contention.rs"]
mod contention;
#[allow(dead_code, reason = "the example uses more of it than these tests")]
#[path = "../examples/flights/facts.rs"]
mod facts;
#[allow(dead_code, reason = "the example uses more of it than these tests")]
#[path = "../examples/flights/input.rs"]
mod input;
#[allow(dead_code, reason = "the example uses more of it than these tests")]
#[path = "../examples/flights/lines.rs"]
mod lines;
#[allow(dead_code, reason = "the example uses more of it than these tests")]
#[path = "../examples/flights/log.rs"]
mod log;
#[allow(dead_code, reason = "the example uses more of it than these tests")]
#[path = "../examples/flights/progress.rs"]
mod progress;
#[allow(dead_code, reason = "the example uses more of it than these tests")]
#[path = "../examples/flights/record.rs"]
mod record;
#[allow(dead_code, reason = "the example uses more of it than these tests")]
#[path = "../examples/flights/replay.rs"]
mod replay;
#[allow(dead_code, reason = "the example uses more of it than these tests")]
#[path = "../examples/flights/writers.rs"]
mod writers;

use auditors::Audit;
use contention::Contention;
use facts::{CarrierRecord, Facts, Place, Route, RouteRecord, Traffic, Whereabouts};
use log::{Event, Log, Record, Records, Sender};
use progress::Progress;
use record::{Code, Flight, Header};
use replay::Replay;

/// Four flights of two aircraft, of which one was diverted, and one cancelled without an aircraft.
fn five_flights() -> Vec<Flight> {
    let header = "year,month,day,sched_dep_time,carrier,tailnum,origin,dest,dep_delay,arr_delay";
    let header = Header::parse(header).expect("all columns");
    let flight = |line: &str| header.flight(line).expect("a good line");
    vec![
        flight("2013,1,1,500,UA,N1,EWR,IAH,10,20"),
        flight("2013,1,1,600,UA,N2,EWR,IAH,-5,-15"),
        flight("2013,1,1,700,AA,N1,JFK,MIA,1,15"),
        flight("2013,1,1,800,AA,,JFK,MIA,,"),
        flight("2013,1,1,900,UA,N2,EWR,IAH,30,"),
    ]
}

fn sample() -> Vec<Flight> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data/flights-2013-01.csv.gz");
    let mut flights = input::read(&path).expect("the sample is good").flights;
    flights.sort_by_key(|flight| flight.scheduled);
    flights
}

fn written(flights: &[Flight], writers: usize) -> Facts {
    let facts = Facts::new();
    let shares = writers::shares(flights, writers);
    let mut pens = writers::pens(&facts, writers);
    writers::replay(&shares, &mut pens, &facts, &Progress::new(flights.len()));
    drop(pens);
    facts
}

fn replayed(flights: &[Flight]) -> Replay {
    let mut replay = Replay::default();
    replay.run(flights);
    replay
}

/// One audit of facts that are at rest.
fn audited(facts: &Facts) -> Audit {
    auditors::audit(0, facts, &AtomicBool::new(true), &Progress::new(1))
}

fn code<const N: usize>(text: &str) -> Code<N> {
    Code::new(text).expect("a code")
}

#[test]
fn the_carriers_of_five_flights_are_what_a_hand_works_out() {
    let united = CarrierRecord {
        scheduled: 3,
        cancelled: 0,
        diverted: 1,
        landed: 2,
        dep_delay: 35,
        arr_delay: 5,
    };
    let american = CarrierRecord {
        scheduled: 2,
        cancelled: 1,
        diverted: 0,
        landed: 1,
        dep_delay: 1,
        arr_delay: 15,
    };
    let wanted = [(code("UA"), united), (code("AA"), american)];
    assert_eq!(replayed(&five_flights()).carriers, wanted.into());
}

#[test]
fn the_routes_of_five_flights_are_what_a_hand_works_out() {
    let houston = Route {
        origin: code("EWR"),
        dest: code("IAH"),
    };
    let miami = Route {
        origin: code("JFK"),
        dest: code("MIA"),
    };
    let to_houston = RouteRecord {
        left: 3,
        landed: 2,
        late: 1,
        arr_delay: 5,
    };
    let to_miami = RouteRecord {
        left: 1,
        landed: 1,
        late: 1,
        arr_delay: 15,
    };
    assert_eq!(
        replayed(&five_flights()).routes,
        [(houston, to_houston), (miami, to_miami)].into()
    );
}

#[test]
fn the_airports_of_five_flights_are_what_a_hand_works_out() {
    let traffic = |departures, arrivals, diverted| Traffic {
        departures,
        arrivals,
        diverted,
    };
    let wanted = [
        (code("EWR"), traffic(3, 0, 0)),
        (code("IAH"), traffic(0, 2, 1)),
        (code("JFK"), traffic(1, 0, 0)),
        (code("MIA"), traffic(0, 1, 0)),
    ];
    assert_eq!(replayed(&five_flights()).airports, wanted.into());
}

#[test]
fn the_aircraft_of_five_flights_are_where_a_hand_puts_them() {
    let first = Whereabouts {
        place: Place::At(code("MIA")),
        flights: 2,
    };
    let second = Whereabouts {
        place: Place::Elsewhere,
        flights: 2,
    };
    assert_eq!(
        replayed(&five_flights()).fleet,
        [(code("N1"), first), (code("N2"), second)].into()
    );
}

#[test]
fn what_writers_leave_equals_the_sequential_replay() {
    for flights in [five_flights(), sample()] {
        let wanted = replayed(&flights);
        for writers in [1, 2, 5] {
            let facts = written(&flights, writers);
            assert_eq!(
                wanted.differences(&facts),
                Vec::<String>::new(),
                "{writers} writers"
            );
            let audit = audited(&facts);
            assert_eq!(
                (audit.failures, audit.snapshots),
                (0, 1),
                "{:?}",
                audit.first_failures
            );
        }
    }
}

#[test]
fn all_flights_of_an_aircraft_go_to_one_writer_in_their_order() {
    let flights = sample();
    let shares = writers::shares(&flights, 3);
    assert_eq!(shares.iter().map(Vec::len).sum::<usize>(), flights.len());
    let of = |flights: &[Flight], tail| -> Vec<Flight> {
        flights
            .iter()
            .filter(|flight| flight.tail == Some(tail))
            .copied()
            .collect()
    };
    for tail in flights.iter().take(50).filter_map(|flight| flight.tail) {
        let wanted = of(&flights, tail);
        assert!(
            shares.iter().any(|share| of(share, tail) == wanted),
            "{tail}"
        );
    }
}

#[test]
fn a_lost_flight_is_found_by_the_comparison() {
    let flights = five_flights();
    let facts = written(&flights[1..], 2);
    let mut found = replayed(&flights).differences(&facts);
    found.sort();
    let kinds: Vec<_> = found
        .iter()
        .map(|line| line.split(':').next().unwrap_or_default())
        .collect();
    assert_eq!(
        kinds,
        [
            "aircraft N1",
            "airport EWR",
            "airport IAH",
            "carrier UA",
            "moves of aircraft",
            "route EWR -> IAH"
        ]
    );
}

#[test]
fn an_extra_fact_is_found_by_the_comparison() {
    let facts = written(&five_flights(), 2);
    facts
        .airports
        .swap(|airports| facts::changed(airports, code("QQQ"), |_: &mut Traffic| {}));
    let found = replayed(&five_flights()).differences(&facts);
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("airport QQQ: "), "{found:?}");
}

#[test]
fn an_aircraft_in_two_places_is_found_by_an_audit() {
    let facts = written(&five_flights(), 2);
    facts.fleet.swap(|fleet| {
        let mut next = fleet.clone();
        *next.parked.entry(Place::At(code("LGA"))).or_insert(0) += 1;
        next
    });
    let audit = audited(&facts);
    assert_eq!(audit.failures, 1);
    assert!(
        audit.first_failures[0].contains("exactly one place"),
        "{:?}",
        audit.first_failures
    );
}

#[test]
fn a_departure_without_end_is_found_by_an_audit() {
    let facts = written(&five_flights(), 2);
    facts
        .airports
        .swap(|airports| facts::changed(airports, code("JFK"), Traffic::depart));
    let audit = audited(&facts);
    // It does not add up with the ends of flights, nor with the flights on routes.
    assert_eq!(audit.failures, 2, "{:?}", audit.first_failures);
}

#[test]
fn an_effect_without_its_cause_is_found_by_an_audit() {
    let facts = written(&five_flights(), 2);
    facts
        .fleet
        .swap(|fleet| fleet.after(code("N1"), Place::Elsewhere));
    let audit = audited(&facts);
    assert_eq!(audit.failures, 1);
    assert!(
        audit.first_failures[0].starts_with("effects without causes"),
        "{:?}",
        audit.first_failures
    );
}

/// The log when all of it is written.
fn finished(log: &Log) -> heptad::Shared<Records> {
    log.finished().expect("no action on the log fails")
}

#[test]
fn the_log_has_each_audit_and_each_flight_once_in_its_senders_order() {
    let flights = sample();
    let facts = Facts::new();
    let (stop, progress) = (AtomicBool::new(false), Progress::new(flights.len()));
    let shares = writers::shares(&flights, 2);
    let mut pens = writers::pens(&facts, 2);
    let audits = thread::scope(|scope| {
        let auditors: Vec<_> = (0..2)
            .map(|auditor| (auditor, &facts, &stop, &progress))
            .map(|(auditor, facts, stop, progress)| {
                scope.spawn(move || auditors::audit(auditor, facts, stop, progress))
            })
            .collect();
        for _ in 0..3 {
            writers::replay(&shares, &mut pens, &facts, &progress);
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        let audits = auditors.into_iter().map(|auditor| auditor.join());
        audits
            .map(|audit| audit.expect("no auditor panics").snapshots)
            .sum()
    });
    let records = finished(&facts.log);
    let flown = 3 * flights.len() as u64;
    assert_eq!(log::problems(&records, audits, flown), Vec::<String>::new());
    let of = |sender| {
        records
            .values()
            .filter(|record| record.sender == sender)
            .count()
    };
    for (writer, share) in shares.iter().enumerate() {
        // One record for each 512 flights, in each of three repetitions.
        let wanted = 3 * share.len().div_ceil(512);
        assert_eq!(of(Sender::Writer(writer)), wanted);
    }
    assert!(of(Sender::Auditor(0)) > 0 && of(Sender::Auditor(1)) > 0);
}

/// A log of two auditors: 0, 1 and 2 of the first, 0 of the second between them.
fn four_records() -> Vec<Record> {
    let record = |auditor, number| Record {
        sender: Sender::Auditor(auditor),
        number,
        event: Event::Audited {
            fleet_version: 0,
            failures: 0,
        },
    };
    vec![record(0, 0), record(0, 1), record(1, 0), record(0, 2)]
}

/// What is said of these records when four audits were made.
fn problems_of(records: &[Record]) -> Vec<String> {
    let log = records.iter().fold(Records::default(), |log, record| {
        log::appended(&log, *record)
    });
    log::problems(&log, 4, 0)
}

#[test]
fn a_record_that_is_lost_doubled_or_out_of_order_is_found() {
    let good = four_records();
    assert_eq!(problems_of(&good), Vec::<String>::new());

    let mut lost_last = good.clone();
    lost_last.pop();
    let found = problems_of(&lost_last);
    assert_eq!(found, ["audit log: 3 audits instead of 4"]);

    let mut lost = good.clone();
    lost.remove(1);
    let found = problems_of(&lost);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found[0].starts_with("audit log: auditor 0, record 2: ")
            && found[0].ends_with("expected record 1"),
        "{found:?}"
    );

    let mut doubled = good.clone();
    doubled.insert(2, good[1]);
    assert_eq!(problems_of(&doubled).len(), 2);

    let mut swapped = good.clone();
    swapped.swap(1, 3);
    let found = problems_of(&swapped);
    assert!(!found.is_empty() && found.iter().all(|line| line.contains("expected record")));
}

#[test]
fn flights_that_no_writer_has_logged_are_found() {
    let facts = written(&five_flights(), 2);
    let records = finished(&facts.log);
    assert_eq!(log::problems(&records, 0, 5), Vec::<String>::new());
    assert_eq!(
        log::problems(&records, 0, 6),
        ["audit log: 5 flights instead of 6"]
    );
}

#[test]
fn a_log_whose_agent_has_failed_says_so() {
    let log = Log::new();
    let sent = log.agent.send(|_| panic!("no more paper"));
    assert!(sent.is_ok());
    let problem = log.finished().expect_err("the log has failed");
    assert!(
        problem.contains("audit log is not finished") && problem.contains("no more paper"),
        "{problem}"
    );
}

/// Lets another update come first in each of the first `times` runs of a swap.
fn lose(facts: &Facts, times: u32) -> u32 {
    let runs = Cell::new(0);
    facts.routes.swap(|routes| {
        runs.set(runs.get() + 1);
        if runs.get() <= times {
            thread::scope(|scope| {
                scope.spawn(|| facts.routes.swap(Clone::clone));
            });
        }
        routes.clone()
    });
    runs.get()
}

fn seen(facts: &Facts) -> Vec<String> {
    let kinds = Contention::of(facts).kinds().into_iter();
    kinds
        .filter_map(|(kind, seen)| seen.then_some(kind))
        .collect()
}

#[test]
fn contention_is_told_by_the_atom_where_it_happened() {
    let facts = Facts::new();
    assert_eq!(seen(&facts), Vec::<String>::new());

    assert_eq!(lose(&facts, 1), 2);
    assert_eq!(seen(&facts), ["a lost race for routes"]);
    let contention = Contention::of(&facts);
    let routes = &contention.atoms[1];
    assert_eq!((routes.atom.as_str(), routes.swaps), ("routes", 2));
    let loser = routes.metrics.longest_loser.expect("an update has lost");
    assert_eq!(loser.attempts, 2);
    assert!(loser.location.file().ends_with("flights_replay.rs"));

    assert_eq!(lose(&facts, 2), 3);
    assert_eq!(seen(&facts).len(), 2);

    // So many that the atom gives it a turn, after which nobody can come first.
    assert_eq!(lose(&facts, 4), 5);
    let found = seen(&facts);
    assert!(found[2].starts_with("an escalation"), "{found:?}");
}
