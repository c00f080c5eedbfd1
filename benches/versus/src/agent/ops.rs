//! The rows: throughput of sends, the way there and back, memory.

use std::cell::OnceCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use super::systems::Agents;
use crate::alloc::growth;
use crate::harness::{Entry, Gauge, SHIFT};

/// Sends between two waits.
const BATCH: usize = 100_000;

/// Agents in the row about memory: so many that what is freed late does not count.
const IDLE: usize = 10_000;

/// Far longer than the end of an action takes.
const AFTERWARDS: Duration = Duration::from_millis(20);

/// Actions sent to each agent before the systems are compared.
const COMPARED: u64 = 10;

fn entry<'a, A: Agents>(witness: u64, gauge: Gauge<'a>) -> Entry<'a> {
    Entry {
        system: A::NAME.to_owned(),
        peer: A::PEER,
        witness,
        gauge,
    }
}

/// Millions of actions a second, sent by one thread to so many agents in turn and done.
pub(super) fn send<A: Agents + 'static>(agents: usize) -> Entry<'static> {
    let system = A::start();
    let agents: Vec<_> = (0..agents).map(|_| system.spawn()).collect();
    for _ in 0..COMPARED {
        agents.iter().for_each(|agent| system.send(agent));
    }
    let witness = system.settle_all(&agents);
    let mut state = witness;
    let sample = move || {
        let start = Instant::now();
        let mut sent = 0;
        while start.elapsed() < SHIFT {
            let turns = agents.iter().cycle().take(BATCH);
            turns.for_each(|agent| system.send(agent));
            sent += BATCH as u64;
            let settled = system.settle_all(&agents);
            assert_eq!(settled, state + sent, "every action was done, once");
        }
        state += sent;
        sent as f64 / start.elapsed().as_secs_f64() / 1e6
    };
    entry::<A>(witness, Gauge::Value(Box::new(sample)))
}

/// The time from a send until its result is known to the sender.
pub(super) fn send_await<A: Agents + 'static>() -> Entry<'static> {
    let system = A::start();
    let agent = system.spawn();
    let send_and_wait = move || system.send_and_settle(&agent);
    let witness = (0..COMPARED).map(|_| send_and_wait()).sum();
    let mut done = COMPARED;
    let run = move |iterations| {
        let start = Instant::now();
        for _ in 0..iterations {
            done += 1;
            assert_eq!(send_and_wait(), done, "what was sent has been done");
        }
        start.elapsed()
    };
    let gauge = Gauge::Time {
        operations: 1,
        run: Box::new(run),
    };
    entry::<A>(witness, gauge)
}

/// What an agent keeps allocated that has done one action, has none to do, and was never waited for.
pub(super) fn bytes_idle<A: Agents + 'static>() -> Entry<'static> {
    let known = OnceCell::new();
    let sample = move || *known.get_or_init(idle_bytes::<A>);
    entry::<A>(0, Gauge::Value(Box::new(sample)))
}

fn idle_bytes<A: Agents>() -> f64 {
    let system = A::start();
    let done = Arc::new(AtomicUsize::new(0));
    let mut agents = Vec::with_capacity(IDLE);
    let ((), bytes) = growth(|| {
        for _ in 0..IDLE {
            let agent = system.spawn();
            system.send_counted(&agent, &done);
            agents.push(agent);
        }
        while done.load(Relaxed) < IDLE {
            thread::sleep(AFTERWARDS);
        }
        // What follows the last actions: their results are published, their closures freed.
        thread::sleep(AFTERWARDS);
    });
    let settled = system.settle_all(&agents);
    assert_eq!(settled, IDLE as u64, "every action was done, once");
    bytes as f64 / IDLE as f64
}
