//! What an action sends leaves when the action has succeeded, or never.

mod counted;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, mpsc};

use counted::{Census, Counted};
use heptad::Agent;
use heptad::identity::{Queue, SendErrorKind, WaitError};

/// An action that holds a counted value, all of it.
fn adding(held: Counted) -> impl FnOnce(&u64) -> u64 + Send + 'static {
    move |n| {
        let held = &held;
        n + held.number
    }
}

#[test]
fn a_send_inside_an_action_arrives_after_the_value_was_published() {
    let (first, second) = (Agent::new(0_u64), Agent::new(Vec::new()));
    for _ in 0..200 {
        let (source, target) = (first.clone(), second.clone());
        first
            .send(move |n| {
                let (source, next) = (source.clone(), n + 1);
                target
                    .send(move |seen: &Vec<(u64, u64)>| {
                        let mut seen = seen.clone();
                        seen.push((next, *source.load()));
                        seen
                    })
                    .unwrap();
                next
            })
            .unwrap();
    }
    first.wait().unwrap();
    // What they sent has been sent by now.
    second.wait().unwrap();
    second.with(|seen| {
        assert_eq!(seen.len(), 200);
        for (next, published) in seen {
            assert!(
                published >= next,
                "sent by {next}, run while {published} was published"
            );
        }
    });
}

#[test]
fn a_send_inside_an_action_is_made_after_the_watches_were_told() {
    let (source, target) = (Agent::new(0_u64), Agent::new(0_u64));
    let (tell, told) = mpsc::channel();
    let watched = target.clone();
    source.watch("sent", move |_| {
        tell.send(watched.metrics().sent).unwrap();
    });
    let to = target.clone();
    source
        .send(move |n| {
            to.send(|n| n + 1).unwrap();
            n + 1
        })
        .unwrap();
    source.wait().unwrap();
    assert_eq!((told.recv(), target.metrics().sent), (Ok(0), 1));
}

#[test]
fn a_send_is_not_made_while_the_action_still_runs() {
    let (first, second) = (Agent::new(0), Agent::new(0));
    let (sent, gate) = (Arc::new(AtomicBool::new(false)), mpsc::channel::<()>());
    let (target, tell, go_on) = (second.clone(), Arc::clone(&sent), gate.1);
    first
        .send_off(move |n| {
            target.send(|n| n + 1).unwrap();
            tell.store(true, SeqCst);
            let _ = go_on.recv();
            n + 1
        })
        .unwrap();
    while !sent.load(SeqCst) {
        std::thread::yield_now();
    }
    assert_eq!((second.queue_len(), second.metrics().sent), (0, 0));
    second.wait().unwrap();
    assert_eq!(*second.load(), 0);
    drop(gate.0);
    first.wait().unwrap();
    second.wait().unwrap();
    assert_eq!((*second.load(), second.metrics().sent), (1, 1));
}

#[test]
fn an_action_that_fails_has_sent_nothing() {
    let census = Census::default();
    let target = Agent::new(0_u64);
    let other = target.clone();
    let (panics, refuses) = (Agent::new(0), Agent::new(0));
    let sends = {
        let census = census.clone();
        move || {
            for number in 0..10 {
                let held = census.value(number);
                other.send(adding(held)).unwrap();
            }
        }
    };
    let again = sends.clone();
    panics
        .send(move |_| {
            sends();
            panic!("injected")
        })
        .unwrap();
    refuses
        .send_fallible(move |_| {
            again();
            Err("injected")
        })
        .unwrap();
    for agent in [&panics, &refuses] {
        assert!(matches!(agent.wait(), Err(WaitError::Failed(_))));
    }
    target.wait().unwrap();
    assert_eq!((*target.load(), target.version()), (0, 0));
    let metrics = target.metrics();
    assert_eq!((metrics.sent, metrics.dropped, metrics.unsent), (0, 0, 20));
    census.settle(0);
}

#[test]
fn an_action_that_sends_to_its_own_agent_is_followed_by_what_it_sent() {
    fn step(agent: &Agent<Vec<u32>>, left: u32) {
        let again = agent.clone();
        let action = move |log: &Vec<u32>| {
            if left > 0 {
                step(&again, left - 1);
            }
            let mut log = log.clone();
            log.push(left);
            log
        };
        agent.send(action).unwrap();
    }
    let agent = Agent::new(Vec::new());
    step(&agent, 500);
    while agent.queue_len() > 0 {
        agent.wait().unwrap();
    }
    assert_eq!(*agent.load(), (0..=500).rev().collect::<Vec<_>>());
}

