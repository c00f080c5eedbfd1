//! Waiting for an agent ends when it should, with what happened, and is refused where it could last
//! for ever.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use heptad::identity::{ErrorMode, Queue, WaitError};
use heptad::{Agent, Atom};

/// An agent that is held up until the sender is used or dropped.
fn held_up() -> (Agent<u64>, mpsc::Sender<()>) {
    let (go_on, gate) = mpsc::channel::<()>();
    let agent = Agent::new(0_u64);
    agent
        .send_off(move |n| {
            let _ = gate.recv();
            n + 1
        })
        .unwrap();
    (agent, go_on)
}

#[test]
fn who_waits_finds_everything_that_was_sent_before_done() {
    let agent = Agent::new(0_u64);
    thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| {
                for _ in 0..300 {
                    let done = Arc::new(AtomicBool::new(false));
                    let tell = Arc::clone(&done);
                    let action = move |n: &u64| {
                        tell.store(true, SeqCst);
                        n + 1
                    };
                    agent.send(action).unwrap();
                    agent.wait().unwrap();
                    assert!(done.load(SeqCst));
                }
            });
        }
    });
    assert_eq!((*agent.load(), agent.queue_len()), (1_200, 0));
}

#[test]
fn who_waits_does_not_wait_for_what_is_sent_later() {
    // An agent that is never done: each action sends the next one.
    fn again(agent: &Agent<u64>, stop: Arc<AtomicBool>) {
        let next = agent.clone();
        let action = move |n: &u64| {
            if !stop.load(SeqCst) {
                again(&next, stop);
            }
            n + 1
        };
        agent.send(action).unwrap();
    }
    let (agent, stop) = (Agent::new(0_u64), Arc::new(AtomicBool::new(false)));
    again(&agent, Arc::clone(&stop));
    for _ in 0..100 {
        agent.wait().unwrap();
        assert!(agent.queue_len() > 0, "it goes on");
    }
    stop.store(true, SeqCst);
}

#[test]
fn an_idle_agent_is_not_waited_for() {
    let agent = Agent::new(1);
    agent.wait().unwrap();
    agent.wait_timeout(Duration::ZERO).unwrap();
}

#[test]
fn a_wait_with_a_limit_ends_and_the_actions_go_on() {
    let (agent, go_on) = held_up();
    let timeout = agent.wait_timeout(Duration::from_millis(5));
    assert!(matches!(timeout, Err(WaitError::TimedOut)));
    assert!(timeout.unwrap_err().to_string().contains("they go on"));
    assert_eq!(agent.queue_len(), 1);
    drop(go_on);
    agent.wait_timeout(Duration::MAX).unwrap();
    assert_eq!(*agent.load(), 1);
}

#[test]
fn a_failed_agent_is_not_waited_for() {
    let agent = Agent::new(1);
    agent.send(|_| panic!("injected")).unwrap();
    for _ in 0..3 {
        let Err(WaitError::Failed(error)) = agent.wait() else {
            panic!("it has failed");
        };
        assert_eq!(error.message(), "injected");
    }
    assert!(agent.wait().unwrap_err().to_string().contains("restarted"));
}

#[test]
fn waiting_inside_an_action_is_refused_at_once() {
    let (agent, other) = (Agent::new(0_u64), Agent::new(0_u64));
    let (own, idle) = (agent.clone(), other.clone());
    let (tell, told) = mpsc::channel();
    let try_all = move |n: &u64| {
        for agent in [&own, &idle] {
            tell.send(agent.wait()).unwrap();
            tell.send(agent.wait_timeout(Duration::from_secs(60)))
                .unwrap();
            tell.send(poll_once(agent).expect("ready")).unwrap();
        }
        n + 1
    };
    agent.send(try_all.clone()).unwrap();
    agent.send_off(try_all).unwrap();
    agent.wait().unwrap();
    let results: Vec<_> = told.iter().collect();
    assert_eq!(results.len(), 12);
    for result in results {
        let error = result.expect_err("refused");
        assert!(matches!(error, WaitError::InAction), "{error}");
        assert!(error.to_string().contains("send it an action instead"));
    }
    assert_eq!(*agent.load(), 2);
}

