//! Actions of one agent run once each, one at a time, and those of one sender in its order.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::SeqCst};
use std::thread;

use heptad::Agent;
use heptad::identity::{Executor, Job};

/// Who sent an action, and the how manieth of its sender it is.
type Log = Vec<(usize, u32)>;

fn logged(log: &Log, sender: usize, number: u32) -> Log {
    let mut log = log.clone();
    log.push((sender, number));
    log
}

/// Whether each sender's numbers are 0, 1, 2 .. in the log.
fn assert_in_order(log: &Log, senders: usize, each: u32) {
    let mut next = vec![0; senders];
    for (sender, number) in log {
        assert_eq!(*number, next[*sender], "of sender {sender}");
        next[*sender] += 1;
    }
    assert_eq!(next, vec![each; senders]);
}

#[test]
fn actions_of_one_sender_run_in_the_order_in_which_they_were_sent() {
    const SENDERS: usize = 4;
    const EACH: u32 = 300;
    let agent = Agent::new(Log::new());
    thread::scope(|threads| {
        for sender in 0..SENDERS {
            let agent = &agent;
            threads.spawn(move || {
                for number in 0..EACH {
                    agent.send(move |log| logged(log, sender, number)).unwrap();
                }
            });
        }
    });
    agent.wait().unwrap();
    agent.with(|log| assert_in_order(log, SENDERS, EACH));
    assert_eq!(agent.version(), u64::from(EACH) * SENDERS as u64);
}

#[test]
fn the_order_is_the_same_whatever_the_actions_were_sent_by() {
    let agent = Agent::new(Log::new());
    let via: Arc<dyn Executor> = Arc::new(|job: Job| {
        thread::spawn(move || job.run());
    });
    for number in 0..300 {
        let action = move |log: &Log| logged(log, 0, number);
        match number % 5 {
            0 | 1 => agent.send(action).unwrap(),
            2 => agent.send_off(action).unwrap(),
            3 => agent.send_via(Arc::clone(&via), action).unwrap(),
            _ => agent
                .send_fallible(move |log| Ok::<_, String>(action(log)))
                .unwrap(),
        }
    }
    agent.wait().unwrap();
    agent.with(|log| assert_in_order(log, 1, 300));
}

#[test]
fn actions_of_one_agent_run_one_at_a_time() {
    let agent = Agent::new(0_u64);
    let (inside, overlaps) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicUsize::new(0)),
    );
    thread::scope(|threads| {
        for sender in 0..3 {
            let (agent, inside, overlaps) = (&agent, &inside, &overlaps);
            threads.spawn(move || {
                for number in 0..200 {
                    let (inside, overlaps) = (Arc::clone(inside), Arc::clone(overlaps));
                    let action = move |n: &u64| {
                        if inside.swap(true, SeqCst) {
                            overlaps.fetch_add(1, SeqCst);
                        }
                        thread::yield_now();
                        inside.store(false, SeqCst);
                        n + 1
                    };
                    if (sender + number) % 2 == 0 {
                        agent.send(action).unwrap();
                    } else {
                        agent.send_off(action).unwrap();
                    }
                }
            });
        }
    });
    agent.wait().unwrap();
    assert_eq!((*agent.load(), overlaps.load(SeqCst)), (600, 0));
}

#[test]
fn each_action_runs_once_and_gets_the_value_of_the_one_before() {
    const ACTIONS: usize = 20_000;
    let agent = Agent::new(0_usize);
    let runs: Arc<Vec<AtomicU32>> = Arc::new((0..ACTIONS).map(|_| AtomicU32::new(0)).collect());
    for number in 0..ACTIONS {
        let runs = Arc::clone(&runs);
        agent
            .send(move |n| {
                runs[number].fetch_add(1, SeqCst);
                assert_eq!(*n, number);
                n + 1
            })
            .unwrap();
    }
    agent.wait().unwrap();
    assert!(runs.iter().all(|runs| runs.load(SeqCst) == 1));
    assert_eq!(agent.metrics().done, ACTIONS as u64);
}

#[test]
fn what_an_action_wrote_is_seen_by_the_next_one_and_by_who_waited() {
    // Plain memory behind a lock that nobody waits for: a miracle, were there no order.
    let agent = Agent::new(0_u64);
    let written = Arc::new(std::sync::Mutex::new(0_u64));
    for round in 0..2_000 {
        let written = Arc::clone(&written);
        let action = move |n: &u64| {
            let mut written = written.try_lock().expect("one at a time");
            assert_eq!(*written, *n);
            *written += 1;
            n + 1
        };
        match round % 3 {
            0 => agent.send_off(action).unwrap(),
            _ => agent.send(action).unwrap(),
        }
        if round % 7 == 0 {
            agent.wait().unwrap();
        }
    }
    agent.wait().unwrap();
    assert_eq!((*agent.load(), *written.lock().unwrap()), (2_000, 2_000));
}

#[test]
fn many_agents_make_progress_side_by_side() {
    let agents: Vec<_> = (0..500).map(|_| Agent::new(0_u32)).collect();
    for _ in 0..20 {
        for agent in &agents {
            agent.send(|n| n + 1).unwrap();
        }
    }
    for agent in &agents {
        agent.wait().unwrap();
        assert_eq!(*agent.load(), 20);
    }
}
