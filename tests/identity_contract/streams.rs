//! `changes()`: what readers are shown.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use heptad::identity::{Change, Changes, Lag, TryRecvError};

use crate::counted::{Census, Counted};
use crate::subject::{Subject, on_threads};

fn subject<S: Subject>(census: &Census) -> Arc<S> {
    Arc::new(S::new(census.value(0)))
}

/// Fails unless the change leads on from `at`; returns what it leads to.
fn leads_on(change: &Change<Counted>, at: u64) -> u64 {
    assert_eq!(change.old.version(), at, "changes lead on from each other");
    assert_eq!(change.version(), at + change.skipped() + 1);
    // Every update adds one.
    assert_eq!(change.old.number, change.old.version());
    assert_eq!(change.new.number, change.version());
    assert_eq!(change.key(), None);
    change.version()
}

pub(crate) fn each_update_is_shown_once_and_in_order<S: Subject>() {
    const THREADS: u64 = 4;
    const STEPS: u64 = 2000;
    let census = Census::default();
    let subject = subject::<S>(&census);
    let concurrent: Vec<_> = (0..2)
        .map(|_| subject.changes(Lag::Bounded(usize::MAX)))
        .map(|changes| {
            thread::spawn(move || {
                let mut at = 0;
                for change in changes {
                    assert_eq!(change.skipped(), 0);
                    at = leads_on(&change, at);
                }
                at
            })
        })
        .collect();
    let mut later = subject.changes(Lag::Bounded(usize::MAX));
    on_threads(THREADS, &subject, |subject, _| {
        (0..STEPS).for_each(|_| subject.step());
    });

    for version in 1..=THREADS * STEPS {
        let change = later.try_recv().expect("everything was kept");
        assert_eq!(leads_on(&change, version - 1), version);
    }
    assert_eq!(later.try_recv().unwrap_err(), TryRecvError::Empty);
    drop(subject);
    for reader in concurrent {
        assert_eq!(reader.join().unwrap(), THREADS * STEPS);
    }
    drop(later);
    census.settle(0);
}

pub(crate) fn what_a_slow_reader_is_not_shown_is_counted<S: Subject>() {
    const THREADS: u64 = 3;
    const STEPS: u64 = 2000;
    for lag in [
        Lag::Latest,
        Lag::Bounded(0),
        Lag::Bounded(1),
        Lag::Bounded(5),
    ] {
        let census = Census::default();
        let subject = subject::<S>(&census);
        let mut changes = subject.changes(lag);
        let reader = thread::spawn(move || {
            let (mut at, mut shown, mut skipped) = (0, 0, 0);
            while let Some(change) = changes.recv() {
                at = leads_on(&change, at);
                shown += 1;
                skipped += change.skipped();
                thread::yield_now();
            }
            (at, shown, skipped)
        });
        let mut unread = subject.changes(lag);
        on_threads(THREADS, &subject, |subject, _| {
            (0..STEPS).for_each(|_| subject.step());
        });

        let first = unread.try_recv().expect("the last values are kept");
        assert!(first.skipped() > 0, "nothing was skipped");
        let mut at = leads_on(&first, 0);
        while let Ok(change) = unread.try_recv() {
            assert_eq!(change.skipped(), 0, "only what came first is skipped");
            at = leads_on(&change, at);
        }
        assert_eq!(at, THREADS * STEPS);

        drop(subject);
        let (at, shown, skipped) = reader.join().unwrap();
        assert_eq!((at, shown + skipped), (THREADS * STEPS, THREADS * STEPS));
        drop((unread, first));
        census.settle(0);
    }
}

pub(crate) fn the_last_value_is_always_shown<S: Subject>() {
    let subject = subject::<S>(&Census::default());
    let mut changes = subject.changes(Lag::Latest);
    for round in 1..=100 {
        subject.step();
        subject.step();
        let change = changes.try_recv().expect("there was an update");
        assert_eq!((change.version(), change.skipped()), (2 * round, 1));
        assert_eq!(changes.seen().version(), 2 * round);
    }
}