fn poll_once(agent: &Agent<u64>) -> Option<Result<(), WaitError>> {
    let settled = pin!(agent.settled());
    match settled.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => Some(result),
        Poll::Pending => None,
    }
}

#[test]
fn waiting_inside_a_handler_of_errors_is_refused_too() {
    let (tell, told) = mpsc::channel();
    let (other, agent) = (Agent::new(0_u64), Agent::builder());
    let agent = agent
        .continue_on_error(move |_| tell.send(other.wait()).unwrap())
        .build(0_u64);
    agent.send(|_| panic!("injected")).unwrap();
    agent.wait().unwrap();
    assert!(matches!(told.recv(), Ok(Err(WaitError::InAction))));
}

#[test]
fn waiting_inside_the_closure_of_an_update_is_refused_with_its_place() {
    let (agent, atom) = (Agent::new(0_u64), Atom::new(0));
    let mut results = Vec::new();
    let line = line!() + 1;
    atom.swap(|n| {
        results.push(agent.wait());
        results.push(poll_once(&agent).expect("ready"));
        n + 1
    });
    for result in results {
        let Err(WaitError::InUpdate(place)) = &result else {
            panic!("{result:?}");
        };
        assert_eq!((place.file(), place.line()), (file!(), line));
        assert!(
            result
                .unwrap_err()
                .to_string()
                .contains(&format!("{}:{line}:", file!()))
        );
    }
    // Sending is fine there, and waiting afterwards.
    atom.swap(|n| {
        agent.send(|n| n + 1).unwrap();
        n + 1
    });
    agent.wait().unwrap();
    assert_eq!(*agent.load(), 1);
}

#[test]
fn after_an_action_its_thread_is_free_to_wait() {
    // An executor that is the caller: the action runs inside the call of `send_via`.
    let here = Arc::new(heptad::identity::Job::run);
    let agent = Agent::new(0_u64);
    agent.send_via(here.clone(), |n| n + 1).unwrap();
    agent.wait().unwrap();
    agent.send_via(here, |_| panic!("injected")).unwrap();
    assert!(matches!(agent.wait(), Err(WaitError::Failed(_))));
}

struct Unparks(Thread, AtomicUsize);

impl Wake for Unparks {
    fn wake(self: Arc<Self>) {
        self.1.fetch_add(1, SeqCst);
        self.0.unpark();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let unparks = Arc::new(Unparks(thread::current(), AtomicUsize::new(0)));
    let waker = Waker::from(Arc::clone(&unparks));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        thread::park();
    }
}

#[test]
fn tasks_wait_as_threads_do() {
    let agent = Agent::new(0_u64);
    thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| {
                block_on(async {
                    for _ in 0..300 {
                        agent.send(|n| n + 1).unwrap();
                        agent.settled().await.unwrap();
                    }
                });
            });
        }
    });
    assert_eq!(*agent.load(), 1_200);
    agent.send(|_| panic!("injected")).unwrap();
    let failed = block_on(agent.settled());
    assert!(matches!(failed, Err(WaitError::Failed(_))));
}

#[test]
fn a_future_is_ready_when_what_was_sent_before_it_was_made_is_done() {
    let (agent, go_on) = held_up();
    let early = agent.settled();
    let (later_go_on, later_gate) = mpsc::channel::<()>();
    agent
        .send_off(move |n| {
            let _ = later_gate.recv();
            n + 1
        })
        .unwrap();
    let late = agent.settled();
    drop(go_on);
    block_on(early).unwrap();
    assert_eq!(agent.queue_len(), 1, "the later action is held up");
    drop(later_go_on);
    block_on(late).unwrap();
}

