//! A slow closure among fast ones gets through: it runs a bounded number of times, whatever the
//! others do.

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use heptad::Atom;

/// The default of `max_attempts`.
const ATTEMPTS: u64 = 4;
/// How many slow updates there are at least.
const UPDATES: u64 = 12;

/// Takes time, and lets other threads run meanwhile.
fn work(time: Duration) {
    let begin = Instant::now();
    while begin.elapsed() < time {
        thread::yield_now();
    }
}

fn slow_among_fast(time: Duration, fast: usize) {
    let atom = Atom::new(0_u64);
    let (busy, fast_updates) = (AtomicBool::new(true), AtomicU64::new(0));
    let (mut slow_updates, mut most) = (0, 0);
    thread::scope(|threads| {
        for _ in 0..fast {
            threads.spawn(|| {
                while busy.load(SeqCst) {
                    atom.swap(|n| black_box(n + 1));
                    fast_updates.fetch_add(1, SeqCst);
                }
            });
        }
        while slow_updates < UPDATES || most < 2 || atom.metrics().escalations == 0 {
            let mut runs = 0;
            atom.swap(|n| {
                runs += 1;
                work(time);
                n + 1
            });
            most = most.max(runs);
            slow_updates += 1;
        }
        busy.store(false, SeqCst);
    });
    assert!(
        most <= ATTEMPTS + 1,
        "{time:?} among {fast}: ran {most} times"
    );
    let updates = slow_updates + fast_updates.load(SeqCst);
    assert_eq!((*atom.load(), atom.version()), (updates, updates));
    assert!(updates > slow_updates, "nobody was in the way");
    let metrics = atom.metrics();
    println!("{time:?} among {fast}: at most {most} runs; {metrics}");
    assert!(
        metrics
            .longest_loser
            .is_some_and(|loser| loser.location.file() == file!())
    );
}

#[test]
fn closures_of_200_us_among_fast_ones_run_a_bounded_number_of_times() {
    for fast in [1, 3, 8] {
        slow_among_fast(Duration::from_micros(200), fast);
    }
}

#[test]
fn closures_of_1_ms_among_fast_ones_run_a_bounded_number_of_times() {
    for fast in [1, 3, 8] {
        slow_among_fast(Duration::from_millis(1), fast);
    }
}

#[test]
fn closures_of_5_ms_among_fast_ones_run_a_bounded_number_of_times() {
    for fast in [1, 3, 8] {
        slow_among_fast(Duration::from_millis(5), fast);
    }
}
