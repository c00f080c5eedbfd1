//! An action that fails changes nothing, is explained, and stops its agent or does not.

use std::cell::Cell;
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use heptad::Agent;
use heptad::identity::{
    AgentError, Cause, ErrorMode, Queue, RestartErrorKind, SendErrorKind, WaitError,
};

fn fail(agent: &Agent<u64>) -> AgentError {
    agent.send(|_| panic!("injected")).unwrap();
    failure(agent)
}

#[track_caller]
fn failure(agent: &Agent<u64>) -> AgentError {
    match agent.wait_timeout(Duration::from_secs(20)) {
        Err(WaitError::Failed(error)) => error,
        other => panic!("it must fail, and not {other:?}"),
    }
}

/// An agent that is held up until the sender is used or dropped.
fn held_up(agent: &Agent<u64>) -> mpsc::Sender<()> {
    let (go_on, gate) = mpsc::channel::<()>();
    agent
        .send_off(move |n| {
            let _ = gate.recv();
            *n
        })
        .unwrap();
    go_on
}

#[test]
fn a_panic_keeps_the_value_and_names_its_message_its_line_and_the_sending_line() {
    let agent = Agent::builder().name("stock").build(7_u64);
    agent.send(|n| n + 1).unwrap();
    let sent = line!() + 4;
    let told = Arc::new(Mutex::new(0));
    let tell = Arc::clone(&told);
    agent
        .send(move |n| {
            *tell.lock().unwrap() = line!() + 1;
            panic!("no {} left", n - 8)
        })
        .unwrap();
    let error = failure(&agent);
    let panicked = *told.lock().unwrap();

    assert_eq!((*agent.load(), agent.version()), (8, 1));
    assert_eq!(error.message(), "no 0 left");
    let place = error.panicked_at().expect("the hook was there");
    assert_eq!((place.file(), place.line()), (file!(), panicked));
    assert!(place.column() > 0);
    assert_eq!(
        (error.sent_at().file(), error.sent_at().line()),
        (file!(), sent)
    );
    assert_eq!((error.version(), error.agent()), (1, Some("stock")));
    let text = error.to_string();
    for part in [
        "`stock`",
        "no 0 left",
        &format!("panicked at {}:{panicked}:", file!()),
        &format!("sent at {}:{sent}:", file!()),
        "version 1 stays",
    ] {
        assert!(text.contains(part), "{part} is not in: {text}");
    }
    assert_eq!(agent.error().map(|e| e.to_string()), Some(text));
}

#[test]
fn a_returned_error_is_kept_with_its_source() {
    let agent = Agent::new(7_u64);
    agent.send_fallible(|_| "many".parse::<u64>()).unwrap();
    let error = failure(&agent);
    let source = error
        .source()
        .and_then(|e| e.downcast_ref::<std::num::ParseIntError>());
    assert!(source.is_some() && matches!(error.cause(), Cause::Refused(_)));
    assert!(error.panicked_at().is_none());
    assert!(
        error
            .to_string()
            .contains("returned an error: invalid digit")
    );
    assert_eq!((*agent.load(), agent.version()), (7, 0));
}

#[test]
fn a_failed_agent_keeps_its_queue_and_refuses_more_with_the_action_in_the_refusal() {
    let agent = Agent::builder().name("stock").build(1_u64);
    let go_on = held_up(&agent);
    agent.send(|_| panic!("injected")).unwrap();
    for _ in 0..3 {
        agent.send(|n| n * 2).unwrap();
    }
    drop(go_on);
    failure(&agent);
    assert_eq!((agent.queue_len(), *agent.load()), (3, 1));

    let captured = String::from("comes back");
    let Err(refused) = agent.send(move |n| n + captured.len() as u64) else {
        panic!("a failed agent takes nothing");
    };
    assert_eq!(
        (refused.kind, refused.agent.as_deref()),
        (SendErrorKind::Failed, Some("stock"))
    );
    assert_eq!((refused.action)(&1), 11);
    assert_eq!(agent.queue_len(), 3);
}

