//! The pool alone: who runs what, and what happens when the system has no more threads.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::Duration;

use super::pool::{Limits, NoThreads, Pool, Threads, ThreadsOfTheSystem};
use super::{AnyWork, Next, Place, Work};

type Part = Box<dyn Fn(Place) + Send + Sync>;

/// A work that is done after one part.
struct Once(Part);

impl Work for Once {
    fn run(&self, place: Place) -> Next {
        (self.0)(place);
        Next::Nothing
    }

    fn abandoned(&self) -> Next {
        Next::Nothing
    }
}

fn once(part: impl Fn(Place) + Send + Sync + 'static) -> AnyWork {
    Arc::new(Once(Box::new(part)))
}

/// A system that gives so many threads and then no more.
struct Scarce {
    left: AtomicUsize,
    refused: AtomicUsize,
}

impl Threads for Arc<Scarce> {
    fn start(&self, name: String, body: Box<dyn FnOnce() + Send>) -> io::Result<()> {
        let take = |left: usize| left.checked_sub(1);
        if self.left.fetch_update(SeqCst, SeqCst, take).is_err() {
            self.refused.fetch_add(1, SeqCst);
            return Err(io::Error::other("injected"));
        }
        ThreadsOfTheSystem.start(name, body)
    }
}

fn pool(
    most_threads: usize,
    end_after: Option<Duration>,
    threads: Box<dyn Threads>,
) -> &'static Pool {
    let limits = Limits {
        name: "tested",
        most_threads,
        idle_threads_end_after: end_after,
    };
    Box::leak(Box::new(Pool::new(limits, threads)))
}

fn scarce(threads: usize) -> Arc<Scarce> {
    Arc::new(Scarce {
        left: AtomicUsize::new(threads),
        refused: AtomicUsize::new(0),
    })
}

#[test]
fn jobs_that_wait_for_each_other_get_a_thread_each() {
    const JOBS: usize = 20;
    let pool = pool(JOBS, None, Box::new(ThreadsOfTheSystem));
    for round in 0..20 {
        let all = Arc::new(Barrier::new(JOBS));
        let (tell, told) = mpsc::channel();
        for _ in 0..JOBS {
            let (all, tell) = (Arc::clone(&all), tell.clone());
            let job = once(move |_| {
                all.wait();
                tell.send(()).unwrap();
            });
            pool.push(job, Place::Blocking).unwrap();
        }
        // Passed only if all of them run at the same time. In later rounds threads are idle,
        // parked or looking.
        for _ in 0..JOBS {
            told.recv_timeout(Duration::from_secs(20)).unwrap();
        }
        if round % 3 == 0 {
            thread::sleep(Duration::from_micros(200));
        }
    }
}

#[test]
fn a_job_never_starts_inside_another_one() {
    thread_local! {
        static INSIDE: AtomicBool = const { AtomicBool::new(false) };
    }
    let pool = pool(2, None, Box::new(ThreadsOfTheSystem));
    let (done, results) = mpsc::channel();
    for _ in 0..200 {
        let done = done.clone();
        let job = once(move |_| {
            let alone = !INSIDE.with(|inside| inside.swap(true, SeqCst));
            thread::sleep(Duration::from_micros(20));
            INSIDE.with(|inside| inside.store(false, SeqCst));
            done.send(alone).unwrap();
        });
        pool.push(job, Place::Worker).unwrap();
    }
    drop(done);
    assert_eq!(results.iter().filter(|alone| *alone).count(), 200);
}

#[test]
fn threads_carry_the_name_of_their_pool_and_a_number() {
    let pool = pool(1, None, Box::new(ThreadsOfTheSystem));
    let (tell, name) = mpsc::channel();
    let job = once(move |_| {
        let name = thread::current().name().map(str::to_owned);
        tell.send(name).unwrap();
    });
    pool.push(job, Place::Worker).unwrap();
    assert_eq!(name.recv().unwrap().as_deref(), Some("tested-1"));
}

