//! Actions on an executor of the user, whatever that executor does with them.

mod counted;

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use counted::Census;
use heptad::Agent;
use heptad::identity::{Cause, ErrorMode, Executor, Job, Queue, WaitError};

fn here() -> Arc<dyn Executor> {
    Arc::new(Job::run)
}

fn drops_everything() -> Arc<dyn Executor> {
    Arc::new(|job: Job| drop(job))
}

/// One thread that runs jobs until the executor is gone, and its name.
fn event_loop(name: &str) -> Arc<dyn Executor> {
    let (queue, jobs) = mpsc::channel::<Job>();
    let run = move || jobs.iter().for_each(Job::run);
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(run)
        .unwrap();
    let queue = Mutex::new(queue);
    Arc::new(move |job| drop(queue.lock().unwrap().send(job)))
}

fn thread_name() -> String {
    thread::current().name().unwrap_or_default().to_owned()
}

#[test]
fn an_action_runs_on_the_executor_that_it_was_sent_with() {
    let (one, two) = (event_loop("one"), event_loop("two"));
    let agent = Agent::new(Vec::new());
    let log = |names: &Vec<String>| [&names[..], &[thread_name()]].concat();
    for number in 0..60 {
        match number % 3 {
            0 => agent.send_via(Arc::clone(&one), log).unwrap(),
            1 => agent.send_via(Arc::clone(&two), log).unwrap(),
            _ => agent.send(log).unwrap(),
        }
    }
    agent.wait().unwrap();
    for (number, name) in agent.load().iter().enumerate() {
        let expected = ["one", "two", "heptad-worker-"][number % 3];
        assert!(name.starts_with(expected), "{number} on {name}");
    }
}

#[test]
fn an_executor_may_run_jobs_inside_the_call() {
    let (agent, here) = (Agent::new(0_u64), here());
    agent.send_via(Arc::clone(&here), |n| n + 1).unwrap();
    assert_eq!(*agent.load(), 1, "done when the call returns");
    let other: Arc<dyn Executor> = Arc::new(Job::run);
    // Alternately, so that each action is scheduled anew: it must not end in a deep stack.
    for number in 0..20_000 {
        let executor = [&here, &other][number % 2];
        agent.send_via(Arc::clone(executor), |n| n + 1).unwrap();
    }
    // Held up, all of them are queued first.
    let (go_on, gate) = mpsc::channel::<()>();
    agent
        .send_off(move |n| {
            let _ = gate.recv();
            *n
        })
        .unwrap();
    for number in 0..20_000 {
        let executor = [&here, &other][number % 2];
        agent.send_via(Arc::clone(executor), |n| n + 1).unwrap();
    }
    drop(go_on);
    agent.wait().unwrap();
    assert_eq!(*agent.load(), 40_001);
}

#[test]
fn a_job_that_is_dropped_makes_its_action_fail() {
    let census = Census::default();
    let agent = Agent::builder().name("stock").build(7_u64);
    let held = census.value(1);
    let line = line!() + 2;
    agent
        .send_via(drops_everything(), move |n| {
            let held = &held;
            n + held.number
        })
        .unwrap();
    let Err(WaitError::Failed(error)) = agent.wait_timeout(Duration::from_secs(20)) else {
        panic!("nobody ran it");
    };
    assert!(matches!(error.cause(), Cause::Abandoned));
    assert_eq!((error.sent_at().line(), error.version()), (line, 0));
    assert!(error.to_string().contains("was not run: the executor"));
    census.settle(0);
    agent.restart(8, Queue::Keep).unwrap();
    agent.send(|n| n + 1).unwrap();
    agent.wait().unwrap();
    assert_eq!(*agent.load(), 9);
}

#[test]
fn an_executor_that_panics_is_one_that_dropped_the_job() {
    let agent = Agent::new(0_u64);
    let panics: Arc<dyn Executor> = Arc::new(|_: Job| panic!("injected into the executor"));
    agent.send_via(panics, |n| n + 1).unwrap();
    let Err(WaitError::Failed(error)) = agent.wait() else {
        panic!("nobody ran it");
    };
    assert!(matches!(error.cause(), Cause::Abandoned));
}

#[test]
fn an_agent_that_goes_on_runs_what_comes_after_dropped_jobs() {
    let errors = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&errors);
    let agent = Agent::builder()
        .continue_on_error(move |error| {
            assert!(matches!(error.cause(), Cause::Abandoned));
            count.fetch_add(1, SeqCst);
        })
        .build(0_u64);
    // All at once, so that one dropped job is followed by the next: no deep stack here either.
    let (go_on, gate) = mpsc::channel::<()>();
    agent
        .send_off(move |n| {
            let _ = gate.recv();
            *n
        })
        .unwrap();
    let drops = drops_everything();
    for _ in 0..10_000 {
        agent.send_via(Arc::clone(&drops), |n| n + 1).unwrap();
        agent.send(|n| n + 1).unwrap();
    }
    for _ in 0..10_000 {
        agent.send_via(Arc::clone(&drops), |n| n + 1).unwrap();
    }
    drop(go_on);
    agent.wait().unwrap();
    assert_eq!((*agent.load(), errors.load(SeqCst)), (10_000, 20_000));
}

