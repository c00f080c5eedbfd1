//! Whatever threads do with an atom at the same time, it looks as if each call had happened at one
//! moment between its beginning and its end.
//!
//! Short programs of two and three threads run against one atom, again and again, and each history
//! (who called what, when, with what result) is searched for an order of its calls that the real
//! times permit and a plain variable explains (Wing and Gong). The search itself is tested on
//! histories that have no such order.

use std::cell::Cell;
use std::collections::HashSet;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::thread;

use heptad::{Atom, Shared};

/// What an atom holds at a moment: the version tells equal values apart.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Held {
    value: u64,
    version: u64,
}

/// One call with its result.
#[derive(Clone, Copy, Debug)]
enum Call {
    Load {
        seen: Held,
    },
    Swap {
        factor: u64,
        old: Held,
        new: Held,
    },
    /// `try_swap` whose closure refused what it was given.
    Refuse {
        given: u64,
    },
    Reset {
        to: u64,
        new_version: u64,
    },
    ResetVals {
        to: u64,
        old: Held,
        new_version: u64,
    },
    CompareAndSet {
        expected: Held,
        to: u64,
        done: bool,
    },
}

fn product(value: u64, factor: u64) -> u64 {
    value.wrapping_mul(factor).wrapping_add(1)
}

impl Call {
    /// What a plain variable that is `held` holds after this call, if it gives this result.
    fn explained_by(self, held: Held) -> Option<Held> {
        let next = |value| Held {
            value,
            version: held.version + 1,
        };
        match self {
            Self::Load { seen } => (seen == held).then_some(held),
            Self::Swap { factor, old, new } => {
                let after = next(product(held.value, factor));
                (old == held && new == after).then_some(after)
            }
            Self::Refuse { given } => (given == held.value).then_some(held),
            Self::Reset { to, new_version } => {
                (new_version == held.version + 1).then_some(next(to))
            }
            Self::ResetVals {
                to,
                old,
                new_version,
            } => (old == held && new_version == held.version + 1).then_some(next(to)),
            Self::CompareAndSet { expected, to, done } => match (done, expected == held) {
                (true, true) => Some(next(to)),
                (false, false) => Some(held),
                _ => None,
            },
        }
    }
}

/// A call with the times of its beginning and its end.
#[derive(Clone, Copy, Debug)]
struct Event {
    call: Call,
    begin: u64,
    end: u64,
}

/// Whether the events have an order that their times permit and a plain variable explains.
fn is_linearizable(events: &[Event], first: Held) -> bool {
    fn search(events: &[Event], done: u32, held: Held, tried: &mut HashSet<(u32, Held)>) -> bool {
        let open = || (0..events.len()).filter(|i| done & (1 << i) == 0);
        // A call that began after another one had ended cannot come before it.
        let Some(first_end) = open().map(|i| events[i].end).min() else {
            return true;
        };
        tried.insert((done, held))
            && open().filter(|i| events[*i].begin < first_end).any(|i| {
                events[i]
                    .call
                    .explained_by(held)
                    .is_some_and(|after| search(events, done | 1 << i, after, tried))
            })
    }
    search(events, 0, first, &mut HashSet::new())
}

const FIRST: Held = Held {
    value: 7,
    version: 0,
};

/// The atom under test, the clock of its history, and a count of lost races.
struct Trial {
    atom: Atom<u64>,
    clock: AtomicU64,
    conflicts: AtomicU64,
}

fn held(handle: &Shared<u64>) -> Held {
    Held {
        value: **handle,
        version: handle.version(),
    }
}

impl Trial {
    fn new(max_attempts: u32) -> Self {
        Self {
            atom: Atom::builder()
                .max_attempts(max_attempts)
                .build(FIRST.value),
            clock: AtomicU64::new(0),
            conflicts: AtomicU64::new(0),
        }
    }

    fn timed(&self, call: impl FnOnce() -> Call) -> Event {
        let begin = self.clock.fetch_add(1, SeqCst);
        let call = call();
        let end = self.clock.fetch_add(1, SeqCst);
        Event { call, begin, end }
    }

    /// The closure of an update: somebody else's turn in the middle of it, sometimes.
    fn computed(&self, runs: &Cell<u32>, value: u64, factor: u64) -> u64 {
        if runs.replace(runs.get() + 1) > 0 {
            self.conflicts.fetch_add(1, SeqCst);
        }
        if factor % 2 == 0 {
            thread::yield_now();
        }
        product(value, factor)
    }

    /// Makes one call; what it is is drawn from `dice`.
    fn step(&self, dice: u64, last: &mut Shared<u64>) -> Event {
        let (number, runs) = (dice >> 8, Cell::new(0));
        self.timed(|| match dice % 7 {
            0 => {
                *last = self.atom.load_full();
                Call::Load { seen: held(last) }
            }
            1 => {
                let (old, new) = self
                    .atom
                    .swap_vals(|value| self.computed(&runs, *value, number));
                *last = new.clone();
                Call::Swap {
                    factor: number,
                    old: held(&old),
                    new: held(&new),
                }
            }
            2 => {
                *last = self.atom.reset(number);
                Call::Reset {
                    to: number,
                    new_version: last.version(),
                }
            }
            3 => {
                let expected = held(last);
                let result = self.atom.compare_and_set(last, number);
                let done = result.is_ok();
                if let Ok(new) = result {
                    *last = new;
                }
                Call::CompareAndSet {
                    expected,
                    to: number,
                    done,
                }
            }
            4 => self.swap_once(number, last),
            5 => {
                let mut given = 0;
                let refused = self.atom.try_swap(|value| {
                    given = *value;
                    Err(())
                });
                assert!(refused.is_err());
                Call::Refuse { given }
            }
            _ => {
                let (old, new) = self.atom.reset_vals(number);
                *last = new;
                Call::ResetVals {
                    to: number,
                    old: held(&old),
                    new_version: last.version(),
                }
            }
        })
    }

