//! Watches: who is called with what.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::thread;

use crate::counted::{Census, Counted};
use crate::subject::{Subject, on_threads};

fn subject<S: Subject>(census: &Census) -> Arc<S> {
    Arc::new(S::new(census.value(0)))
}

type Told = Arc<Mutex<Vec<(String, u64, u64, u64)>>>;

fn watch<S: Subject>(subject: &S, key: &str, told: &Told) -> bool {
    let told = Arc::clone(told);
    subject.watch(key, move |change| {
        let key = change.key().expect("a watch has a key").to_owned();
        let numbers = (change.old.number, change.new.number);
        assert_eq!(change.skipped(), 0);
        told.lock()
            .unwrap()
            .push((key, numbers.0, numbers.1, change.version()));
    })
}

fn take(told: &Told) -> Vec<(String, u64, u64, u64)> {
    std::mem::take(&mut told.lock().unwrap())
}

fn call(key: &str, version: u64) -> (String, u64, u64, u64) {
    (key.to_owned(), version - 1, version, version)
}

pub(crate) fn a_watch_is_told_of_each_update_with_key_values_and_version<S: Subject>() {
    let census = Census::default();
    let subject = subject::<S>(&census);
    subject.step();
    let told = Told::default();
    watch(&*subject, "a", &told);
    watch(&*subject, "b", &told);
    subject.step();
    subject.step();
    let expected = [call("a", 2), call("b", 2), call("a", 3), call("b", 3)];
    assert_eq!(take(&told), expected);
    drop(subject);
    census.settle(0);
    assert_eq!(Arc::strong_count(&told), 1, "the watches are gone");
}

pub(crate) fn a_watch_is_replaced_and_removed_by_its_key<S: Subject>() {
    let subject = subject::<S>(&Census::default());
    let (first, second) = (Told::default(), Told::default());
    assert!(!subject.unwatch("a"));
    assert!(!watch(&*subject, "a", &first));
    assert!(!watch(&*subject, "b", &first));
    assert!(watch(&*subject, "a", &second));
    subject.step();
    assert_eq!(take(&first), [call("b", 1)]);
    assert_eq!(take(&second), [call("a", 1)]);
    assert!(subject.unwatch("a"));
    assert!(!subject.unwatch("a"));
    assert_eq!(Arc::strong_count(&second), 1);
    subject.step();
    assert_eq!(take(&first), [call("b", 2)]);
    assert_eq!(take(&second), []);
}

pub(crate) fn a_panic_in_a_watch_is_counted_and_stops_nobody<S: Subject>() {
    let census = Census::default();
    let subject = subject::<S>(&census);
    let told = Told::default();
    watch(&*subject, "before", &told);
    subject.watch("bad", |change| {
        // A value in the payload, which is dropped with it.
        let payload = change.new.another(7);
        std::panic::resume_unwind(Box::new(payload));
    });
    watch(&*subject, "after", &told);
    subject.step();
    subject.step();
    let expected = [("before", 1), ("after", 1), ("before", 2), ("after", 2)];
    assert_eq!(
        take(&told),
        expected.map(|(key, version)| call(key, version))
    );
    assert_eq!(subject.watch_panics(), 2);
    assert_eq!((subject.load_full().number, subject.version()), (2, 2));
    census.settle(1);
}

/// A handle for closures that are owned by what it leads to.
fn weak<S: Subject>(subject: &Arc<S>) -> Weak<S> {
    Arc::downgrade(subject)
}

pub(crate) fn a_watch_may_update_its_own_identity<S: Subject>() {
    let census = Census::default();
    let subject = subject::<S>(&census);
    let own = weak(&subject);
    subject.watch("up to ten", move |change| {
        if change.new.number < 10 {
            let own = own.upgrade().expect("it is being updated");
            own.update_from_watch(|old| old.another(old.number + 1));
        }
    });
    subject.step();
    while subject.load_full().number < 10 {
        subject.settle();
    }
    subject.settle();
    assert_eq!((subject.load_full().number, subject.version()), (10, 10));
    assert_eq!(subject.watch_panics(), 0);
    census.settle(1);
}

pub(crate) fn a_watch_may_add_and_remove_watches<S: Subject>() {
    let subject = subject::<S>(&Census::default());
    let told = Told::default();
    let (own, telling) = (weak(&subject), Arc::clone(&told));
    subject.watch("once", move |_| {
        let own = own.upgrade().expect("it is being updated");
        assert!(own.unwatch("once"));
        assert!(!watch(&*own, "follower", &telling));
    });
    subject.step();
    assert_eq!(subject.watch_panics(), 0);
    assert_eq!(take(&told), []);
    subject.step();
    assert_eq!(take(&told), [call("follower", 2)]);
}

pub(crate) fn a_watch_may_give_up_the_last_handle<S: Subject>() {
    let census = Census::default();
    // The one handle is in the watch's reach, and the watch takes it out.
    let last: Arc<OnceLock<Mutex<Option<Arc<S>>>>> = Arc::default();
    let subject = subject::<S>(&census);
    let taken = Arc::clone(&last);
    subject.watch("take", move |_| {
        drop(taken.get().map(|last| last.lock().unwrap().take()));
    });
    last.set(Mutex::new(Some(Arc::clone(&subject)))).ok();
    subject.update_from_watch(|old| old.another(old.number + 1));
    subject.settle();
    drop(subject);
    let emptied = last
        .get()
        .is_some_and(|last| last.lock().unwrap().is_none());
    assert!(emptied, "the watch was called");
    census.settle(0);
}

pub(crate) fn each_update_of_many_threads_is_told_to_each_watch_once<S: Subject>() {
    const THREADS: u64 = 4;
    const STEPS: u64 = 1000;
    let census = Census::default();
    let subject = subject::<S>(&census);
    let told = [Told::default(), Told::default()];
    watch(&*subject, "a", &told[0]);
    watch(&*subject, "b", &told[1]);
    on_threads(THREADS, &subject, |subject, _| {
        for _ in 0..STEPS {
            subject.step();
            thread::yield_now();
        }
    });
    for told in &told {
        let told = take(told);
        assert!(
            told.iter()
                .all(|(_, old, new, version)| old + 1 == *new && new == version)
        );
        let versions: BTreeSet<u64> = told.iter().map(|(.., version)| *version).collect();
        assert_eq!(told.len() as u64, THREADS * STEPS);
        assert!(versions.into_iter().eq(1..=THREADS * STEPS));
    }
    drop(subject);
    census.settle(0);
}

pub(crate) fn watches_come_and_go_while_others_update<S: Subject>() {
    const GUESTS: u64 = 200;
    let census = Census::default();
    let subject = subject::<S>(&census);
    let guests = AtomicU64::new(0);
    let calls = Arc::new(AtomicU64::new(0));
    on_threads(3, &subject, |subject, number| {
        if number < 2 {
            while guests.load(SeqCst) < GUESTS {
                subject.step();
            }
            return;
        }
        let own = subject.load_full();
        for guest in 1..=GUESTS {
            let (telling, kept) = (Arc::clone(&calls), own.another(guest));
            let before = calls.load(SeqCst);
            subject.watch("guest", move |change| {
                let whole: &Counted = &kept; // or only its number would be owned
                assert_eq!((whole.number, change.skipped()), (guest, 0));
                telling.fetch_add(1, SeqCst);
            });
            while calls.load(SeqCst) == before {
                thread::yield_now();
            }
            assert!(subject.unwatch("guest"));
            guests.store(guest, SeqCst);
        }
    });
    assert_eq!(subject.watch_panics(), 0);
    census.settle(1);
}
