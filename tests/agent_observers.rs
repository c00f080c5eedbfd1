//! Observers of agents: what is special to agents. What holds for every identity is in
//! `identity_contract`.

mod counted;

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use counted::Census;
use heptad::Agent;
use heptad::identity::{Cause, Invalid, Keep, Lag, Queue, RestartErrorKind, WaitError};

fn small(n: &u64) -> Result<(), &'static str> {
    if *n < 10 { Ok(()) } else { Err("too large") }
}

#[test]
fn an_action_whose_value_is_refused_has_failed_and_its_sends_are_dropped() {
    let (agent, other) = (Agent::builder().validator(small).build(1), Agent::new(0));
    let sends = other.clone();
    agent
        .send(move |_| {
            sends.send(|n| n + 1).unwrap();
            99
        })
        .unwrap();
    assert!(agent.wait().is_err());
    other.wait().unwrap();
    assert_eq!((*agent.load(), agent.version(), *other.load()), (1, 0, 0));
    let error = agent.error().unwrap();
    let Cause::Refused(refusal) = error.cause() else {
        panic!("{error}")
    };
    let invalid: &Invalid<u64> = refusal.downcast_ref().unwrap();
    assert_eq!((invalid.refused, invalid.version()), (99, 0));
    assert!(error.message().contains("too large"), "{error}");
}

#[test]
fn a_restart_is_held_to_the_validator_and_observed() {
    let agent = Agent::builder().validator(small).keep_versions(9).build(1);
    let told = Arc::new(AtomicU64::new(0));
    let telling = Arc::clone(&told);
    agent.watch("last", move |change| telling.store(*change.new, SeqCst));
    let mut changes = agent.changes(Lag::Latest);
    agent.send(|_| 99).unwrap();
    assert!(agent.wait().is_err());

    let refused = agent.restart(50, Queue::Keep).unwrap_err();
    assert_eq!(
        (refused.kind, refused.value),
        (RestartErrorKind::Invalid, 50)
    );
    assert!(refused.to_string().contains("too large"), "{refused}");
    assert_eq!((agent.version(), agent.error().is_some()), (0, true));

    agent.restart(7, Queue::Keep).unwrap();
    assert_eq!(told.load(SeqCst), 7);
    assert_eq!(changes.recv().map(|change| *change.new), Some(7));
    assert_eq!(agent.history().len(), 2);
    agent.send(|n| n + 1).unwrap();
    agent.wait().unwrap();
    assert_eq!(told.load(SeqCst), 8);
}

#[test]
fn a_builder_refuses_a_first_value_that_is_invalid() {
    let refused = Agent::builder()
        .name("picky")
        .validator(small)
        .try_build(99);
    let invalid = refused.map(|_| ()).unwrap_err();
    assert_eq!((invalid.refused, invalid.name()), (99, Some("picky")));
}

#[test]
fn watches_of_one_agent_are_called_one_at_a_time_and_in_order() {
    const STEPS: u64 = 2000;
    let agent = Agent::new(0_u64);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let seeing = Arc::clone(&seen);
    agent.watch("order", move |change| {
        let mut seen = seeing.try_lock().expect("nobody else is in here");
        seen.push(change.version());
    });
    thread::scope(|threads| {
        for _ in 0..3 {
            threads.spawn(|| {
                for _ in 0..STEPS {
                    agent.send(|n| n + 1).unwrap();
                }
            });
        }
    });
    agent.wait().unwrap();
    assert!(seen.lock().unwrap().iter().copied().eq(1..=3 * STEPS));
    assert_eq!(agent.watch_panics(), 0);
}

#[test]
fn a_watch_may_send_and_may_not_wait_for_agents() {
    let agent = Agent::new(0_u64);
    let (own, results) = (agent.clone(), Arc::new(Mutex::new(Vec::new())));
    let noting = Arc::clone(&results);
    agent.watch("eager", move |change| {
        if *change.new == 1 {
            own.send(|n| n + 10).unwrap();
            let refused = own.wait_timeout(Duration::from_millis(100));
            noting.lock().unwrap().push(refused);
        }
    });
    agent.send(|n| n + 1).unwrap();
    while *agent.load() < 11 {
        agent.wait().unwrap();
    }
    let results = results.lock().unwrap();
    assert!(
        matches!(results[..], [Err(WaitError::InAction)]),
        "{results:?}"
    );
    assert!(agent.unwatch("eager"), "which owns a handle to the agent");
}

#[test]
fn a_watch_that_a_restart_calls_may_not_wait_for_agents_either() {
    let (agent, other) = (Agent::new(0_u64), Agent::new(0_u64));
    agent.send(|_| panic!("injected")).unwrap();
    assert!(matches!(agent.wait(), Err(WaitError::Failed(_))));
    let (tell, told) = mpsc::channel();
    agent.watch("eager", move |_| drop(tell.send(other.wait())));
    agent.restart(1, Queue::Keep).unwrap();
    let refused = told.recv().unwrap();
    assert!(matches!(refused, Err(WaitError::InAction)), "{refused:?}");
}

#[test]
fn a_watch_may_own_the_last_handle_that_is_dropped() {
    let census = Census::default();
    let agent = Agent::new(census.value(0));
    agent.keep_history(Keep::nothing().versions(5));
    let changes = agent.changes(Lag::Bounded(5));
    let last = Arc::new(Mutex::new(Some(agent.clone())));
    let taking = Arc::clone(&last);
    agent.watch("take", move |_| drop(taking.lock().unwrap().take()));
    let (go, gate) = mpsc::channel::<()>();
    agent
        .send(move |old| {
            gate.recv().unwrap();
            old.another(1)
        })
        .unwrap();
    drop(agent); // the watch has the last one
    go.send(()).unwrap();
    let versions: Vec<u64> = changes.into_iter().map(|change| change.version()).collect();
    assert_eq!(versions, [1]);
    assert!(last.lock().unwrap().is_none());
    census.settle(0);
}
