//! What the run found, in words and tables. Everything is written to a given writer, so that a
//! closed pipe is an error to pass on and not a panic.

use std::io::{self, Write};
use std::time::Duration;

use heptad::HashMap;
use heptad::metrics::AtomMetrics;

use crate::Outcome;
use crate::auditors::Changes;
use crate::facts::{CarrierRecord, Facts, Route, RouteRecord};
use crate::input::Input;
use crate::record::{Carrier, Flight, Scheduled};

/// So many rows in a table.
const ROWS: usize = 8;
/// So many differences are shown.
const SHOWN: usize = 10;

/// What was read.
pub(crate) fn input(out: &mut impl Write, input: &Input) -> io::Result<()> {
    let path = input.path.display();
    let (good, bad) = (grouped(input.flights.len()), grouped(input.bad.count));
    writeln!(out, "Read {path}: {good} flights; bad lines: {bad}.")
}

/// What is about to happen.
pub(crate) fn plan(
    out: &mut impl Write,
    flights: &[Flight],
    writers: usize,
    auditors: usize,
) -> io::Result<()> {
    let days = flights.first().zip(flights.last());
    let days = days
        .map(|(first, last)| format!(", {} to {},", date(first.scheduled), date(last.scheduled)));
    writeln!(
        out,
        "{writers} writers replay them{} into 4 atoms; {auditors} auditors check every snapshot they take; \
         all of them write to one log, an agent.\n",
        days.unwrap_or_default()
    )
}

/// What happened.
pub(crate) fn outcome(out: &mut impl Write, outcome: &Outcome, facts: &Facts) -> io::Result<()> {
    throughput(out, outcome)?;
    contention(out, outcome)?;
    audits(out, outcome)?;
    log(out, outcome)?;
    facts
        .routes
        .with(|all| routes(out, all, outcome.repetitions))?;
    facts
        .carriers
        .with(|all| carriers(out, all, outcome.repetitions))?;
    verdict(out, outcome)
}

fn throughput(out: &mut impl Write, outcome: &Outcome) -> io::Result<()> {
    let swaps: u64 = outcome.contention.atoms.iter().map(|atom| atom.swaps).sum();
    let seconds = outcome.writing.as_secs_f64();
    let rate = |count: u64| grouped((count as f64 / seconds) as u64);
    writeln!(
        out,
        "{} flights in {} repetitions: {} swaps in {seconds:.2} s, {} flights/s, {} swaps/s.\n",
        grouped(outcome.flights),
        outcome.repetitions,
        grouped(swaps),
        rate(outcome.flights),
        rate(swaps)
    )
}

fn contention(out: &mut impl Write, outcome: &Outcome) -> io::Result<()> {
    writeln!(
        out,
        "{:<10} {:>12} {:>10} {:>10}   longest loser",
        "atom", "swaps", "retries", "turns"
    )?;
    for one in &outcome.contention.atoms {
        let metrics = &one.metrics;
        writeln!(
            out,
            "{:<10} {:>12} {:>10} {:>10}   {}",
            one.atom,
            grouped(one.swaps),
            grouped(metrics.conflicts),
            grouped(metrics.escalations),
            longest_loser(metrics)
        )?;
    }
    writeln!(out)?;
    let unseen: Vec<_> = outcome
        .kinds()
        .into_iter()
        .filter(|(_, seen)| !seen)
        .map(|(kind, _)| kind)
        .collect();
    if unseen.is_empty() {
        writeln!(out, "Every kind of contention was seen.\n")
    } else {
        writeln!(
            out,
            "NOT seen: {}. With one core, or few flights, there may be none to see.\n",
            unseen.join(", ")
        )
    }
}

/// The update that wasted the most time. It may be one that lost nothing and waited for the end of
/// another's turn.
fn longest_loser(metrics: &AtomMetrics) -> String {
    let Some(loser) = &metrics.longest_loser else {
        return "none: no swap lost or waited".into();
    };
    format!(
        "{} attempt{}, {:.1} us wasted, {}:{}",
        loser.attempts,
        if loser.attempts == 1 { "" } else { "s" },
        loser.wasted.as_secs_f64() * 1e6,
        loser.location.file(),
        loser.location.line()
    )
}

