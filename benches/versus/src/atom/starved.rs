//! Rows about starvation: one thread whose updates take long, beside others whose updates do not.
//!
//! The slow thread has a processor to itself, the fast ones share the rest. One run gives three
//! figures, so three rows are read from the same runs: the first row that is asked for runs them,
//! the others look at what was written down.

use std::cell::{Cell, RefCell};
use std::hint;
use std::rc::Rc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use heptad::Atom;

use super::systems::{Once, PlMutex, Place};
use crate::harness::{
    Entry, Gauge, Job, Placement, Row, SHIFT, Session, Shift, Work, assert_shared, together,
};

const SLOW: [Duration; 3] = [
    Duration::from_micros(200),
    Duration::from_micros(1_000),
    Duration::from_micros(5_000),
];
const FAST_THREADS: [usize; 3] = [1, 3, 8];

/// What is read from a run, with its unit.
const FIGURES: [(&str, &str); 3] = [("done", "1/s"), ("attempts", "count"), ("fast", "M/s")];

/// A run lasts at least so many slow updates.
const SLOW_UPDATES: u32 = 100;

/// A slow update among fast ones.
#[derive(Clone, Copy)]
struct Scene {
    slow: Duration,
    fast_threads: usize,
    /// The slow thread asks for an update that runs its function once.
    once: bool,
}

impl Scene {
    fn all() -> impl Iterator<Item = Self> {
        [false, true].into_iter().flat_map(|once| {
            SLOW.into_iter().flat_map(move |slow| {
                FAST_THREADS.into_iter().map(move |fast_threads| Self {
                    slow,
                    fast_threads,
                    once,
                })
            })
        })
    }

    fn rows(&self) -> [Row; 3] {
        let (slow, threads) = (self.slow.as_micros(), self.fast_threads);
        let prefix = if self.once { "once_" } else { "" };
        FIGURES.map(|(figure, unit)| Row {
            op: format!("{prefix}starved_{figure}:{slow}us:{threads}"),
            n: Some(1),
            unit,
            quick: slow == 1_000 && threads <= if self.once { 1 } else { 3 },
        })
    }

    fn length(&self) -> Duration {
        SHIFT.max(self.slow * SLOW_UPDATES)
    }
}

pub(super) fn names() -> impl Iterator<Item = String> {
    Scene::all().flat_map(|scene| scene.rows().map(|row| row.op))
}

pub(super) fn run(session: &mut Session) {
    for scene in Scene::all() {
        let rows = scene.rows();
        let wanted: Vec<_> = (0..rows.len())
            .filter(|i| session.wants(&rows[*i]))
            .collect();
        if wanted.is_empty() {
            continue;
        }
        let systems = systems(scene);
        for figure in wanted {
            let entries = systems.iter().map(|system| system.entry(figure));
            session.row(&rows[figure], entries.collect());
        }
    }
}

fn systems(scene: Scene) -> Vec<System> {
    if scene.once {
        return vec![
            System::once::<Atom<_>>(scene),
            System::once::<PlMutex<_>>(scene),
        ];
    }
    vec![
        System::swapping::<Atom<_>>(scene),
        System::swapping::<ArcSwap<_>>(scene),
        System::swapping::<PlMutex<_>>(scene),
    ]
}

/// The figures of one run, in the order of [`FIGURES`].
type Figures = [f64; 3];

/// The function of an update.
type Change<'a> = &'a mut dyn FnMut(&u64) -> u64;

/// One system in a scene, and its runs so far.
struct System {
    name: &'static str,
    peer: bool,
    /// What a few updates without contention make.
    witness: u64,
    runs: Rc<RefCell<Vec<Figures>>>,
    run: Rc<dyn Fn() -> Figures>,
}

impl System {
    fn swapping<P: Place<u64> + 'static>(scene: Scene) -> Self {
        Self::new::<P>(scene, |place, change| place.update(change))
    }

    fn once<P: Once<u64> + 'static>(scene: Scene) -> Self {
        Self::new::<P>(scene, |place, change| place.update_once(change))
    }

    fn new<P: Place<u64> + 'static>(scene: Scene, slowly: fn(&P, Change<'_>)) -> Self {
        let place = P::new(0);
        place.update(|value| value + 1);
        slowly(&place, &mut |value| value + 1);
        Self {
            name: P::NAME,
            peer: P::PEER,
            witness: place.read(|value| *value),
            runs: Rc::default(),
            run: Rc::new(move || compete(&place, scene, slowly)),
        }
    }

    /// The entry of the row with this figure. The nth sample is the nth run's, in each row.
    fn entry(&self, figure: usize) -> Entry<'static> {
        let (runs, run) = (Rc::clone(&self.runs), Rc::clone(&self.run));
        let next = Cell::new(0);
        let sample = move || {
            let nth = next.replace(next.get() + 1);
            let mut runs = runs.borrow_mut();
            if nth == runs.len() {
                runs.push(run());
            }
            runs[nth][figure]
        };
        Entry {
            system: self.name.to_owned(),
            peer: self.peer,
            witness: self.witness,
            gauge: Gauge::Value(Box::new(sample)),
        }
    }
}

/// What one thread did.
enum Report {
    Slow(Slow),
    Fast(Work),
}

/// What the slow thread did.
#[derive(Default)]
struct Slow {
    /// Updates that ended in time.
    in_time: u64,
    /// All updates, the last one included, which ends when the fast threads do.
    updates: u64,
    /// Most runs of the function in one update.
    most_runs: u64,
}

fn compete<P: Place<u64>>(place: &P, scene: Scene, slowly: fn(&P, Change<'_>)) -> Figures {
    let before = place.read(|value| *value);
    let mut jobs: Vec<Job<'_, Report>> = vec![Box::new(|shift| {
        Report::Slow(update_slowly(shift, scene.slow, |change| {
            slowly(place, change)
        }))
    })];
    jobs.extend((0..scene.fast_threads).map(|_| -> Job<'_, _> {
        // No batches: behind a lock a single update may take as long as the slow one.
        Box::new(|shift| Report::Fast(shift.repeat(1, || place.update(|value| value + 1))))
    }));
    let reports = together(scene.length(), Placement::FirstAlone, jobs);
    let (mut slow, mut fast) = (Slow::default(), Vec::new());
    for report in reports {
        match report {
            Report::Slow(done) => slow = done,
            Report::Fast(work) => fast.push(work),
        }
    }
    assert_shared(&fast);
    let updates = slow.updates + fast.iter().map(|work| work.operations).sum::<u64>();
    assert_eq!(
        place.read(|value| *value) - before,
        updates,
        "no update is lost"
    );
    [
        slow.in_time as f64 / scene.length().as_secs_f64(),
        slow.most_runs as f64,
        fast.iter().map(Work::rate).sum(),
    ]
}

fn update_slowly(shift: &Shift, slow: Duration, update: impl Fn(Change<'_>)) -> Slow {
    let mut done = Slow::default();
    let start = Instant::now();
    loop {
        let mut runs = 0;
        update(&mut |value| {
            runs += 1;
            spin(slow);
            value + 1
        });
        done.updates += 1;
        done.most_runs = done.most_runs.max(runs);
        if start.elapsed() > shift.length() {
            return done;
        }
        done.in_time += 1;
    }
}

/// Keeps the processor busy for so long.
fn spin(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        hint::spin_loop();
    }
}
