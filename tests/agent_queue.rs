//! Bounds, shutting down, and sharing the threads.

mod counted;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::Duration;

use counted::Census;
use heptad::Agent;
use heptad::identity::{Queue, RestartErrorKind, SendErrorKind, WaitError};

/// Holds `agent` up, which was idle, until the sender is used or dropped.
fn hold_up(agent: &Agent<u64>) -> mpsc::Sender<()> {
    let (go_on, gate) = mpsc::channel::<()>();
    let (tell, started) = mpsc::channel();
    agent
        .send_off(move |n| {
            tell.send(()).unwrap();
            let _ = gate.recv();
            *n
        })
        .unwrap();
    started.recv().unwrap();
    go_on
}

#[test]
fn a_full_queue_refuses_and_gives_the_action_back() {
    let agent = Agent::builder().name("small").bounded(3).build(0_u64);
    let go_on = hold_up(&agent);
    // The running one counts.
    agent.send(|n| n + 1).unwrap();
    agent.send(|n| n + 1).unwrap();
    let captured = [1_u64, 2, 3];
    let Err(refused) = agent.send(move |n| n + captured.iter().sum::<u64>()) else {
        panic!("it is full");
    };
    assert_eq!(refused.kind, SendErrorKind::Full);
    assert!(
        refused
            .to_string()
            .contains("the queue of the agent `small` is full")
    );
    assert_eq!((agent.queue_len(), agent.metrics().sent), (3, 3));
    drop(go_on);
    agent.wait().unwrap();
    // What came back can be sent again.
    agent.send(refused.action).unwrap();
    agent.wait().unwrap();
    assert_eq!(*agent.load(), 8);
}

#[test]
fn a_bound_holds_with_many_senders_and_everything_accepted_is_run() {
    const BOUND: usize = 4;
    const EACH: u64 = 300;
    let agent = Agent::builder().bounded(BOUND).build(0_u64);
    let (refused, all_senders) = (AtomicUsize::new(0), Barrier::new(4));
    let go_on = hold_up(&agent);
    thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| {
                // While nothing is done, more is sent than there is room for.
                let accepted = (0..BOUND).filter(|_| agent.send(|n| n + 1).is_ok());
                let mut left = EACH - accepted.count() as u64;
                all_senders.wait();
                let _ = go_on.send(());
                while left > 0 {
                    match agent.send(|n| n + 1) {
                        Ok(()) => left -= 1,
                        Err(error) => {
                            assert_eq!(error.kind, SendErrorKind::Full);
                            refused.fetch_add(1, SeqCst);
                            thread::yield_now();
                        }
                    }
                    // An action that is just done makes room before it is counted as done.
                    assert!(agent.queue_len() <= BOUND + 1);
                }
            });
        }
    });
    agent.wait().unwrap();
    assert_eq!(*agent.load(), 4 * EACH);
    assert!(refused.into_inner() > 0);
    assert!(agent.metrics().most_queued <= BOUND as u64 + 1);
}

#[test]
fn a_failed_bounded_agent_gets_its_room_back_at_a_restart() {
    for queue in [Queue::Keep, Queue::Clear] {
        let agent = Agent::builder().bounded(3).build(0_u64);
        let go_on = hold_up(&agent);
        agent.send(|_| panic!("injected")).unwrap();
        agent.send(|n| n + 1).unwrap();
        drop(go_on);
        assert!(agent.wait().is_err());
        agent.restart(0, queue).unwrap();
        agent.wait().unwrap();
        let go_on = hold_up(&agent);
        for _ in 0..2 {
            agent.send(|n| n + 1).unwrap();
        }
        let full = agent.send(|n| n + 1).unwrap_err();
        assert_eq!(full.kind, SendErrorKind::Full);
        drop(go_on);
        agent.wait().unwrap();
    }
}

#[test]
fn a_shutdown_lets_what_is_queued_finish_and_refuses_the_rest() {
    let agent = Agent::new(0_u64);
    let go_on = hold_up(&agent);
    for _ in 0..10 {
        agent.send(|n| n + 1).unwrap();
    }
    agent.shutdown(Queue::Keep);
    assert_eq!(
        agent.send(|n| n + 1).unwrap_err().kind,
        SendErrorKind::ShutDown
    );
    drop(go_on);
    agent.wait().unwrap();
    assert_eq!((*agent.load(), agent.queue_len()), (10, 0));
    assert_eq!(
        agent.send(|n| n + 1).unwrap_err().kind,
        SendErrorKind::ShutDown
    );
}

#[test]
fn a_shutdown_can_drop_what_is_queued() {
    let (census, agent) = (Census::default(), Agent::new(0_u64));
    let go_on = hold_up(&agent);
    for number in 0..10 {
        let held = census.value(number);
        agent
            .send(move |n| {
                let held = &held;
                n + held.number
            })
            .unwrap();
    }
    agent.shutdown(Queue::Clear);
    assert!(matches!(agent.wait(), Err(WaitError::ShutDown)));
    drop(go_on);
    census.settle(0);
    while agent.queue_len() > 0 {
        thread::yield_now();
    }
    let metrics = agent.metrics();
    assert_eq!((metrics.done, metrics.dropped), (1, 10));
    assert_eq!((*agent.load(), agent.version()), (0, 1));
}