#[test]
fn idle_threads_end_and_come_back_when_needed() {
    let pool = pool(
        4,
        Some(Duration::from_millis(1)),
        Box::new(ThreadsOfTheSystem),
    );
    for _ in 0..5 {
        let (tell, told) = mpsc::channel();
        pool.push(once(move |_| tell.send(()).unwrap()), Place::Blocking)
            .unwrap();
        told.recv().unwrap();
        while pool.threads() > 0 {
            thread::yield_now();
        }
    }
    assert!(pool.started() >= 5);
}

#[test]
fn a_job_that_panics_costs_no_thread() {
    let pool = pool(1, None, Box::new(ThreadsOfTheSystem));
    let (tell, told) = mpsc::channel();
    for n in 0..10 {
        let tell = tell.clone();
        let job = once(move |_| {
            tell.send(n).unwrap();
            assert!(n % 2 == 0, "injected");
        });
        pool.push(job, Place::Worker).unwrap();
    }
    drop(tell);
    assert_eq!(told.iter().collect::<Vec<_>>(), (0..10).collect::<Vec<_>>());
    assert_eq!((pool.threads(), pool.started()), (1, 1));
}

#[test]
fn without_a_single_thread_work_stays_queued_until_one_can_be_had() {
    let system = scarce(0);
    let pool = pool(4, None, Box::new(Arc::clone(&system)));
    let (tell, told) = mpsc::channel();
    for _ in 0..3 {
        let tell = tell.clone();
        let pushed = pool.push(once(move |_| tell.send(()).unwrap()), Place::Worker);
        assert_eq!(pushed, Err(NoThreads));
    }
    assert_eq!(pool.retry_starting(), Err(NoThreads));
    assert!(system.refused.load(SeqCst) >= 4 && pool.has_waiting());

    system.left.store(1, SeqCst);
    assert_eq!(pool.retry_starting(), Ok(()));
    for _ in 0..3 {
        told.recv().unwrap();
    }
    assert!(!pool.has_waiting());
}

#[test]
fn with_fewer_threads_than_wanted_work_waits_for_those() {
    let system = scarce(1);
    let pool = pool(4, None, Box::new(Arc::clone(&system)));
    let (tell, told) = mpsc::channel();
    for n in 0..50 {
        let tell = tell.clone();
        let job = once(move |_| {
            thread::sleep(Duration::from_micros(50));
            tell.send(n).unwrap();
        });
        pool.push(job, Place::Worker).unwrap();
    }
    drop(tell);
    assert_eq!(told.iter().count(), 50);
    assert!(system.refused.load(SeqCst) > 0);
}

#[test]
fn what_was_queued_in_vain_can_be_taken_elsewhere() {
    let blocking = pool(4, None, Box::new(scarce(0)));
    let workers = pool(1, None, Box::new(ThreadsOfTheSystem));
    let (tell, told) = mpsc::channel();
    let job = once(move |place| tell.send(place).unwrap());
    assert_eq!(blocking.push(job, Place::Blocking), Err(NoThreads));
    for (work, place) in blocking.take_all() {
        workers.push(work, place).unwrap();
    }
    assert!(!blocking.has_waiting());
    // It is still treated as what it is.
    assert_eq!(told.recv().unwrap(), Place::Blocking);
}

#[test]
fn many_pushers_and_few_threads_lose_no_job() {
    const PUSHERS: usize = 4;
    const JOBS: usize = 5_000;
    let pool = pool(3, None, Box::new(ThreadsOfTheSystem));
    let run = Arc::new(AtomicUsize::new(0));
    let pushers: Vec<_> = (0..PUSHERS)
        .map(|_| {
            let run = Arc::clone(&run);
            thread::spawn(move || {
                for job in 0..JOBS {
                    let run = Arc::clone(&run);
                    let work = once(move |_| {
                        let _ = run.fetch_add(1, SeqCst);
                    });
                    pool.push(work, Place::Worker).unwrap();
                    if job % 64 == 0 {
                        // Long enough for threads to look in vain and to park.
                        thread::sleep(Duration::from_micros(100));
                    }
                }
            })
        })
        .collect();
    for pusher in pushers {
        pusher.join().unwrap();
    }
    while run.load(SeqCst) < PUSHERS * JOBS {
        thread::yield_now();
    }
}