pub(crate) fn a_stream_begins_with_the_current_value<S: Subject>() {
    let subject = subject::<S>(&Census::default());
    subject.step();
    subject.step();
    let mut changes = subject.changes(Lag::Bounded(10));
    assert_eq!((changes.seen().version(), changes.seen().number), (2, 2));
    assert_eq!(changes.try_recv().unwrap_err(), TryRecvError::Empty);
    let nothing = changes.recv_timeout(Duration::from_millis(1));
    assert_eq!(nothing.unwrap_err(), TryRecvError::Empty);

    let mut second = subject.changes(Lag::Bounded(10));
    subject.step();
    for changes in [&mut changes, &mut second] {
        let change = changes.recv_timeout(Duration::MAX).expect("one is there");
        assert_eq!(leads_on(&change, 2), 3);
    }
}

pub(crate) fn a_reader_who_never_reads_holds_no_more_than_the_limit<S: Subject>() {
    let census = Census::default();
    let subject = subject::<S>(&census);
    let unread = subject.changes(Lag::Bounded(7));
    (0..100).for_each(|_| subject.step());
    // The value that it began with, and seven that wait; the current one is among them.
    census.settle(1 + 7);
    let latest = subject.changes(Lag::Latest);
    (0..100).for_each(|_| subject.step());
    census.settle(2 + 7);
    drop(unread);
    census.settle(2);
    drop(latest);
    census.settle(1);
}

pub(crate) fn the_end_of_the_identity_ends_the_stream_after_what_is_left<S: Subject>() {
    let census = Census::default();
    let subject = subject::<S>(&census);
    let mut changes = subject.changes(Lag::Bounded(3));
    (0..5).for_each(|_| subject.step());
    drop(subject);
    let shown: Vec<u64> = std::iter::from_fn(|| changes.recv())
        .map(|change| change.version())
        .collect();
    assert_eq!(shown, [3, 4, 5]);
    assert_eq!(changes.try_recv().unwrap_err(), TryRecvError::Ended);
    let ended = changes.recv_timeout(Duration::MAX);
    assert_eq!(ended.unwrap_err(), TryRecvError::Ended);
    census.settle(1); // what was seen last
    assert_eq!(changes.seen().number, 5);
    drop(changes);
    census.settle(0);
}

/// A thread that says when it is about to wait.
fn reader(
    mut changes: Changes<Counted>,
    about_to_wait: &Arc<AtomicU64>,
) -> thread::JoinHandle<Vec<u64>> {
    let about_to_wait = Arc::clone(about_to_wait);
    thread::spawn(move || {
        let mut versions = Vec::new();
        loop {
            about_to_wait.fetch_add(1, SeqCst);
            match changes.recv() {
                Some(change) => versions.push(change.version()),
                None => return versions,
            }
        }
    })
}

fn wait_until(what: impl Fn() -> bool) {
    while !what() {
        thread::yield_now();
    }
    // Most likely parked by now; the outcome does not depend on it.
    thread::sleep(Duration::from_millis(2));
}

pub(crate) fn a_parked_reader_is_woken_by_an_update_and_by_the_end<S: Subject>() {
    let subject = subject::<S>(&Census::default());
    let waits = Arc::new(AtomicU64::new(0));
    let reader = reader(subject.changes(Lag::Bounded(9)), &waits);
    for version in 1..=3 {
        wait_until(|| waits.load(SeqCst) == version);
        subject.step();
    }
    wait_until(|| waits.load(SeqCst) == 4);
    drop(subject);
    assert_eq!(reader.join().unwrap(), [1, 2, 3]);
}

/// Unparks the thread that runs the task.
struct Executor {
    thread: Thread,
    woken: AtomicBool,
    wakes: AtomicU64,
}

impl Wake for Executor {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, SeqCst);
        self.wakes.fetch_add(1, SeqCst);
        self.thread.unpark();
    }
}

fn executor() -> (Arc<Executor>, Waker) {
    let executor = Arc::new(Executor {
        thread: thread::current(),
        woken: AtomicBool::new(false),
        wakes: AtomicU64::new(0),
    });
    (Arc::clone(&executor), Waker::from(executor))
}

/// Runs a future on this thread; `pending` is called whenever it has to wait.
fn block_on<F: Future>(future: F, mut pending: impl FnMut()) -> F::Output {
    let (executor, waker) = executor();
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(done) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return done;
        }
        pending();
        while !executor.woken.swap(false, SeqCst) {
            thread::park();
        }
    }
}

