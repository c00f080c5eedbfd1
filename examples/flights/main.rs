//! Real flights as concurrent events against shared state.
//!
//! `cargo run --release --example flights [FILE]` replays the flights out of New York of January
//! 2013, or those of a CSV file (plain or gzip), several writers at once:
//!
//! ```text
//!   record, lines,    what a flight is, and reading it      bad lines are shown, good ones kept
//!       input
//!          |
//!       writers       each flies the aircraft it owns       atom.swap(|value| next value)
//!          |
//!        facts        carriers, routes, airports, fleet     one Atom<persistent map> each
//!          |
//!      auditors       look at snapshots all along           atom.load_full(), old.diff(&new)
//!          |
//!         log         records of writers and auditors       agent.send(|log| longer log)
//!          |
//!     contention      races lost, turns taken               atom.metrics()
//!          |
//!   replay, report    the same flights, one by one          must be equal
//! ```
//!
//! Nothing here locks. A writer makes the next value from the present one and swaps it in; when
//! another writer was faster it tries again, and after a few such losses it takes a turn. An auditor
//! holds a snapshot for as long as it likes, and nobody waits for it. The flights are replayed again
//! and again until lost races and turns were seen, then it is shown that not one flight was lost or
//! counted twice, and that the audit log is complete.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

mod auditors;
mod contention;
mod facts;
mod input;
mod lines;
mod log;
mod progress;
mod record;
mod replay;
mod report;
mod writers;

use auditors::Audit;
use contention::Contention;
use facts::Facts;
use input::InputError;
use log::Record;
use progress::Progress;
use record::Flight;
use replay::Replay;

const SAMPLE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/examples/data/flights-2013-01.csv.gz"
);

const HELP: &str = "\
Replays flights as concurrent events against shared state, and checks the result.

Usage: cargo run --release --example flights [FILE]

  FILE    a CSV file with a header, plain or gzip; without it the bundled sample is used.
          Needed columns, in any order: year,month,day,sched_dep_time,carrier,tailnum,
          origin,dest,dep_delay,arr_delay. `NA` or nothing means: not recorded.

The flights are repeated until each kind of contention was seen, for 2 to 10 seconds.

Exit code: 0 the result equals a sequential replay, 1 it does not or an audit failed,
           2 wrong usage, or a file without a single good line.
";

/// Auditors beside the writers.
const AUDITORS: usize = 2;
/// Goes on at least so long: there is time to look at the progress, and rare things may happen.
const AT_LEAST: Duration = Duration::from_secs(2);
/// Begins no repetition after so long, whatever was not seen yet.
const AT_MOST: Duration = Duration::from_secs(10);

/// What a whole run found, beside the facts themselves.
#[derive(Default)]
pub(crate) struct Outcome {
    repetitions: u64,
    /// Flights replayed, all repetitions together.
    flights: u64,
    /// The time during which writers ran.
    writing: Duration,
    contention: Contention,
    audit: Audit,
    /// Records in the audit log, and the last one.
    records: usize,
    last_record: Option<Record>,
    /// How the facts differ from the sequential replay, and the log from what was sent.
    differences: Vec<String>,
}

impl Outcome {
    /// Each kind of contention there is, and whether it was seen.
    fn kinds(&self) -> Vec<(String, bool)> {
        let mut kinds = self.contention.kinds();
        kinds.push((
            "a snapshot overtaken by writers".into(),
            self.audit.overtaken > 0,
        ));
        kinds
    }

    fn is_enough(&self, elapsed: Duration) -> bool {
        let seen = self.contention.kinds().iter().all(|(_, seen)| *seen);
        elapsed >= if seen { AT_LEAST } else { AT_MOST }
    }

    /// Reads the audit log when all of it has been written.
    fn read_log(&mut self, facts: &Facts) {
        match facts.log.finished() {
            Ok(records) => {
                self.records = records.len();
                let last = records.len().checked_sub(1);
                self.last_record = last.and_then(|place| records.get(&(place as u64)).copied());
                let problems = log::problems(&records, self.audit.snapshots, self.flights);
                self.differences.extend(problems);
            }
            Err(problem) => self.differences.push(problem),
        }
    }