#[test]
fn a_restart_goes_on_with_the_queue_or_without_it() {
    for (queue, expected, done) in [(Queue::Keep, 80, 4), (Queue::Clear, 10, 1)] {
        let agent = Agent::new(1_u64);
        let go_on = held_up(&agent);
        agent.send(|_| panic!("injected")).unwrap();
        for _ in 0..3 {
            agent.send(|n| n * 2).unwrap();
        }
        drop(go_on);
        failure(&agent);

        agent.restart(10, queue).unwrap();
        agent.wait().unwrap();
        assert_eq!(*agent.load(), expected);
        assert!(agent.error().is_none());
        let metrics = agent.metrics();
        assert_eq!((metrics.sent, metrics.done, metrics.failed), (5, done, 1));
        assert_eq!((metrics.dropped, agent.queue_len()), (4 - done, 0));
        // The value of the restart counts as a version.
        assert_eq!(agent.version(), done + 1);
        agent.send(|n| n + 1).unwrap();
        agent.wait().unwrap();
        assert_eq!(*agent.load(), expected + 1);
    }
}

#[test]
fn only_a_failed_agent_is_restarted_and_once() {
    let agent = Agent::new(1_u64);
    let Err(error) = agent.restart(5, Queue::Keep) else {
        panic!("it has not failed");
    };
    assert_eq!((error.kind, error.value), (RestartErrorKind::NotFailed, 5));

    fail(&agent);
    let restarts = thread::scope(|threads| {
        let restart = |n| {
            let agent = &agent;
            threads.spawn(move || agent.restart(n, Queue::Keep).is_ok())
        };
        let all: Vec<_> = (10..14).map(restart).collect();
        all.into_iter()
            .map(|r| r.join().unwrap())
            .filter(|ok| *ok)
            .count()
    });
    assert_eq!((restarts, agent.version()), (1, 1));
}

#[test]
fn an_agent_can_fail_and_be_restarted_many_times() {
    let agent = Agent::new(0_u64);
    for round in 1..=200 {
        let error = fail(&agent);
        assert_eq!(error.message(), "injected");
        agent.restart(round, Queue::Keep).unwrap();
        agent.send(|n| n + 1).unwrap();
        agent.wait().unwrap();
        assert_eq!(*agent.load(), round + 1);
    }
    assert_eq!(agent.metrics().failed, 200);
}

#[test]
fn who_waits_is_told_of_the_failure_even_if_the_agent_was_restarted_meanwhile() {
    let agent = Agent::new(0_u64);
    let go_on = held_up(&agent);
    agent.send(|_| panic!("injected")).unwrap();
    let waiting = Arc::new(AtomicUsize::new(0));
    thread::scope(|threads| {
        let waiters: Vec<_> = (0..3)
            .map(|_| {
                let (agent, waiting) = (&agent, &waiting);
                threads.spawn(move || {
                    waiting.fetch_add(1, SeqCst);
                    agent.wait()
                })
            })
            .collect();
        while waiting.load(SeqCst) < 3 {
            thread::yield_now();
        }
        drop(go_on);
        // As fast as possible after the failure.
        while agent.restart(5, Queue::Keep).is_err() {
            thread::yield_now();
        }
        agent.send(|n| n + 1).unwrap();
        agent.wait().unwrap();
        for waiter in waiters {
            // One that began to wait after the restart finds everything done.
            match waiter.join().unwrap() {
                Err(WaitError::Failed(error)) => assert_eq!(error.message(), "injected"),
                other => assert!(other.is_ok(), "{other:?}"),
            }
        }
    });
    assert_eq!(*agent.load(), 6);
}

#[test]
fn in_continue_mode_the_handler_sees_each_error_and_the_agent_goes_on() {
    let seen: Arc<Mutex<Vec<(String, u64)>>> = Arc::default();
    let tell = Arc::clone(&seen);
    let agent = Agent::builder()
        .continue_on_error(move |error| {
            tell.lock()
                .unwrap()
                .push((error.message(), error.version()));
        })
        .build(0_u64);
    for number in 0..6 {
        agent
            .send_fallible(move |n| {
                if number % 2 == 0 {
                    Ok(n + 1)
                } else {
                    Err(format!("number {number}"))
                }
            })
            .unwrap();
    }
    agent.wait().unwrap();
    assert_eq!((*agent.load(), agent.version()), (3, 3));
    let expected = [("number 1", 1), ("number 3", 2), ("number 5", 3)];
    let expected = expected.map(|(text, version)| (text.to_owned(), version));
    assert_eq!(*seen.lock().unwrap(), expected);
    assert_eq!(
        agent.error().map(|e| e.message()).as_deref(),
        Some("number 5")
    );
    assert_eq!((agent.metrics().done, agent.metrics().failed), (3, 3));
}