#[test]
fn the_waker_of_the_last_poll_is_the_one_that_is_woken() {
    let (agent, go_on) = held_up();
    let wakers = [(); 3].map(|()| Arc::new(Unparks(thread::current(), AtomicUsize::new(0))));
    let mut settled = Box::pin(agent.settled());
    for waker in &wakers {
        let waker = Waker::from(Arc::clone(waker));
        let polled = settled.as_mut().poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending());
    }
    drop(go_on);
    while wakers[2].1.load(SeqCst) == 0 {
        thread::park();
    }
    let waker = Waker::from(Arc::clone(&wakers[2]));
    let polled = settled.as_mut().poll(&mut Context::from_waker(&waker));
    assert!(matches!(polled, Poll::Ready(Ok(()))));
    assert_eq!(wakers.map(|waker| waker.1.load(SeqCst)), [0, 0, 1]);
}

#[test]
fn a_future_that_is_dropped_keeps_no_waker_and_wakes_nobody() {
    let (agent, go_on) = held_up();
    let waker = Arc::new(Unparks(thread::current(), AtomicUsize::new(0)));
    for _ in 0..10 {
        let mut settled = Box::pin(agent.settled());
        let waker = Waker::from(Arc::clone(&waker));
        assert!(
            settled
                .as_mut()
                .poll(&mut Context::from_waker(&waker))
                .is_pending()
        );
    }
    assert_eq!(Arc::strong_count(&waker), 1, "no waker is kept");
    drop(go_on);
    agent.wait().unwrap();
    assert_eq!(waker.1.load(SeqCst), 0);
}

struct PanicsWhenWoken;

impl Wake for PanicsWhenWoken {
    fn wake(self: Arc<Self>) {
        panic!("injected into a waker");
    }
}

#[test]
fn a_waker_that_panics_costs_nobody_else_the_wake_up() {
    let (agent, go_on) = held_up();
    let mut settled: Vec<_> = (0..3).map(|_| Box::pin(agent.settled())).collect();
    for future in &mut settled {
        let waker = Waker::from(Arc::new(PanicsWhenWoken));
        assert!(
            future
                .as_mut()
                .poll(&mut Context::from_waker(&waker))
                .is_pending()
        );
    }
    let woken = Arc::new(Unparks(thread::current(), AtomicUsize::new(0)));
    let mut last = Box::pin(agent.settled());
    let waker = Waker::from(Arc::clone(&woken));
    assert!(
        last.as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
    );
    drop(go_on);
    for _ in 0..2_000 {
        if woken.1.load(SeqCst) > 0 {
            break;
        }
        thread::park_timeout(Duration::from_millis(10));
    }
    assert_eq!(woken.1.load(SeqCst), 1);
    agent.send(|n| n + 1).unwrap();
    agent.wait().unwrap();
    assert_eq!(*agent.load(), 2, "and the agent goes on");
}

#[test]
fn threads_and_tasks_that_wait_for_different_actions_are_all_woken() {
    let agent = Agent::new(0_u64);
    for _ in 0..50 {
        let (go_on, gate) = mpsc::channel::<()>();
        agent
            .send_off(move |n| {
                let _ = gate.recv();
                n + 1
            })
            .unwrap();
        thread::scope(|threads| {
            for waiter in 0..6 {
                agent.send(|n| n + 1).unwrap();
                let agent = &agent;
                let settled = agent.settled();
                threads.spawn(move || {
                    if waiter % 2 == 0 {
                        agent.wait().unwrap();
                    } else {
                        block_on(settled).unwrap();
                    }
                });
            }
            drop(go_on);
        });
        assert_eq!(agent.queue_len(), 0);
    }
}

