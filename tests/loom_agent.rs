//! Models of the agent, run through loom: the mailbox, the turn, failing and waiting.
//!
//! `.ci/with-cfg heptad_loom -- cargo test --profile loom --test loom_agent`; without the cfg this
//! is an empty test. Each time an agent is scheduled, the model gets a thread for it
//! (`src/runtime/workers/model.rs`).

#![cfg(heptad_loom)]
#![allow(unsafe_code, reason = "the payload reads and writes a loom cell")]

#[path = "../src/runtime/explore.rs"]
mod explore;

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Wake, Waker};

use heptad::Agent;
use heptad::identity::{self, Queue, SendErrorKind, WaitError};
use loom::sync::{Condvar, Mutex};
use loom::thread;

/// A number in memory that loom watches: reading it before it is there, while it is written or
/// after it is gone fails, and so does leaving it behind.
struct Watched {
    number: loom::cell::UnsafeCell<u64>,
    _leak_check: loom::alloc::Track<()>,
}

// SAFETY: only `drop` writes the cell, with the value to itself; loom checks exactly that.
unsafe impl Send for Watched {}
// SAFETY: as above.
unsafe impl Sync for Watched {}

impl Watched {
    fn new(number: u64) -> Self {
        Self {
            number: loom::cell::UnsafeCell::new(number),
            _leak_check: loom::alloc::Track::new(()),
        }
    }

    fn get(&self) -> u64 {
        // SAFETY: nobody writes while the value is borrowed.
        self.number.with(|number| unsafe { *number })
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // SAFETY: the value is exclusively borrowed.
        self.number.with_mut(|number| unsafe { *number = u64::MAX });
    }
}

/// As `explore::explore`, for models whose agents are scheduled on workers.
fn explore(
    at_least: usize,
    preemptions: impl Into<Option<usize>>,
    model: impl Fn() + Send + Sync + 'static,
) {
    explore::explore(at_least, preemptions, move || {
        model();
        identity::join_workers();
    });
}

fn agent() -> Agent<Watched> {
    Agent::new(Watched::new(0))
}

/// Appends a digit, which comes in memory that is watched too.
fn digit(digit: u64) -> impl FnOnce(&Watched) -> Watched + Send + 'static {
    let digit = Watched::new(digit);
    move |value| Watched::new(value.get() * 10 + digit.get())
}

fn fails(_: &Watched) -> Result<Watched, &'static str> {
    Err("injected")
}

fn spawn(
    agent: &Agent<Watched>,
    f: impl FnOnce(Agent<Watched>) + 'static,
) -> thread::JoinHandle<()> {
    let agent = agent.clone();
    thread::spawn(move || f(agent))
}

#[test]
fn who_waits_sees_what_was_sent_before() {
    explore(240, None, || {
        let agent = agent();
        agent.send(digit(1)).unwrap();
        agent.wait().unwrap();
        assert_eq!((agent.with(Watched::get), agent.version()), (1, 1));
    });
}

#[test]
fn an_agent_that_becomes_idle_while_something_is_sent_is_scheduled_again() {
    explore(8_000, 4, || {
        let agent = agent();
        agent.send(digit(1)).unwrap();
        agent.send(digit(2)).unwrap();
        agent.wait().unwrap();
        assert_eq!((agent.with(Watched::get), agent.version()), (12, 2));
    });
}

#[test]
fn two_senders_lose_no_action_and_each_keeps_its_order() {
    explore(6_000, 2, || {
        let agent = agent();
        let other = spawn(&agent, |agent| {
            agent.send(digit(1)).unwrap();
            agent.send(digit(2)).unwrap();
        });
        agent.send(digit(3)).unwrap();
        other.join().unwrap();
        agent.wait().unwrap();
        let order = agent.with(Watched::get);
        assert!([123, 132, 312].contains(&order), "{order}");
        assert_eq!(agent.version(), 3);
    });
}

#[test]
fn of_two_who_wait_each_is_woken_when_its_actions_are_done() {
    explore(40_000, 2, || {
        let agent = agent();
        agent.send(digit(1)).unwrap();
        let other = spawn(&agent, |agent| {
            agent.wait().unwrap();
            assert!(agent.with(Watched::get) >= 1);
        });
        agent.send(digit(2)).unwrap();
        agent.wait().unwrap();
        assert_eq!(agent.with(Watched::get), 12);
        other.join().unwrap();
    });
}

/// A task's thread.
struct Parked {
    woken: Mutex<bool>,
    changed: Condvar,
}

impl Wake for Parked {
    fn wake(self: std::sync::Arc<Self>) {
        *self.woken.lock().unwrap() = true;
        self.changed.notify_one();
    }
}

fn parked() -> std::sync::Arc<Parked> {
    std::sync::Arc::new(Parked {
        woken: Mutex::new(false),
        changed: Condvar::new(),
    })
}

impl Parked {
    fn park(&self) {
        let mut woken = self.woken.lock().unwrap();
        while !*woken {
            woken = self.changed.wait(woken).unwrap();
        }
        *woken = false;
    }
}

#[test]
fn a_task_that_waits_is_woken_by_the_waker_of_its_last_poll() {
    explore(300, 5, || {
        let agent = agent();
        agent.send(digit(1)).unwrap();
        let mut settled = pin!(agent.settled());
        // The first waker leads nowhere.
        if let Poll::Ready(result) = settled
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            return result.unwrap();
        }
        let parked = parked();
        let waker = Waker::from(parked.clone());
        loop {
            let mut context = Context::from_waker(&waker);
            if let Poll::Ready(result) = settled.as_mut().poll(&mut context) {
                result.unwrap();
                break;
            }
            parked.park();
        }
        assert_eq!(agent.with(Watched::get), 1);
    });
}