fn audits(out: &mut impl Write, outcome: &Outcome) -> io::Result<()> {
    let audit = &outcome.audit;
    writeln!(
        out,
        "{} snapshots, {} checks, {} failed. {} snapshots were overtaken by writers while being checked.",
        grouped(audit.snapshots),
        grouped(audit.checks),
        grouped(audit.failures),
        grouped(audit.overtaken)
    )?;
    for failure in &audit.first_failures {
        writeln!(out, "  FAILED: {failure}")?;
    }
    audit
        .changes
        .as_ref()
        .map_or(Ok(()), |found| changes(out, found))
}

fn log(out: &mut impl Write, outcome: &Outcome) -> io::Result<()> {
    let records = grouped(outcome.records);
    match &outcome.last_record {
        Some(last) => writeln!(
            out,
            "The audit log has {records} records, the last: {last}.\n"
        ),
        None => writeln!(out, "The audit log has no records.\n"),
    }
}

fn changes(out: &mut impl Write, changes: &Changes) -> io::Result<()> {
    let Changes {
        apart,
        aircraft,
        carriers,
        lines,
    } = changes;
    writeln!(
        out,
        "What changed between two snapshots {}: {} aircraft, {carriers} carriers, among them",
        milliseconds(*apart),
        grouped(*aircraft)
    )?;
    lines
        .iter()
        .try_for_each(|line| writeln!(out, "  {line}"))?;
    writeln!(out)
}

fn routes(
    out: &mut impl Write,
    routes: &HashMap<Route, RouteRecord>,
    repetitions: u64,
) -> io::Result<()> {
    let mut rows: Vec<_> = routes.iter().collect();
    rows.sort_by_key(|(route, record)| (std::cmp::Reverse(record.left), **route));
    writeln!(
        out,
        "{:<14} {:>10} {:>20} {:>13}",
        "busiest routes", "flights", "mean arrival delay", "15 min late"
    )?;
    for (route, record) in rows.into_iter().take(ROWS) {
        let flights = grouped(record.left / repetitions);
        let delay = mean(record.arr_delay, record.landed);
        let late = percent(record.late, record.landed);
        writeln!(out, "{route:<14} {flights:>10} {delay:>20} {late:>13}")?;
    }
    writeln!(out)
}

fn carriers(
    out: &mut impl Write,
    carriers: &HashMap<Carrier, CarrierRecord>,
    repetitions: u64,
) -> io::Result<()> {
    let mut rows: Vec<_> = carriers.iter().collect();
    rows.sort_by_key(|(carrier, record)| (std::cmp::Reverse(record.scheduled), **carrier));
    writeln!(
        out,
        "{:<14} {:>10} {:>20} {:>13}",
        "carriers", "flights", "mean departure delay", "cancelled"
    )?;
    for (carrier, record) in rows.into_iter().take(ROWS) {
        let flights = grouped(record.scheduled / repetitions);
        let delay = mean(record.dep_delay, record.left());
        let cancelled = percent(record.cancelled, record.scheduled);
        writeln!(
            out,
            "{carrier:<14} {flights:>10} {delay:>20} {cancelled:>13}"
        )?;
    }
    writeln!(out)
}

fn verdict(out: &mut impl Write, outcome: &Outcome) -> io::Result<()> {
    let Outcome {
        repetitions,
        differences,
        audit,
        ..
    } = outcome;
    if outcome.is_verified() {
        return writeln!(
            out,
            "VERIFIED: after each of {repetitions} repetitions the atoms equal a sequential replay, \
             no audit failed, and each is in the log once, in its auditor's order."
        );
    }
    writeln!(
        out,
        "NOT VERIFIED: {} differences from a sequential replay of {repetitions} repetitions or in the \
         log, {} failed checks.",
        grouped(differences.len()),
        grouped(audit.failures)
    )?;
    differences
        .iter()
        .take(SHOWN)
        .try_for_each(|line| writeln!(out, "  {line}"))
}

fn date(scheduled: Scheduled) -> String {
    format!(
        "{}-{:02}-{:02}",
        scheduled.year, scheduled.month, scheduled.day
    )
}

fn milliseconds(apart: Duration) -> String {
    format!("{:.1} ms apart", apart.as_secs_f64() * 1000.0)
}

fn mean(minutes: i64, flights: u64) -> String {
    if flights == 0 {
        "-".into()
    } else {
        format!("{:.1} min", minutes as f64 / flights as f64)
    }
}

fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        "-".into()
    } else {
        format!("{:.1} %", 100.0 * part as f64 / whole as f64)
    }
}

/// A number with its thousands apart, as `336,776`.
fn grouped(number: impl TryInto<u64>) -> String {
    let digits = number.try_into().unwrap_or(u64::MAX).to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