pub(crate) fn a_task_is_woken_by_an_update_and_by_the_end<S: Subject>() {
    let subject = subject::<S>(&Census::default());
    let pended = Arc::new(AtomicU64::new(0));
    let mut changes = subject.changes(Lag::Bounded(9));
    let reader = thread::spawn({
        let pended = Arc::clone(&pended);
        move || {
            let read_all = async {
                let mut versions = Vec::new();
                while let Some(change) = changes.next().await {
                    versions.push(change.version());
                }
                versions
            };
            let pending = || {
                pended.fetch_add(1, SeqCst);
            };
            block_on(read_all, pending)
        }
    });
    for version in 1..=3 {
        wait_until(|| pended.load(SeqCst) >= version);
        subject.step();
    }
    wait_until(|| pended.load(SeqCst) >= 4);
    drop(subject);
    assert_eq!(reader.join().unwrap(), [1, 2, 3]);
}

pub(crate) fn a_future_that_is_dropped_loses_no_change<S: Subject>() {
    let subject = subject::<S>(&Census::default());
    let mut changes = subject.changes(Lag::Bounded(9));
    let (executor, waker) = executor();
    let mut context = Context::from_waker(&waker);

    let mut cancelled = changes.next();
    assert!(Pin::new(&mut cancelled).poll(&mut context).is_pending());
    drop(cancelled);
    subject.step();
    assert_eq!(executor.wakes.load(SeqCst), 0, "nobody waits any more");

    // One that was woken and is dropped before it is polled again.
    assert!(changes.try_recv().is_ok());
    let mut woken = changes.next();
    assert!(Pin::new(&mut woken).poll(&mut context).is_pending());
    subject.step();
    assert_eq!(executor.wakes.load(SeqCst), 1);
    drop(woken);
    assert_eq!(changes.try_recv().map(|c| c.version()).ok(), Some(2));

    // Through `Stream`, which has no future that could be dropped.
    let mut stream = Pin::new(&mut changes);
    let poll = |stream: &mut Pin<&mut Changes<Counted>>, context: &mut Context<'_>| {
        futures_core::Stream::poll_next(stream.as_mut(), context).map(|c| c.map(|c| c.version()))
    };
    assert_eq!(poll(&mut stream, &mut context), Poll::Pending);
    subject.step();
    assert_eq!(executor.wakes.load(SeqCst), 2);
    assert_eq!(poll(&mut stream, &mut context), Poll::Ready(Some(3)));
    drop(subject);
    assert!(stream.recv().is_none(), "an agent may end a little later");
    assert_eq!(poll(&mut stream, &mut context), Poll::Ready(None));
}

pub(crate) fn a_stream_that_is_dropped_holds_nothing<S: Subject>() {
    let census = Census::default();
    let subject = subject::<S>(&census);
    let (executor, waker) = executor();
    let mut changes = subject.changes(Lag::Bounded(9));
    assert!(
        Pin::new(&mut changes.next())
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
    );
    (0..5).for_each(|_| subject.step());
    drop(changes);
    census.settle(1);
    drop(waker);
    assert_eq!(Arc::strong_count(&executor), 1, "the waker is gone too");

    // Nobody listens any more, and somebody does again.
    subject.step();
    let mut again = subject.changes(Lag::Bounded(9));
    subject.step();
    assert_eq!(leads_on(&again.recv().unwrap(), 6), 7);
}

pub(crate) fn readers_come_and_go_while_others_update<S: Subject>() {
    const VISITS: u64 = 100;
    let census = Census::default();
    let subject = subject::<S>(&census);
    let guests = AtomicU64::new(2);
    on_threads(4, &subject, |subject, number| {
        if number < 2 {
            while guests.load(SeqCst) > 0 {
                subject.step();
            }
            return;
        }
        for visit in 0..VISITS {
            let mut changes = subject.changes(Lag::Bounded(usize::MAX));
            let mut at = changes.seen().version();
            // Leaves with something unread, most of the time.
            for _ in 0..visit % 4 {
                let change = changes.recv().expect("the identity is there");
                assert_eq!(change.skipped(), 0);
                at = leads_on(&change, at);
            }
        }
        guests.fetch_sub(1, SeqCst);
    });
    drop(subject);
    census.settle(0);
}