#[test]
fn sends_of_one_action_keep_their_order() {
    let (source, target) = (Agent::new(()), Agent::new(Vec::new()));
    let to = target.clone();
    source
        .send(move |()| {
            for number in 0..100 {
                let push = move |log: &Vec<u32>| [&log[..], &[number]].concat();
                if number % 3 == 0 {
                    to.send_off(push).unwrap();
                } else {
                    to.send(push).unwrap();
                }
            }
        })
        .unwrap();
    source.wait().unwrap();
    target.wait().unwrap();
    assert_eq!(*target.load(), (0..100).collect::<Vec<_>>());
}

#[test]
fn a_bounded_agent_counts_what_is_held_and_gets_the_room_back() {
    let bounded = Agent::builder().bounded(3).build(0);
    let source = Agent::builder()
        .error_mode(heptad::identity::ErrorMode::Continue)
        .build(0_u64);
    for fails in [true, false, true, false] {
        let to = bounded.clone();
        source
            .send(move |n| {
                for _ in 0..3 {
                    to.send(|n| n + 1).unwrap();
                }
                let full = to.send(|n| n + 100).unwrap_err();
                assert_eq!(full.kind, SendErrorKind::Full);
                assert!(!fails, "injected");
                n + 1
            })
            .unwrap();
        source.wait().unwrap();
        bounded.wait().unwrap();
    }
    assert_eq!((*source.load(), *bounded.load()), (2, 6));
    for _ in 0..3 {
        bounded.send(|n| n + 1).unwrap();
    }
    bounded.wait().unwrap();
    assert_eq!(*bounded.load(), 9);
}

#[test]
fn what_is_held_for_an_agent_that_is_shut_down_meanwhile_is_dropped() {
    let census = Census::default();
    let (source, target) = (Agent::new(0), Agent::new(0));
    let (to, held) = (target.clone(), census.value(1));
    source
        .send(move |n| {
            to.send(adding(held)).unwrap();
            to.shutdown(Queue::Keep);
            n + 1
        })
        .unwrap();
    source.wait().unwrap();
    target.wait().unwrap();
    assert_eq!((*target.load(), target.metrics().unsent), (0, 1));
    census.settle(0);
}

#[test]
fn what_is_held_and_dropped_may_use_agents_and_may_panic_while_it_is_dropped() {
    struct Sends(Agent<u64>);
    impl Drop for Sends {
        fn drop(&mut self) {
            self.0.send(|n| n + 1).unwrap();
            panic!("injected");
        }
    }
    let (noticed, target) = (Agent::new(0), Agent::new(0_u64));
    let source = Agent::new(0_u64);
    let (to, notice) = (target.clone(), noticed.clone());
    source
        .send(move |_| {
            for _ in 0..4 {
                let sends = Sends(notice.clone());
                to.send(move |n| {
                    let _sends = &sends;
                    *n
                })
                .unwrap();
            }
            panic!("the action fails")
        })
        .unwrap();
    assert!(source.wait().is_err());
    noticed.wait().unwrap();
    assert_eq!(
        (*noticed.load(), *target.load(), target.version()),
        (4, 0, 0)
    );
    assert_eq!(
        source.error().map(|e| e.message()).as_deref(),
        Some("the action fails")
    );
}

#[test]
fn what_a_handler_of_errors_sends_arrives_if_the_handler_returns() {
    let log = Agent::new(Vec::new());
    let (to, calls) = (log.clone(), AtomicU64::new(0));
    let agent = Agent::builder()
        .continue_on_error(move |error| {
            let call = calls.fetch_add(1, SeqCst);
            let message = error.message();
            to.send(move |log: &Vec<String>| [&log[..], &[message]].concat())
                .unwrap();
            assert!(call != 1, "injected into the handler");
        })
        .build(0_u64);
    for number in 0..3 {
        agent
            .send_fallible(move |_| Err(format!("error {number}")))
            .unwrap();
    }
    agent.wait().unwrap();
    log.wait().unwrap();
    assert_eq!(*log.load(), ["error 0", "error 2"]);
}

#[test]
fn sends_that_were_never_made_leave_the_count_of_done_actions_alone() {
    let target = Agent::new(0_u64);
    for _ in 0..3 {
        target.send(|n| n + 1).unwrap();
    }
    target.wait().unwrap();
    let (to, source) = (target.clone(), Agent::new(0));
    source
        .send(move |_| {
            to.send(|n| n + 1).unwrap();
            to.send(|n| n + 1).unwrap();
            panic!("injected")
        })
        .unwrap();
    assert!(matches!(source.wait(), Err(WaitError::Failed(_))));
    let metrics = target.metrics();
    assert_eq!((metrics.sent, metrics.done), (3, 3), "{metrics:?}");
    assert_eq!((metrics.dropped, metrics.unsent), (0, 2), "{metrics:?}");
}