#[test]
fn a_job_that_is_dropped_while_a_panic_unwinds_is_reported_too() {
    let kept: Arc<Mutex<Option<Job>>> = Arc::default();
    let keep = Arc::clone(&kept);
    let keeps: Arc<dyn Executor> = Arc::new(move |job: Job| *keep.lock().unwrap() = Some(job));
    let agent = Agent::builder()
        .error_mode(ErrorMode::Continue)
        .build(0_u64);
    agent.send_via(keeps, |n| n + 1).unwrap();
    let job = kept.lock().unwrap().take().expect("it was given a job");
    let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _job = job;
        panic!("injected")
    }));
    assert!(unwound.is_err());
    agent.send(|n| n + 10).unwrap();
    agent.wait().unwrap();
    assert_eq!((*agent.load(), agent.metrics().failed), (10, 1));
}

#[test]
fn a_job_of_a_cleared_agent_drops_its_action() {
    let kept: Arc<Mutex<Option<Job>>> = Arc::default();
    let keep = Arc::clone(&kept);
    let keeps: Arc<dyn Executor> = Arc::new(move |job: Job| *keep.lock().unwrap() = Some(job));
    let (census, agent) = (Census::default(), Agent::new(0_u64));
    let held = census.value(1);
    agent
        .send_via(keeps, move |n| {
            let held = &held;
            n + held.number
        })
        .unwrap();
    agent.shutdown(Queue::Clear);
    assert!(matches!(agent.wait(), Err(WaitError::ShutDown)));
    assert_eq!(census.living(), 1);
    kept.lock().unwrap().take().expect("a job").run();
    assert_eq!((*agent.load(), agent.queue_len()), (0, 0));
    census.settle(0);
}

#[test]
fn a_panic_inside_a_job_does_not_reach_the_executor() {
    let (tell, told) = mpsc::channel();
    let tell = Mutex::new(tell);
    let notices: Arc<dyn Executor> = Arc::new(move |job: Job| {
        job.run();
        tell.lock().unwrap().send("went on").unwrap();
    });
    let agent = Agent::new(0_u64);
    agent.send_via(notices, |_| panic!("injected")).unwrap();
    assert!(matches!(agent.wait(), Err(WaitError::Failed(_))));
    assert_eq!(told.recv(), Ok("went on"));
}

#[test]
fn a_long_queue_is_given_to_the_executor_in_pieces() {
    let jobs = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&jobs);
    let counts: Arc<dyn Executor> = Arc::new(move |job: Job| {
        count.fetch_add(1, SeqCst);
        job.run();
    });
    let agent = Agent::new(0_u64);
    let (go_on, gate) = mpsc::channel::<()>();
    agent
        .send_off(move |n| {
            let _ = gate.recv();
            *n
        })
        .unwrap();
    for _ in 0..5_000 {
        agent.send_via(Arc::clone(&counts), |n| n + 1).unwrap();
    }
    drop(go_on);
    agent.wait().unwrap();
    let jobs = jobs.load(SeqCst);
    assert!((4..=100).contains(&jobs), "{jobs} jobs");
}

#[test]
fn a_job_of_a_cleared_agent_that_its_executor_drops_counts_as_dropped() {
    let kept: Arc<Mutex<Option<Job>>> = Arc::default();
    let keep = Arc::clone(&kept);
    let keeps: Arc<dyn Executor> = Arc::new(move |job: Job| *keep.lock().unwrap() = Some(job));
    let agent = Agent::new(0_u64);
    agent.send_via(keeps, |n| n + 1).unwrap();
    agent.shutdown(Queue::Clear);
    drop(kept.lock().unwrap().take().expect("a job"));
    let metrics = agent.metrics();
    assert_eq!((metrics.sent, metrics.done, metrics.failed), (1, 0, 0));
    assert_eq!((metrics.dropped, agent.version()), (1, 0));
}

#[test]
fn agents_that_send_to_each_other_via_an_executor_that_runs_at_once_nest_no_deeper() {
    const AGENTS: usize = 100_000;

    thread_local! {
        static DEPTH: Cell<usize> = const { Cell::new(0) };
    }

    struct Chain {
        agents: Vec<Agent<u64>>,
        executor: Arc<dyn Executor>,
    }

    fn step(chain: &Arc<Chain>, at: usize) {
        let Some(agent) = chain.agents.get(at) else {
            return;
        };
        let next = Arc::clone(chain);
        let action = move |n: &u64| {
            step(&next, at + 1);
            n + 1
        };
        let executor = Arc::clone(&chain.executor);
        agent.send_via(executor, action).unwrap();
    }

    let deepest = Arc::new(AtomicUsize::new(0));
    let noted = Arc::clone(&deepest);
    let at_once = move |job: Job| {
        DEPTH.set(DEPTH.get() + 1);
        noted.fetch_max(DEPTH.get(), SeqCst);
        job.run();
        DEPTH.set(DEPTH.get() - 1);
    };
    let chain = Arc::new(Chain {
        agents: (0..AGENTS).map(|_| Agent::new(0)).collect(),
        executor: Arc::new(at_once),
    });
    step(&chain, 0);
    for agent in &chain.agents {
        agent.wait().unwrap();
        assert_eq!(*agent.load(), 1);
    }
    assert_eq!(deepest.load(SeqCst), 1, "no job runs inside another one");
}