    fn is_verified(&self) -> bool {
        self.differences.is_empty() && self.audit.failures == 0
    }
}

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let (argument, rest) = (arguments.next(), arguments.next());
    match argument {
        _ if rest.is_some() => usage("more than one file is named"),
        None => start(&sample()),
        Some(argument) if argument == "--help" || argument == "-h" => {
            print(|out| out.write_all(HELP.as_bytes()));
            ExitCode::SUCCESS
        }
        Some(argument) if argument.to_string_lossy().starts_with('-') => {
            usage(&format!("unknown option {}", argument.to_string_lossy()))
        }
        Some(argument) => start(Path::new(&argument)),
    }
}

/// The sample, by a short name where there is one.
fn sample() -> PathBuf {
    let path = PathBuf::from(SAMPLE);
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here)
        .map(Path::to_path_buf)
        .unwrap_or(path)
}

fn usage(problem: &str) -> ExitCode {
    eprintln!("flights: {problem}\n\n{HELP}");
    ExitCode::from(2)
}

fn start(path: &Path) -> ExitCode {
    match run(path) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("flights: {error}");
            ExitCode::from(2)
        }
    }
}

/// Reads, replays, reports; whether the result was verified.
fn run(path: &Path) -> Result<bool, InputError> {
    let input = input::read(path)?;
    eprint!("{}", input.problems());
    print(|out| report::input(out, &input));
    let mut flights = input.flights;
    // The file is in no order of time; an aircraft must fly its flights in theirs.
    flights.sort_by_key(|flight| flight.scheduled);
    let writers = thread::available_parallelism().map_or(2, |cores| cores.get().clamp(2, 8));
    print(|out| report::plan(out, &flights, writers, AUDITORS));
    let facts = Facts::new();
    let outcome = replay(&flights, writers, &facts);
    print(|out| report::outcome(out, &outcome, &facts));
    Ok(outcome.is_verified())
}

/// Replays the flights with auditors looking on.
fn replay(flights: &[Flight], writers: usize, facts: &Facts) -> Outcome {
    let progress = Progress::new(flights.len());
    let stop = AtomicBool::new(false);
    let mut outcome = thread::scope(|scope| {
        let (stop, progress) = (&stop, &progress);
        let auditors: Vec<_> = (0..AUDITORS)
            .map(|auditor| scope.spawn(move || auditors::audit(auditor, facts, stop, progress)))
            .collect();
        let mut outcome = {
            // Also when a writer panics: or else the auditors would go on for ever.
            let _stop = StopOnDrop(stop);
            repeat(flights, writers, facts, progress)
        };
        for auditor in auditors {
            match auditor.join() {
                Ok(audit) => outcome.audit.add(audit),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        outcome
    });
    progress.finish();
    outcome.read_log(facts);
    outcome
}

/// Repeats the flights until contention was seen, each repetition compared with the sequential
/// replay of as many. Ends at the first difference.
fn repeat(flights: &[Flight], writers: usize, facts: &Facts, progress: &Progress) -> Outcome {
    let shares = writers::shares(flights, writers);
    let mut pens = writers::pens(facts, writers);
    let mut wanted = Replay::default();
    let mut outcome = Outcome::default();
    let start = Instant::now();
    while outcome.differences.is_empty() && !outcome.is_enough(start.elapsed()) {
        outcome.repetitions += 1;
        progress.start(outcome.repetitions);
        let writing = Instant::now();
        writers::replay(&shares, &mut pens, facts, progress);
        outcome.writing += writing.elapsed();
        outcome.flights += flights.len() as u64;
        outcome.contention = Contention::of(facts);
        wanted.run(flights);
        outcome.differences = wanted.differences(facts);
    }
    outcome
}

/// Tells the auditors to stop when it goes out of scope.
struct StopOnDrop<'a>(&'a AtomicBool);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        // Relaxed: the flag guards no data, see `auditors::audit`.
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Writes to standard output. Whoever reads it may have seen enough (`| head`): the run goes on
/// all the same, for its exit code.
fn print(write: impl FnOnce(&mut io::StdoutLock<'_>) -> io::Result<()>) {
    let mut out = io::stdout().lock();
    if let Err(error) = write(&mut out).and_then(|()| out.flush()) {
        if error.kind() != io::ErrorKind::BrokenPipe {
            eprintln!("flights: cannot write the report: {error}");
        }
    }
}
