//! Many threads take turns at a few words, nested in every way, in random schedules.
//!
//! `.ci/with-cfg heptad_shuttle -- cargo test --lib turns`. That nobody sleeps for ever is checked
//! by shuttle, which fails when all threads are asleep.

use core::cell::Cell;
use core::panic::Location;

use shuttle::rand::Rng;
use shuttle::sync::Arc;
use shuttle::sync::atomic::{AtomicUsize, Ordering};
use shuttle::thread;

use super::super::super::word::marks::{CLAIM, Marked, ONCE, RESERVE, WAIT, release_claim};
use super::super::builder::Settings;
use super::{Deadlock, Turns};
use crate::runtime::nesting::{self, Claim, Hold};
use crate::runtime::sync::{AtomicU64, plain};

const WORDS: usize = 3;
const THREADS: usize = 5;
const STEPS: usize = 4;
const SCHEDULES: usize = 30_000;

/// A word that points to nothing: marks, and above them a number that goes up with each update.
struct Word(AtomicUsize);

const ONE: usize = 16;

impl Marked for Word {
    fn look(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    fn mark(&self, seen: usize, marks: usize) -> bool {
        let next = seen & !(ONE - 1) | marks;
        self.0
            .compare_exchange(seen, next, Ordering::Release, Ordering::Relaxed)
            .is_ok()
    }
}

/// A word with its queue, and a count of updates that is written in turns only.
struct Subject {
    word: Word,
    turns: plain::Arc<Turns>,
    inside: AtomicUsize,
}

impl Subject {
    fn new() -> Self {
        Self {
            word: Word(AtomicUsize::new(0)),
            turns: Turns::new(Settings::default()),
            inside: AtomicUsize::new(0),
        }
    }

    fn end(&self, publish: bool) {
        // Whoever has the claim is alone.
        assert_eq!(self.inside.fetch_sub(1, Ordering::Relaxed), 1);
        let ended = |marks: usize| {
            if marks & WAIT != 0 {
                self.turns.claim_ended();
            }
        };
        if !publish {
            return release_claim(&self.word, ended);
        }
        loop {
            let seen = self.word.look();
            assert_eq!(seen & CLAIM, CLAIM);
            let next = (seen & !(ONE - 1)) + ONE | seen & RESERVE;
            let replaced =
                self.word
                    .0
                    .compare_exchange(seen, next, Ordering::Release, Ordering::Relaxed);
            if replaced.is_ok() {
                return ended(seen);
            }
        }
    }

    /// One update beside others, if the word is bare.
    fn in_passing(&self) -> bool {
        let seen = self.word.look();
        let bare = seen & (CLAIM | WAIT | RESERVE | ONCE) == 0;
        bare && self
            .word
            .0
            .compare_exchange(seen, seen + ONE, Ordering::Release, Ordering::Relaxed)
            .is_ok()
    }
}

struct Held<'a> {
    subject: &'a Subject,
    hold: Cell<Hold>,
}

impl Claim for Held<'_> {
    fn order(&self) -> u64 {
        self.subject.turns.order()
    }

    fn hold(&self) -> Hold {
        self.hold.get()
    }

    fn give_up(&self) {
        self.hold.set(Hold::Ended);
        self.subject.end(false);
    }
}

/// Updates one subject, and others inside that.
fn update(subjects: &[Subject; WORDS], depth: usize, taken: [bool; WORDS]) -> Result<(), Deadlock> {
    let mut rng = shuttle::rand::thread_rng();
    let index = rng.gen_range(0..WORDS);
    if taken[index] {
        return Ok(());
    }
    let mut inside = taken;
    inside[index] = true;
    let subject = &subjects[index];
    if rng.gen_bool(0.3) {
        if !subject.in_passing() {
            subject.turns.wait_for_end(&subject.word)?;
        }
        return Ok(());
    }
    let hold = if rng.gen_bool(0.3) {
        Hold::Once
    } else {
        Hold::Plain
    };
    subject.turns.take(&subject.word, hold)?;
    assert_eq!(subject.inside.fetch_add(1, Ordering::Relaxed), 0);
    let held = Held {
        subject,
        hold: Cell::new(hold),
    };
    let at = Location::caller();
    nesting::running((&raw const *subject).cast(), at, Some(&held), || {
        if depth < 2 {
            // Refusals are fine here, as long as everybody goes on.
            let _refused = update(subjects, depth + 1, inside);
        }
    });
    match held.hold.get() {
        Hold::Ended => {}
        _ => subject.end(rng.gen_bool(0.8)),
    }
    Ok(())
}

/// What happened in all schedules together.
#[derive(Default)]
struct Seen {
    waits: AtomicU64,
    dropped: AtomicU64,
}

fn everybody_gets_through(seen: &Seen) {
    let subjects: Arc<[Subject; WORDS]> = Arc::new(std::array::from_fn(|_| Subject::new()));
    let threads: Vec<_> = (0..THREADS)
        .map(|_| {
            let subjects = Arc::clone(&subjects);
            thread::spawn(move || {
                for _ in 0..STEPS {
                    update(&subjects, 0, [false; WORDS]).expect("it is not inside another");
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    for subject in &*subjects {
        assert_eq!(subject.word.look() & (ONE - 1), 0, "a mark was left behind");
        let metrics = subject.turns.losses.metrics(0);
        seen.waits.fetch_add(metrics.waits, Ordering::Relaxed);
        seen.dropped
            .fetch_add(metrics.dropped_claims, Ordering::Relaxed);
    }
}

/// Runs the model as `check` says, and makes sure that there was something to see.
fn explored(check: impl FnOnce(Box<dyn Fn() + Send + Sync>)) {
    let seen = plain::Arc::new(Seen::default());
    let of_model = plain::Arc::clone(&seen);
    check(Box::new(move || everybody_gets_through(&of_model)));
    let [waits, dropped] = [&seen.waits, &seen.dropped].map(|sum| sum.load(Ordering::Relaxed));
    println!("{waits} waits, {dropped} claims given up");
    assert!(waits > 0 && dropped > 0, "nobody was in the way");
}

#[test]
fn many_threads_get_through_in_random_schedules() {
    explored(|model| shuttle::check_random(model, SCHEDULES));
}

#[test]
fn many_threads_get_through_in_schedules_with_few_preemptions() {
    explored(|model| shuttle::check_pct(model, SCHEDULES, 4));
}