    /// Is explained as any other swap.
    fn swap_once(&self, factor: u64, last: &mut Shared<u64>) -> Call {
        let (runs, mut given) = (Cell::new(0), 0);
        let Ok(new) = self.atom.swap_once(|value| {
            given = *value;
            self.computed(&runs, *value, factor)
        }) else {
            panic!("it is not inside another");
        };
        *last = new;
        let new = held(last);
        let old = Held {
            value: given,
            version: new.version - 1,
        };
        Call::Swap { factor, old, new }
    }
}

/// Xorshift, good enough to draw calls.
fn draw(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

fn overlaps(history: &[Event]) -> bool {
    history.iter().enumerate().any(|(i, a)| {
        history[..i]
            .iter()
            .any(|b| a.begin < b.end && b.begin < a.end)
    })
}

/// Checks `rounds` histories of `threads` threads with `calls` calls each.
fn check_histories(threads: usize, calls: usize, rounds: usize) {
    let trials: Vec<Trial> = (0..rounds)
        .map(|round| Trial::new([1, 2, 4][round % 3]))
        .collect();
    let round_start = Barrier::new(threads);
    let worker = |seed: u64| {
        let (trials, round_start) = (&trials, &round_start);
        move || {
            let mut dice = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
            let one_round = |trial: &Trial| {
                let mut last = trial.atom.load_full();
                round_start.wait();
                (0..calls)
                    .map(|_| trial.step(draw(&mut dice), &mut last))
                    .collect::<Vec<_>>()
            };
            trials.iter().map(one_round).collect::<Vec<_>>()
        }
    };
    let of_threads: Vec<Vec<Vec<Event>>> = thread::scope(|scope| {
        let workers: Vec<_> = (1..=threads as u64)
            .map(|seed| scope.spawn(worker(seed)))
            .collect();
        workers.into_iter().map(|w| w.join().unwrap()).collect()
    });

    let (mut overlapping, mut refused) = (0, 0);
    for round in 0..rounds {
        let history: Vec<Event> = of_threads.iter().flat_map(|t| t[round].clone()).collect();
        assert!(
            is_linearizable(&history, FIRST),
            "no order explains {history:#?}"
        );
        overlapping += usize::from(overlaps(&history));
        refused += history
            .iter()
            .filter(|e| matches!(e.call, Call::CompareAndSet { done: false, .. }))
            .count();
    }
    let conflicts: u64 = trials.iter().map(|t| t.conflicts.load(SeqCst)).sum();
    let turns: u64 = trials.iter().map(|t| t.atom.metrics().escalations).sum();
    println!(
        "{rounds} histories, {overlapping} overlapping, {conflicts} conflicts, {turns} turns, \
         {refused} refused"
    );
    assert!(
        overlapping > 0 && conflicts > 0 && turns > 0 && refused > 0,
        "nothing happened at once"
    );
}

#[test]
fn histories_of_two_threads_have_an_order() {
    check_histories(2, 6, 5000);
}

#[test]
fn histories_of_three_threads_have_an_order() {
    check_histories(3, 4, 5000);
}

fn event(begin: u64, end: u64, call: Call) -> Event {
    Event { call, begin, end }
}

fn at(value: u64, version: u64) -> Held {
    Held { value, version }
}

#[test]
fn the_search_accepts_a_history_that_only_another_order_explains() {
    // The load ends last and still saw the value before the reset, as they overlap.
    let history = [
        event(
            0,
            2,
            Call::Reset {
                to: 5,
                new_version: 1,
            },
        ),
        event(1, 3, Call::Load { seen: FIRST }),
        event(4, 5, Call::Load { seen: at(5, 1) }),
    ];
    assert!(is_linearizable(&history, FIRST));
}

#[test]
fn the_search_rejects_a_lost_update() {
    let swap = |factor| Call::Swap {
        factor,
        old: FIRST,
        new: at(product(FIRST.value, factor), 1),
    };
    assert!(is_linearizable(&[event(0, 2, swap(2))], FIRST));
    let both = [event(0, 2, swap(2)), event(1, 3, swap(3))];
    assert!(!is_linearizable(&both, FIRST));
}

#[test]
fn the_search_rejects_a_stale_read() {
    let reset = event(
        0,
        1,
        Call::Reset {
            to: 5,
            new_version: 1,
        },
    );
    assert!(!is_linearizable(
        &[reset, event(2, 3, Call::Load { seen: FIRST })],
        FIRST
    ));
}

#[test]
fn the_search_rejects_reads_that_go_back() {
    let history = [
        event(
            0,
            9,
            Call::Reset {
                to: 5,
                new_version: 1,
            },
        ),
        event(1, 2, Call::Load { seen: at(5, 1) }),
        event(3, 4, Call::Load { seen: FIRST }),
    ];
    assert!(!is_linearizable(&history, FIRST));
}

#[test]
fn the_search_rejects_two_winners_and_a_refusal_without_cause() {
    let set = |done| Call::CompareAndSet {
        expected: FIRST,
        to: 5,
        done,
    };
    assert!(is_linearizable(
        &[event(0, 2, set(true)), event(1, 3, set(false))],
        FIRST
    ));
    assert!(!is_linearizable(
        &[event(0, 2, set(true)), event(1, 3, set(true))],
        FIRST
    ));
    assert!(!is_linearizable(&[event(0, 1, set(false))], FIRST));
}