#[test]
fn continue_mode_needs_no_handler() {
    let agent = Agent::builder()
        .error_mode(ErrorMode::Continue)
        .build(0_u64);
    agent.send(|_| panic!("injected")).unwrap();
    agent.send(|n| n + 1).unwrap();
    agent.wait().unwrap();
    assert_eq!(*agent.load(), 1);
}

#[test]
fn a_handler_that_panics_is_counted_and_stops_nobody() {
    let agent = Agent::builder()
        .continue_on_error(|_| panic!("injected into the handler"))
        .build(0_u64);
    for _ in 0..5 {
        agent.send(|_| panic!("injected")).unwrap();
        agent.send(|n| n + 1).unwrap();
    }
    agent.wait().unwrap();
    assert_eq!(*agent.load(), 5);
    assert_eq!(agent.metrics().isolated_panics, 5);
    assert_eq!(
        agent.error().map(|e| e.message()).as_deref(),
        Some("injected")
    );
}

/// What such a panic carries is forgotten in the end, so the leak sanitizer leaves these out.
mod panicking_destructors {
    use super::*;

    struct PanicsWhenDropped;

    impl Drop for PanicsWhenDropped {
        fn drop(&mut self) {
            panic!("injected into a drop");
        }
    }

    #[test]
    fn a_panic_whose_payload_panics_when_dropped_is_a_failure_like_others() {
        let agent = Agent::new(3_u64);
        agent.send(|_| panic_any(PanicsWhenDropped)).unwrap();
        let error = failure(&agent);
        assert_eq!(error.message(), "a panic without a text");
        agent.restart(4, Queue::Keep).unwrap();
        agent.send(|n| n + 1).unwrap();
        agent.wait().unwrap();
        assert_eq!(*agent.load(), 5);
    }
}

#[test]
fn the_place_is_that_of_the_panic_that_came_out() {
    struct CatchesWhileUnwinding;
    impl Drop for CatchesWhileUnwinding {
        fn drop(&mut self) {
            let _ = catch_unwind(|| panic!("the last panic, and caught"));
        }
    }
    let agent = Agent::new(0_u64);
    let line = line!() + 4;
    agent
        .send(|_| {
            let _catches = CatchesWhileUnwinding;
            panic!("the one that comes out")
        })
        .unwrap();
    let error = failure(&agent);
    assert_eq!(error.panicked_at().map(|place| place.line()), Some(line));
    assert_eq!(error.message(), "the one that comes out");
}

#[test]
fn a_panic_that_was_resumed_from_elsewhere_has_no_place_here() {
    let agent = Agent::new(0_u64);
    agent
        .send(|_| {
            let elsewhere = thread::spawn(|| panic!("elsewhere")).join();
            resume_unwind(elsewhere.unwrap_err())
        })
        .unwrap();
    let error = failure(&agent);
    assert_eq!(error.message(), "elsewhere");
    assert!(error.panicked_at().is_none());
}

#[test]
fn panics_that_the_action_catches_are_its_own_business() {
    let agent = Agent::new(0_u64);
    agent
        .send(|n| {
            for round in 0..50 {
                let _ = catch_unwind(|| panic!("caught, {round}"));
            }
            n + 1
        })
        .unwrap();
    agent.wait().unwrap();
    let line = line!() + 1;
    agent.send(|_| panic!("not caught")).unwrap();
    let error = failure(&agent);
    assert_eq!(error.panicked_at().map(|place| place.line()), Some(line));
}