#[test]
fn a_failed_agent_that_is_shut_down_is_not_restarted() {
    for queue in [Queue::Keep, Queue::Clear] {
        let (census, agent) = (Census::default(), Agent::new(0_u64));
        let go_on = hold_up(&agent);
        agent.send(|_| panic!("injected")).unwrap();
        let held = census.value(1);
        agent
            .send(move |n| {
                let held = &held;
                n + held.number
            })
            .unwrap();
        drop(go_on);
        assert!(agent.wait().is_err());
        agent.shutdown(queue);
        if queue == Queue::Clear {
            census.settle(0);
            assert_eq!(agent.queue_len(), 0);
        }
        let refused = agent.restart(5, Queue::Keep).unwrap_err();
        assert_eq!(
            (refused.kind, refused.value),
            (RestartErrorKind::ShutDown, 5)
        );
        assert!(matches!(agent.wait(), Err(WaitError::Failed(_))));
        drop(agent);
        census.settle(0);
    }
}

/// Keeps `agent` busy: each action sends the next one.
fn keep_busy(agent: &Agent<u64>, stop: &Arc<AtomicBool>) {
    let (again, stop) = (agent.clone(), Arc::clone(stop));
    let action = move |n: &u64| {
        if !stop.load(SeqCst) {
            keep_busy(&again, &stop);
        }
        n + 1
    };
    agent.send(action).unwrap();
}

#[test]
fn agents_that_are_never_done_leave_their_threads_to_others() {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let stop = Arc::new(AtomicBool::new(false));
    // More of them than threads.
    let busy: Vec<_> = (0..2 * threads + 1).map(|_| Agent::new(0_u64)).collect();
    for agent in &busy {
        keep_busy(agent, &stop);
    }
    for _ in 0..20 {
        let before: Vec<_> = busy.iter().map(Agent::version).collect();
        let modest = Agent::new(0_u64);
        modest.send(|n| n + 1).unwrap();
        modest.wait_timeout(Duration::from_secs(20)).unwrap();
        for agent in &busy {
            assert!(agent.queue_len() > 0, "it was busy all the time");
        }
        // And they share with each other: each gets on.
        for (agent, before) in busy.iter().zip(before) {
            while agent.version() == before {
                thread::yield_now();
            }
        }
    }
    stop.store(true, SeqCst);
    for agent in &busy {
        agent.wait().unwrap();
    }
}

#[test]
fn one_long_queue_of_slow_actions_leaves_its_thread_to_others() {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let slow: Vec<_> = (0..threads).map(|_| Agent::new(0_u64)).collect();
    let stop = Arc::new(AtomicBool::new(false));
    for agent in &slow {
        for _ in 0..500 {
            let stop = Arc::clone(&stop);
            let action = move |n: &u64| {
                if !stop.load(SeqCst) {
                    thread::sleep(Duration::from_millis(1));
                }
                n + 1
            };
            agent.send(action).unwrap();
        }
    }
    let modest = Agent::new(0_u64);
    modest.send(|n| n + 1).unwrap();
    modest.wait().unwrap();
    // By the number of actions alone, their queues would have been run to the end first.
    for agent in &slow {
        assert!(agent.queue_len() > 250, "{}", agent.queue_len());
    }
    stop.store(true, SeqCst);
    for agent in &slow {
        agent.wait().unwrap();
    }
}

#[test]
fn actions_that_wait_for_each_other_get_a_thread_each() {
    const AGENTS: usize = 40;
    let all = Arc::new(Barrier::new(AGENTS));
    let agents: Vec<_> = (0..AGENTS).map(|_| Agent::new(0_u64)).collect();
    for _ in 0..3 {
        for agent in &agents {
            let all = Arc::clone(&all);
            let action = move |n: &u64| {
                all.wait();
                n + 1
            };
            agent.send_off(action).unwrap();
        }
        for agent in &agents {
            agent.wait().unwrap();
        }
    }
}

#[test]
fn an_action_that_waits_has_no_other_action_inside_it() {
    thread_local! {
        static INSIDE: AtomicBool = const { AtomicBool::new(false) };
    }
    let agents: Vec<_> = (0..20).map(|_| Agent::new(0_u64)).collect();
    let nested = Arc::new(AtomicUsize::new(0));
    for round in 0..10 {
        for agent in &agents {
            let nested = Arc::clone(&nested);
            let action = move |n: &u64| {
                if INSIDE.with(|inside| inside.swap(true, SeqCst)) {
                    nested.fetch_add(1, SeqCst);
                }
                // Waits for work of its own on other threads, as a parallel iterator would.
                thread::scope(|threads| {
                    threads.spawn(thread::yield_now);
                });
                INSIDE.with(|inside| inside.store(false, SeqCst));
                n + 1
            };
            if round % 2 == 0 {
                agent.send(action).unwrap();
            } else {
                agent.send_off(action).unwrap();
            }
        }
    }
    for agent in &agents {
        agent.wait().unwrap();
    }
    assert_eq!(nested.load(SeqCst), 0);
}

#[test]
fn actions_run_on_threads_with_telling_names() {
    let agent = Agent::new(String::new());
    let name = |_: &String| thread::current().name().unwrap_or_default().to_owned();
    agent.send(name).unwrap();
    agent.wait().unwrap();
    assert!(
        agent.load().starts_with("heptad-worker-"),
        "{:?}",
        agent.load()
    );
    agent.send_off(name).unwrap();
    agent.wait().unwrap();
    assert!(
        agent.load().starts_with("heptad-blocking-"),
        "{:?}",
        agent.load()
    );
    agent.send(name).unwrap();
    agent.wait().unwrap();
    assert!(
        agent.load().starts_with("heptad-worker-"),
        "{:?}",
        agent.load()
    );
}

#[test]
fn the_longest_queue_is_remembered() {
    let agent = Agent::new(0_u64);
    let go_on = hold_up(&agent);
    for _ in 0..100 {
        agent.send(|n| n + 1).unwrap();
    }
    drop(go_on);
    agent.wait().unwrap();
    assert_eq!((agent.metrics().most_queued, agent.queue_len()), (100, 0));
}
