//! Senders, readers, waiters, failures and restarts at the same time: every action that was
//! accepted is accounted for.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::thread;

use heptad::Agent;
use heptad::identity::{ErrorMode, Executor, Job, Queue, SendErrorKind, WaitError};

/// A small generator, so that a run can be repeated by its seed.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

fn executors() -> [Arc<dyn Executor>; 2] {
    [
        Arc::new(Job::run),
        Arc::new(|job: Job| {
            thread::spawn(move || job.run());
        }),
    ]
}

fn send(
    agent: &Agent<u64>,
    random: &mut Random,
    vias: &[Arc<dyn Executor>; 2],
) -> Option<SendErrorKind> {
    let fails = random.below(50) == 0;
    let action = move |n: &u64| if fails { Err("injected") } else { Ok(n + 1) };
    let sent = match random.below(8) {
        0 | 1 => agent.send_off_fallible(action),
        2 => agent.send_via_fallible(Arc::clone(&vias[0]), action),
        3 if random.below(8) == 0 => agent.send_via_fallible(Arc::clone(&vias[1]), action),
        _ => agent.send_fallible(action),
    };
    sent.err().map(|error| error.kind)
}

#[test]
fn nothing_is_lost_beside_failures_and_restarts() {
    let (accepted, refused, failures_seen) =
        (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let restarts = AtomicU64::new(0);
    let agent = Agent::new(0_u64);
    thread::scope(|threads| {
        for seed in 1..=4_u64 {
            let (agent, accepted, refused) = (&agent, &accepted, &refused);
            let (failures_seen, restarts) = (&failures_seen, &restarts);
            threads.spawn(move || {
                let (mut random, vias) = (Random(seed * 0x9e37_79b9), executors());
                for _ in 0..3_000 {
                    match send(agent, &mut random, &vias) {
                        None => accepted.fetch_add(1, SeqCst),
                        Some(kind) => {
                            assert_eq!(kind, SendErrorKind::Failed);
                            refused.fetch_add(1, SeqCst)
                        }
                    };
                    match random.below(20) {
                        0 => {
                            if let Err(error) = agent.wait() {
                                assert!(matches!(error, WaitError::Failed(_)), "{error}");
                                failures_seen.fetch_add(1, SeqCst);
                            }
                        }
                        1 => {
                            let value = agent.with(|n| *n);
                            if agent.restart(value, Queue::Keep).is_ok() {
                                restarts.fetch_add(1, SeqCst);
                            }
                        }
                        2 => drop(agent.load_full()),
                        _ => {}
                    }
                }
            });
        }
    });
    loop {
        match agent.wait() {
            Ok(()) => break,
            Err(_) => {
                if agent.restart(agent.with(|n| *n), Queue::Keep).is_ok() {
                    restarts.fetch_add(1, SeqCst);
                }
            }
        }
    }
    let (accepted, restarts) = (accepted.into_inner(), restarts.into_inner());
    let metrics = agent.metrics();
    assert_eq!(metrics.sent, accepted);
    assert_eq!(metrics.done + metrics.failed, accepted);
    assert_eq!((metrics.dropped, agent.queue_len()), (0, 0));
    // Each restart kept the value and is a version, and so is each action.
    assert_eq!(*agent.load(), metrics.done);
    assert_eq!(agent.version(), metrics.done + restarts);
    assert!(refused.into_inner() > 0 && restarts > 10 && failures_seen.into_inner() > 0);
    assert_eq!(restarts, metrics.failed);
}

#[test]
fn readers_see_versions_that_only_grow_and_belong_to_their_values() {
    let agent = Agent::builder()
        .error_mode(ErrorMode::Continue)
        .build(0_u64);
    let changes_seen = AtomicU64::new(0);
    thread::scope(|threads| {
        for seed in 1..=2_u64 {
            let agent = &agent;
            threads.spawn(move || {
                let (mut random, vias) = (Random(seed * 77), executors());
                for _ in 0..10_000 {
                    assert_eq!(send(agent, &mut random, &vias), None);
                }
            });
        }
        for _ in 0..2 {
            let (agent, changes_seen) = (&agent, &changes_seen);
            threads.spawn(move || {
                let mut last = 0;
                while agent.metrics().sent < 20_000 || agent.queue_len() > 0 {
                    let seen = agent.load();
                    assert_eq!(*seen, seen.version(), "version = number of actions done");
                    assert!(seen.version() >= last);
                    changes_seen.fetch_add(u64::from(seen.version() > last), SeqCst);
                    last = seen.version();
                }
            });
        }
    });
    let metrics = agent.metrics();
    assert_eq!(metrics.done + metrics.failed, 20_000);
    assert_eq!(
        (*agent.load(), agent.version()),
        (metrics.done, metrics.done)
    );
    assert!(metrics.failed > 0 && changes_seen.into_inner() > 10);
}

#[test]
fn agents_that_send_to_each_other_pass_everything_on() {
    const AGENTS: usize = 8;
    const HOPS: u64 = 2_000;
    fn pass_on(ring: &Arc<Vec<Agent<u64>>>, at: usize, left: u64) {
        let next = Arc::clone(ring);
        let action = move |n: &u64| {
            if left > 0 {
                pass_on(&next, (at + 1) % AGENTS, left - 1);
            }
            n + 1
        };
        ring[at].send(action).unwrap();
    }
    let ring: Arc<Vec<_>> = Arc::new((0..AGENTS).map(|_| Agent::new(0_u64)).collect());
    for start in 0..AGENTS {
        pass_on(&ring, start, HOPS - 1);
    }
    let total = || ring.iter().map(|agent| *agent.load()).sum::<u64>();
    while total() < AGENTS as u64 * HOPS {
        for agent in ring.iter() {
            agent.wait().unwrap();
        }
    }
    assert_eq!(total(), AGENTS as u64 * HOPS);
    for agent in ring.iter() {
        agent.wait().unwrap();
        assert_eq!((agent.queue_len(), *agent.load()), (0, agent.version()));
    }
}