#[test]
fn who_waits_for_an_agent_whose_queue_is_dropped_is_told() {
    let (agent, go_on) = held_up();
    agent.send(|n| n + 1).unwrap();
    let settled = agent.settled();
    let started = AtomicUsize::new(0);
    thread::scope(|threads| {
        let thread = threads.spawn(|| {
            started.fetch_add(1, SeqCst);
            agent.wait()
        });
        let task = threads.spawn(|| {
            started.fetch_add(1, SeqCst);
            block_on(settled)
        });
        while started.load(SeqCst) < 2 {
            thread::yield_now();
        }
        agent.shutdown(Queue::Clear);
        for waiter in [thread, task] {
            assert!(matches!(waiter.join().unwrap(), Err(WaitError::ShutDown)));
        }
    });
    drop(go_on);
}

/// Waits for an agent when it is dropped, and says what came of it.
struct WaitsWhenDropped(Agent<u64>, mpsc::Sender<Result<(), WaitError>>);

impl Drop for WaitsWhenDropped {
    fn drop(&mut self) {
        // Long, but not for ever, so that waiting for itself is a failure and no hang.
        let _ = self.1.send(self.0.wait_timeout(Duration::from_secs(20)));
    }
}

impl std::fmt::Debug for WaitsWhenDropped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("injected")
    }
}

impl std::fmt::Display for WaitsWhenDropped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("injected")
    }
}

impl std::error::Error for WaitsWhenDropped {}

fn goes_on() -> (
    Agent<u64>,
    WaitsWhenDropped,
    mpsc::Receiver<Result<(), WaitError>>,
) {
    let agent = Agent::builder()
        .error_mode(ErrorMode::Continue)
        .build(0_u64);
    let (tell, told) = mpsc::channel();
    let waits = WaitsWhenDropped(agent.clone(), tell);
    (agent, waits, told)
}

#[test]
fn waiting_while_a_held_send_is_dropped_is_refused() {
    let (agent, waits, told) = goes_on();
    let own = agent.clone();
    agent
        .send(move |_| {
            own.send(move |n| {
                let _waits = &waits;
                n + 1
            })
            .unwrap();
            panic!("injected")
        })
        .unwrap();
    let refused = told.recv().unwrap();
    assert!(matches!(refused, Err(WaitError::InAction)), "{refused:?}");
}

#[test]
fn waiting_while_what_an_action_panicked_with_is_dropped_is_refused() {
    let (agent, waits, told) = goes_on();
    agent
        .send(move |_| std::panic::resume_unwind(Box::new(waits)))
        .unwrap();
    let refused = told.recv().unwrap();
    assert!(matches!(refused, Err(WaitError::InAction)), "{refused:?}");
}

#[test]
fn waiting_while_the_error_of_an_action_is_dropped_is_refused() {
    let (agent, waits, told) = goes_on();
    agent.send_fallible(move |_| Err(waits)).unwrap();
    // The agent keeps the last error, so the next one lets it go.
    agent.send_fallible(|_| Err("another")).unwrap();
    let refused = told.recv().unwrap();
    assert!(matches!(refused, Err(WaitError::InAction)), "{refused:?}");
}

#[test]
fn waiting_while_an_action_is_dropped_that_was_not_run_is_refused() {
    // One that the executor drops.
    let (agent, waits, told) = goes_on();
    let drops = Arc::new(|job: heptad::identity::Job| drop(job));
    agent
        .send_via(drops, move |n| {
            let _waits = &waits;
            n + 1
        })
        .unwrap();
    let refused = told.recv().unwrap();
    assert!(matches!(refused, Err(WaitError::InAction)), "{refused:?}");

    // One of a queue that is cleared.
    let (agent, waits, told) = goes_on();
    let (go_on, gate) = mpsc::channel::<()>();
    agent
        .send_off(move |n| {
            let _ = gate.recv();
            n + 1
        })
        .unwrap();
    agent
        .send(move |n| {
            let _waits = &waits;
            n + 1
        })
        .unwrap();
    agent.shutdown(Queue::Clear);
    drop(go_on);
    let refused = told.recv().unwrap();
    assert!(matches!(refused, Err(WaitError::InAction)), "{refused:?}");
}
