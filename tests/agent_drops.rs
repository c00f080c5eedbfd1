//! Everything that an agent holds is dropped once: values, actions and what they captured, whatever
//! panics and whoever is the last to let go.

mod counted;

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use counted::{Census, Counted};
use heptad::identity::{ErrorMode, Queue};
use heptad::{Agent, Atom};

/// The next number; `held` is captured whole.
fn plus_one(held: Counted) -> impl FnOnce(&Counted) -> Counted + Send + 'static {
    move |value| {
        let held = &held;
        held.another(value.number + 1)
    }
}

fn panicking(held: Counted) -> impl FnOnce(&Counted) -> Counted + Send + 'static {
    move |value| {
        let held = &held;
        let _half_done = held.another(value.number);
        panic!("injected")
    }
}

/// Holds `agent` up until the sender is used or dropped.
fn hold_up(agent: &Agent<Counted>) -> mpsc::Sender<()> {
    let (go_on, gate) = mpsc::channel::<()>();
    let (tell, started) = mpsc::channel();
    agent
        .send_off(move |value| {
            tell.send(()).unwrap();
            let _ = gate.recv();
            value.another(value.number)
        })
        .unwrap();
    started.recv().unwrap();
    go_on
}

#[test]
fn values_and_actions_are_dropped_once() {
    let census = Census::default();
    let agent = Agent::new(census.value(0));
    for number in 0..2_000 {
        agent.send(plus_one(census.value(number))).unwrap();
    }
    agent.wait().unwrap();
    assert_eq!(agent.load().number, 2_000);
    census.settle(1);
    drop(agent);
    census.settle(0);
}

#[test]
fn an_action_that_panics_leaks_nothing() {
    let census = Census::default();
    let agent = Agent::builder()
        .error_mode(ErrorMode::Continue)
        .build(census.value(0));
    for number in 0..300 {
        if number % 3 == 0 {
            agent.send(panicking(census.value(number))).unwrap();
        } else {
            agent.send(plus_one(census.value(number))).unwrap();
        }
    }
    agent.wait().unwrap();
    assert_eq!((agent.load().number, agent.version()), (200, 200));
    census.settle(1);
    drop(agent);
    census.settle(0);
}

#[test]
fn a_failed_agent_without_handles_drops_its_queue() {
    let census = Census::default();
    let agent = Agent::new(census.value(0));
    let go_on = hold_up(&agent);
    agent.send(panicking(census.value(1))).unwrap();
    for number in 0..10 {
        agent.send(plus_one(census.value(number))).unwrap();
    }
    drop(go_on);
    assert!(agent.wait().is_err());
    assert_eq!(agent.queue_len(), 10);
    drop(agent);
    census.settle(0);
}

#[test]
fn a_restart_that_clears_the_queue_drops_it() {
    let census = Census::default();
    let agent = Agent::new(census.value(0));
    for round in 0..20 {
        let go_on = hold_up(&agent);
        agent.send(panicking(census.value(1))).unwrap();
        for number in 0..10 {
            agent.send(plus_one(census.value(number))).unwrap();
        }
        drop(go_on);
        assert!(agent.wait().is_err());
        agent.restart(census.value(round), Queue::Clear).unwrap();
        agent.wait().unwrap();
        assert_eq!(agent.load().number, round);
        census.settle(1);
    }
}

#[test]
fn an_agent_whose_handles_are_gone_runs_what_was_sent() {
    let (census, run) = (Census::default(), Arc::new(AtomicUsize::new(0)));
    for number in 0..200 {
        let agent = Agent::new(census.value(0));
        for _ in 0..5 {
            let (run, held) = (Arc::clone(&run), census.value(number));
            let action = plus_one(held);
            agent
                .send(move |value| {
                    run.fetch_add(1, SeqCst);
                    action(value)
                })
                .unwrap();
        }
    }
    while run.load(SeqCst) < 1_000 {
        thread::yield_now();
    }
    census.settle(0);
}

#[test]
fn handles_may_go_while_others_read_and_send() {
    let census = Census::default();
    for _ in 0..50 {
        let agent = Agent::new(census.value(0));
        thread::scope(|threads| {
            for _ in 0..3 {
                let (agent, census) = (agent.clone(), &census);
                threads.spawn(move || {
                    for number in 0..20 {
                        agent.send(plus_one(census.value(number))).unwrap();
                        assert!(agent.load().number <= 60);
                        let kept = agent.load_full();
                        assert_eq!(kept.number, kept.version());
                    }
                    // The last handle goes with one of these threads, or with the agent's.
                    drop(agent);
                });
            }
            drop(agent);
        });
    }
    census.settle(0);
}

#[test]
fn a_thread_that_goes_idle_keeps_no_old_values() {
    // Nothing is flushed here, and no identity is used: only the agent's own thread can drop what
    // its actions have replaced.
    let census = Census::default();
    let agent = Agent::new(census.value(0));
    for number in 0..40 {
        agent.send(plus_one(census.value(number))).unwrap();
    }
    agent.wait().unwrap();
    for _ in 0..10_000 {
        if census.living() == 1 {
            return;
        }
        thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(census.living(), 1, "old values stay on an idle thread");
}

#[test]
fn actions_that_panic_when_dropped_are_dropped_all_the_same() {
    struct Armed(#[allow(dead_code, reason = "counted by its existence")] Counted);
    impl Drop for Armed {
        fn drop(&mut self) {
            if !thread::panicking() {
                panic!("injected into the drop of an action");
            }
        }
    }
    let census = Census::default();
    let agent = Agent::new(census.value(0));
    let armed = |agent: &Agent<Counted>| {
        let armed = Armed(census.value(1));
        let action = move |value: &Counted| {
            let _armed = &armed;
            value.another(value.number)
        };
        agent.send(action).unwrap();
    };
    // Dropped by a shutdown, by a restart, and with the agent.
    let go_on = hold_up(&agent);
    agent.send(panicking(census.value(1))).unwrap();
    (0..5).for_each(|_| armed(&agent));
    drop(go_on);
    assert!(agent.wait().is_err());
    agent.restart(census.value(2), Queue::Clear).unwrap();
    assert_eq!(agent.metrics().isolated_panics, 5);
    census.settle(1);

    let go_on = hold_up(&agent);
    (0..5).for_each(|_| armed(&agent));
    agent.shutdown(Queue::Clear);
    drop(go_on);
    while agent.queue_len() > 0 {
        thread::yield_now();
    }
    assert!(agent.metrics().isolated_panics >= 10);
    drop(agent);
    census.settle(0);
}

#[test]
fn an_action_may_use_every_identity_and_be_the_last_to_hold_them() {
    let census = Census::default();
    let log = Agent::new(census.value(0));
    let agent = Agent::new(census.value(0));
    for _ in 0..100 {
        let (atom, target) = (Atom::new(census.value(5)), log.clone());
        agent
            .send(move |value| {
                atom.swap(|five| five.another(five.number + 1));
                let six = atom.load().number;
                target.send(move |n| n.another(n.number + six)).unwrap();
                value.another(value.number + six)
            })
            .unwrap();
    }
    agent.wait().unwrap();
    log.wait().unwrap();
    assert_eq!((agent.load().number, log.load().number), (600, 600));
    drop((agent, log));
    census.settle(0);
}
