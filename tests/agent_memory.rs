//! What an agent and a send cost in memory. One test, as the allocator counts for all threads.

#![allow(unsafe_code, reason = "an allocator is an unsafe trait")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use heptad::Agent;

struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);
static LIVING: AtomicUsize = AtomicUsize::new(0);

// SAFETY: hands everything on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, SeqCst);
        LIVING.fetch_add(layout.size(), SeqCst);
        // SAFETY: the caller's contract is the system's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        LIVING.fetch_sub(layout.size(), SeqCst);
        // SAFETY: as above.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn an_idle_agent_is_small_and_a_send_is_one_allocation() {
    const AGENTS: usize = 1_000;
    let mut agents = Vec::with_capacity(AGENTS);
    let before = LIVING.load(SeqCst);
    for number in 0..AGENTS as u64 {
        agents.push(Agent::new(number));
    }
    let each = (LIVING.load(SeqCst) - before) / AGENTS;
    println!("an idle agent takes {each} bytes");
    assert!(each <= 160, "{each} bytes");

    // With a worker and everything that is made at first use. Then one agent is held up, so that
    // nothing but this thread allocates.
    let agent = &agents[0];
    agent.send(|n| n + 1).unwrap();
    agent.wait().unwrap();
    let (go_on, gate) = std::sync::mpsc::channel::<()>();
    let (tell, started) = std::sync::mpsc::channel();
    agent
        .send_off(move |n| {
            tell.send(()).unwrap();
            let _ = gate.recv();
            *n
        })
        .unwrap();
    started.recv().unwrap();
    let (before, captured) = (ALLOCATIONS.load(SeqCst), [1_u64; 4]);
    for _ in 0..100 {
        agent.send(move |n| n + captured[0]).unwrap();
    }
    assert_eq!(ALLOCATIONS.load(SeqCst) - before, 100);
    drop(go_on);
    agent.wait().unwrap();

    // An action makes one node for its value.
    let (before, sends) = (ALLOCATIONS.load(SeqCst), 10_000);
    for _ in 0..sends {
        agent.send(|n| n + 1).unwrap();
    }
    agent.wait().unwrap();
    let each = (ALLOCATIONS.load(SeqCst) - before) as f64 / f64::from(sends);
    println!("a send and its action make {each} allocations");
    assert!(each < 2.5, "{each} allocations");
}
