//! Ten minutes of everything at once: all kinds of updates, nested in every way, with panics and
//! refusals, beside readers, on atoms that come and go.
//!
//! `cargo test --release --test atom_soak -- --ignored`; `HEPTAD_SOAK_SECONDS` makes it shorter or
//! longer.

mod counted;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use counted::{Census, Counted};
use heptad::Atom;

const ATOMS: usize = 3;
const WORKERS: u64 = 6;

struct Soak {
    atoms: [Atom<Counted>; ATOMS],
    /// How often each atom was really updated by one.
    made: [AtomicU64; ATOMS],
    running: AtomicBool,
}

fn draw(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state >> 11
}

fn injected() -> ! {
    // Without the panic hook, which would print each of them.
    resume_unwind(Box::new("injected"))
}

impl Soak {
    fn new(census: &Census) -> Self {
        let attempts = [1, 2, 4];
        Self {
            atoms: attempts.map(|k| Atom::builder().max_attempts(k).build(census.value(0))),
            made: Default::default(),
            running: AtomicBool::new(true),
        }
    }

    /// Updates one atom by one, in some way; counts it if it was made.
    fn step(&self, dice: &mut u64, depth: u32, taken: [bool; ATOMS]) {
        let index = draw(dice) as usize % ATOMS;
        if taken[index] {
            return; // its own closure is running
        }
        let mut inside = taken;
        inside[index] = true;
        let (atom, kind) = (&self.atoms[index], draw(dice) % 8);
        let mut add = |old: &Counted| {
            if draw(dice) % 64 == 0 {
                injected();
            }
            if depth < 2 && draw(dice) % 4 == 0 {
                self.step(dice, depth + 1, inside);
            }
            if draw(dice) % 16 == 0 {
                thread::yield_now();
            }
            old.another(old.number + 1)
        };
        let made = catch_unwind(AssertUnwindSafe(|| match kind {
            0 => atom.swap_once(add).is_ok(),
            1 => atom.try_swap(|_| Err::<Counted, ()>(())).is_ok(),
            2 => {
                let seen = atom.load_full();
                atom.compare_and_set(&seen, seen.another(seen.number + 1))
                    .is_ok()
            }
            3 => {
                let (old, new) = atom.swap_vals(&mut add);
                old.version() + 1 == new.version()
            }
            _ => atom.swap(&mut add).number > 0,
        }));
        // A refusal or a panic, its own or an inner one's, means that it was not made.
        if made.is_ok_and(|made| made) {
            self.made[index].fetch_add(1, SeqCst);
        }
    }

    fn work(&self, seed: u64) {
        let mut dice = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        while self.running.load(SeqCst) {
            self.step(&mut dice, 0, [false; ATOMS]);
        }
    }

    fn read(&self) {
        let mut newest = [0; ATOMS];
        while self.running.load(SeqCst) {
            for (atom, newest) in self.atoms.iter().zip(&mut newest) {
                let value = atom.load();
                assert_eq!(value.number, value.version(), "each update adds one");
                assert!(value.version() >= *newest, "went back in time");
                *newest = value.version();
            }
        }
    }
}

#[test]
#[ignore = "takes ten minutes"]
fn ten_minutes_of_everything_at_once() {
    let seconds = std::env::var("HEPTAD_SOAK_SECONDS").map_or(600, |text| text.parse().unwrap());
    let end = Instant::now() + Duration::from_secs(seconds);
    let (census, mut rounds) = (Census::default(), 0);
    let (mut turns, mut dropped, mut updates) = (0, 0, 0);
    while Instant::now() < end || rounds == 0 {
        let soak = Soak::new(&census);
        thread::scope(|threads| {
            for seed in 1..=WORKERS {
                let soak = &soak;
                threads.spawn(move || soak.work(seed + rounds * WORKERS));
            }
            threads.spawn(|| soak.read());
            thread::sleep(Duration::from_secs(2));
            soak.running.store(false, SeqCst);
        });
        for (atom, made) in soak.atoms.iter().zip(&soak.made) {
            assert_eq!(
                atom.version(),
                made.load(SeqCst),
                "lost or invented updates"
            );
            let metrics = atom.metrics();
            turns += metrics.escalations;
            dropped += metrics.dropped_claims;
            updates += atom.version();
        }
        census.settle(ATOMS as i64);
        drop(soak);
        census.settle(0);
        rounds += 1;
    }
    println!("{rounds} rounds, {updates} updates, {turns} turns, {dropped} claims given up");
    assert!(turns > 0 && dropped > 0, "nothing was in the way");
}