#[test]
fn a_wait_that_is_given_up_takes_no_wake_up_from_others() {
    explore(500, 2, || {
        let agent = agent();
        agent.send(digit(1)).unwrap();
        let mut given_up = Box::pin(agent.settled());
        let first = given_up
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        let other = spawn(&agent, |agent| agent.wait().unwrap());
        drop(given_up);
        drop(first);
        other.join().unwrap();
        assert_eq!(agent.with(Watched::get), 1);
    });
}

#[test]
fn who_waits_for_an_agent_that_fails_is_told() {
    explore(1_800, 3, || {
        let agent = agent();
        agent.send_fallible(fails).unwrap();
        let Err(WaitError::Failed(error)) = agent.wait() else {
            panic!("it has failed");
        };
        assert_eq!(error.message(), "injected");
        // At once, as whoever was told may rely on it.
        agent.restart(Watched::new(5), Queue::Keep).unwrap();
        assert_eq!((agent.with(Watched::get), agent.version()), (5, 1));
    });
}

#[test]
fn a_send_beside_a_failure_is_refused_or_kept_for_the_restart() {
    explore(2_000, 2, || {
        let agent = agent();
        agent.send_fallible(fails).unwrap();
        let accepted = match agent.send(digit(7)) {
            Ok(()) => true,
            Err(error) => {
                assert_eq!(error.kind, SendErrorKind::Failed);
                false
            }
        };
        assert!(matches!(agent.wait(), Err(WaitError::Failed(_))));
        agent.restart(Watched::new(5), Queue::Keep).unwrap();
        agent.wait().unwrap();
        let expected = if accepted { 57 } else { 5 };
        assert_eq!(agent.with(Watched::get), expected);
    });
}

#[test]
fn of_two_restarts_one_succeeds_and_the_queue_is_run_once() {
    explore(1_000, 2, || {
        let agent = agent();
        agent.send_fallible(fails).unwrap();
        assert!(agent.wait().is_err());
        let other = spawn(&agent, |agent| {
            let restarted = agent.restart(Watched::new(1), Queue::Clear).is_ok();
            assert_eq!(restarted, agent.with(Watched::get) == 1);
        });
        let restarted = agent.restart(Watched::new(2), Queue::Clear).is_ok();
        other.join().unwrap();
        assert_eq!(agent.with(Watched::get), if restarted { 2 } else { 1 });
        assert_eq!(agent.version(), 1);
    });
}

#[test]
fn a_queue_that_is_dropped_beside_its_agent_is_dropped_or_run() {
    explore(500, 3, || {
        let agent = agent();
        agent.send(digit(1)).unwrap();
        agent.send(digit(2)).unwrap();
        agent.shutdown(Queue::Clear);
        assert!(matches!(agent.wait(), Err(WaitError::ShutDown)));
        assert!([0, 1, 12].contains(&agent.with(Watched::get)));
    });
}

#[test]
fn an_agent_without_handles_runs_what_was_sent_and_frees_everything() {
    explore(4, None, || {
        let run = std::sync::Arc::new(loom::sync::atomic::AtomicUsize::new(0));
        let counted = run.clone();
        let agent = agent();
        let send = digit(1);
        agent
            .send(move |value| {
                counted.fetch_add(1, loom::sync::atomic::Ordering::Relaxed);
                send(value)
            })
            .unwrap();
        drop(agent);
    });
}

#[test]
fn a_reader_beside_an_action_sees_a_whole_value_that_still_exists() {
    explore(300, 3, || {
        let agent = agent();
        agent.send(digit(1)).unwrap();
        let seen = agent.load_full();
        assert_eq!(seen.get(), seen.version());
        drop(seen);
        agent.wait().unwrap();
        assert_eq!(agent.with(Watched::get), 1);
    });
}

#[test]
fn a_shutdown_that_meets_a_failure_leaves_no_queue() {
    explore(500, 3, || {
        let agent = agent();
        agent.send_fallible(fails).unwrap();
        // Accepted, if the failure is not there yet.
        let _ = agent.send(digit(1));
        agent.shutdown(Queue::Clear);
        identity::join_workers();
        assert_eq!(agent.queue_len(), 0);
        assert_eq!(agent.with(Watched::get), 0);
    });
}

#[test]
fn a_shutdown_beside_who_waits_tells_it() {
    explore(8_000, 2, || {
        let agent = agent();
        agent.send_fallible(fails).unwrap();
        let other = spawn(&agent, |agent| assert!(agent.wait().is_err()));
        agent.shutdown(Queue::Clear);
        other.join().unwrap();
    });
}

#[test]
fn a_restart_beside_the_failure_finds_all_of_it_or_nothing() {
    explore(300, 3, || {
        let agent = agent();
        agent.send_fallible(fails).unwrap();
        // Without having waited.
        if agent.restart(Watched::new(5), Queue::Clear).is_ok() {
            agent.send(digit(1)).unwrap();
            agent.wait().unwrap();
            assert_eq!(agent.with(Watched::get), 51);
            assert_eq!(agent.queue_len(), 0);
        }
    });
}