#[test]
fn panics_outside_of_actions_are_left_to_the_program() {
    thread_local! {
        static SEEN: Cell<u32> = const { Cell::new(0) };
    }
    let agent = Agent::new(0_u64);
    agent.send(|n| n + 1).unwrap();
    agent.wait().unwrap(); // from now on, the hook is there
    let previous = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        SEEN.set(SEEN.get() + 1);
        previous(info);
    }));
    assert!(catch_unwind(AssertUnwindSafe(|| panic!("mine"))).is_err());
    assert_eq!(SEEN.get(), 1);
    // The hook that was set later calls the one before, so places are known still.
    assert!(fail(&agent).panicked_at().is_some());
}

#[test]
fn the_place_of_a_panic_is_never_that_of_one_between_the_actions() {
    let agent = Agent::new(0_u64);
    agent.watch("panics", |_| panic!("injected"));
    let (go_on, gate) = mpsc::channel::<()>();
    agent
        .send_off(move |n| {
            let _ = gate.recv();
            n + 1
        })
        .unwrap();
    // The same text, and no place of its own.
    agent
        .send_off(|_| resume_unwind(Box::new("injected")))
        .unwrap();
    drop(go_on);
    let error = failure(&agent);
    assert_eq!(agent.watch_panics(), 1);
    assert_eq!(error.message(), "injected");
    assert!(error.panicked_at().is_none(), "{error}");
}

#[test]
fn a_failure_takes_nothing_from_the_count_of_done_actions() {
    let (tell, told) = mpsc::channel();
    let own: Arc<Mutex<Option<Agent<u64>>>> = Arc::default();
    let in_handler = Arc::clone(&own);
    let agent = Agent::builder()
        .continue_on_error(move |_| {
            let agent = in_handler.lock().unwrap().take().expect("it fails once");
            tell.send(agent.metrics()).unwrap();
        })
        .build(0_u64);
    *own.lock().unwrap() = Some(agent.clone());
    agent.send(|n| n + 1).unwrap();
    agent.send_fallible(|_| Err("injected")).unwrap();
    // The failure is counted and its action is not settled yet.
    let metrics = told.recv().unwrap();
    assert_eq!((metrics.done, metrics.failed), (1, 1), "{metrics:?}");
}

#[test]
fn the_count_of_done_actions_never_goes_down_while_actions_fail() {
    const PAIRS: u64 = 20_000;
    let agent = Agent::builder()
        .error_mode(ErrorMode::Continue)
        .build(0_u64);
    let ended = AtomicBool::new(false);
    let (mut looks, mut before) = (0_u64, 0);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            for _ in 0..PAIRS {
                agent.send(|n| n + 1).unwrap();
                agent.send_fallible(|_| Err("injected")).unwrap();
            }
            agent.wait().unwrap();
            ended.store(true, SeqCst);
        });
        while !ended.load(SeqCst) {
            let metrics = agent.metrics();
            assert!(metrics.done >= before, "{before} done, then {metrics:?}");
            assert!(metrics.done <= metrics.sent, "{metrics:?}");
            looks += u64::from(metrics.done > before);
            before = metrics.done;
        }
    });
    assert!(looks > 0, "it was seen to grow");
    let metrics = agent.metrics();
    assert_eq!((metrics.done, metrics.failed), (PAIRS, PAIRS));
}

#[test]
fn of_the_ways_to_go_on_after_errors_the_last_one_counts() {
    let called = Arc::new(AtomicUsize::new(0));
    let handler = {
        let called = Arc::clone(&called);
        move || {
            let called = Arc::clone(&called);
            move |_: &AgentError| {
                called.fetch_add(1, SeqCst);
            }
        }
    };
    let stops = Agent::builder()
        .name("stops")
        .continue_on_error(handler())
        .error_mode(ErrorMode::Fail)
        .build(0);
    assert_eq!(Arc::strong_count(&called), 2, "its handler is gone");
    stops.send(|_| panic!("injected")).unwrap();
    assert!(matches!(stops.wait(), Err(WaitError::Failed(_))));
    assert_eq!(called.load(SeqCst), 0);

    let goes_on = Agent::builder()
        .error_mode(ErrorMode::Fail)
        .continue_on_error(handler())
        .error_mode(ErrorMode::Continue)
        .build(0);
    goes_on.send(|_| panic!("injected")).unwrap();
    goes_on.wait().unwrap();
    assert_eq!(called.load(SeqCst), 1);
}
