//! Validators: what is not published.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use heptad::identity::{Keep, Lag, TryRecvError};

use crate::counted::{Census, Counted};
use crate::subject::{Refusal, Subject, on_threads};

fn subject<S: Subject>(census: &Census) -> Arc<S> {
    Arc::new(S::new(census.value(0)))
}

fn small(value: &Counted) -> Result<(), Refusal> {
    if value.number < 10 {
        Ok(())
    } else {
        Err(format!("{} is too large", value.number).into())
    }
}

/// Makes an update to 99 in every way of being told of one, and fails if there was one.
fn nothing_happens<S: Subject>(census: &Census, subject: &S) {
    let calls = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&calls);
    subject.watch("count", move |_| {
        counted.fetch_add(1, SeqCst);
    });
    subject.keep_history(Keep::nothing().versions(100));
    let mut changes = subject.changes(Lag::Bounded(100));
    let before = (subject.load_full().number, subject.version());
    assert_eq!(subject.update(|old| old.another(99)), Err(()));
    assert_eq!((subject.load_full().number, subject.version()), before);
    assert_eq!(calls.load(SeqCst), 0);
    assert_eq!(changes.try_recv().unwrap_err(), TryRecvError::Empty);
    assert_eq!(subject.history().len(), 1);
    census.settle(1 + subject.refused_values());

    subject.step();
    assert_eq!((subject.version(), calls.load(SeqCst)), (before.1 + 1, 1));
    assert_eq!(
        changes.try_recv().map(|c| c.version()).ok(),
        Some(before.1 + 1)
    );
    subject.unwatch("count");
    subject.keep_history(Keep::nothing());
}

pub(crate) fn what_a_validator_refuses_is_not_published_and_not_told<S: Subject>() {
    let census = Census::default();
    let subject = subject::<S>(&census);
    subject.set_validator(small).unwrap();
    for _ in 0..3 {
        nothing_happens(&census, &*subject);
    }
    census.settle(1 + subject.refused_values());
}

pub(crate) fn a_validator_that_panics_publishes_nothing<S: Subject>() {
    let census = Census::default();
    let subject = subject::<S>(&census);
    let panicking = |value: &Counted| {
        assert!(value.number < 10, "injected");
        Ok(())
    };
    subject.set_validator(panicking).unwrap();
    for _ in 0..3 {
        nothing_happens(&census, &*subject);
    }
    census.settle(1 + subject.refused_values());
}

pub(crate) fn a_validator_that_refuses_the_current_value_is_not_set<S: Subject>() {
    let census = Census::default();
    let subject = subject::<S>(&census);
    let even = |value: &Counted| match value.number % 2 {
        0 => Ok(()),
        _ => Err(Refusal::from("odd")),
    };
    subject.step();
    subject.set_validator(small).unwrap();
    let error = subject.set_validator(even).unwrap_err();
    assert_eq!(
        (error.current.number, error.cause.to_string()),
        (1, "odd".to_owned())
    );
    assert_eq!(
        subject.update(|old| old.another(99)),
        Err(()),
        "the former stays"
    );
    subject.step();
    subject.set_validator(even).unwrap();
    assert_eq!(subject.update(|old| old.another(99)), Err(()));
    assert_eq!(
        subject.update(|old| old.another(98)),
        Ok(()),
        "it was replaced"
    );
    drop(error);
    census.settle(1 + subject.refused_values());
}

pub(crate) fn a_validator_that_panics_at_the_current_value_is_not_set<S: Subject>() {
    let census = Census::default();
    let subject = subject::<S>(&census);
    let setting = || subject.set_validator(|_| panic!("injected"));
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(setting));
    assert!(panicked.is_err());
    subject.step();
    census.settle(1 + subject.refused_values());
}

pub(crate) fn a_validator_that_an_update_beside_it_violates_is_not_set<S: Subject>() {
    for panics in [false, true] {
        let census = Census::default();
        let subject = subject::<S>(&census);
        subject
            .set_validator(|value| match value.number {
                0..100 => Ok(()),
                _ => Err("100 or more".into()),
            })
            .unwrap();
        // Between the first look at the current value and its own beginning.
        let (own, calls) = (Arc::downgrade(&subject), AtomicU64::new(0));
        let setting = || {
            subject.set_validator(move |value| {
                if calls.fetch_add(1, SeqCst) == 0 {
                    let own = own.upgrade().expect("it is there");
                    assert_eq!(own.update(|old| old.another(99)), Ok(()));
                }
                assert!(!panics || value.number < 10, "injected");
                small(value)
            })
        };
        let set = std::panic::catch_unwind(std::panic::AssertUnwindSafe(setting));
        assert_eq!(set.is_err(), panics);
        if let Ok(set) = set {
            assert_eq!(set.unwrap_err().current.number, 99);
        }
        let former = |number| subject.update(move |old| old.another(number));
        assert_eq!((former(100), former(98)), (Err(()), Ok(())));
        census.settle(1 + subject.refused_values());
    }
}

pub(crate) fn of_two_validators_set_at_once_and_both_refused_none_stays<S: Subject>() {
    let census = Census::default();
    let subject = subject::<S>(&census);
    let (placed, is_placed) = mpsc::channel::<()>();
    let (failed, has_failed) = mpsc::channel::<()>();
    let (placed, is_placed) = (Mutex::new(placed), Mutex::new(is_placed));
    let has_failed = Mutex::new(has_failed);
    // Each refuses at its second look, which it has as there was an update after the first.
    let (own, calls) = (Arc::downgrade(&subject), AtomicU64::new(0));
    let second = move |_: &Counted| match calls.fetch_add(1, SeqCst) {
        0 => {
            let own = own.upgrade().expect("it is there");
            assert_eq!(own.update(|old| old.another(7)), Ok(()));
            Ok(())
        }
        1 => {
            placed.lock().unwrap().send(()).unwrap();
            has_failed.lock().unwrap().recv().unwrap();
            Err(Refusal::from("the second refuses"))
        }
        _ => Ok(()),
    };
    let (own, calls) = (Arc::downgrade(&subject), AtomicU64::new(0));
    let (begin, begins) = mpsc::channel::<()>();
    let begin = Mutex::new(begin);
    let first = move |value: &Counted| match calls.fetch_add(1, SeqCst) {
        0 => {
            let own = own.upgrade().expect("it is there");
            assert_eq!(own.update(|old| old.another(5)), Ok(()));
            Ok(())
        }
        1 => {
            begin.lock().unwrap().send(()).unwrap();
            is_placed.lock().unwrap().recv().unwrap();
            Err(Refusal::from("the first refuses"))
        }
        _ => small(value),
    };
    thread::scope(|scope| {
        let setting_first = scope.spawn(|| subject.set_validator(first).unwrap_err());
        begins.recv().unwrap();
        let setting_second = scope.spawn(|| subject.set_validator(second).unwrap_err());
        assert_eq!(setting_first.join().unwrap().current.number, 5);
        failed.send(()).unwrap();
        assert_eq!(setting_second.join().unwrap().current.number, 7);
    });
    assert_eq!(subject.update(|old| old.another(99)), Ok(()));
    assert!(!subject.clear_validator(), "there is none");
    census.settle(1 + subject.refused_values());
}

pub(crate) fn the_former_validator_is_asked_until_the_next_one_is_set<S: Subject>() {
    for refuses in [false, true] {
        let census = Census::default();
        let subject = subject::<S>(&census);
        subject.set_validator(small).unwrap();
        let (own, calls) = (Arc::downgrade(&subject), AtomicU64::new(0));
        let set = subject.set_validator(move |_| {
            let own = || own.upgrade().expect("it is there");
            match calls.fetch_add(1, SeqCst) {
                0 => assert_eq!(own().update(|old| old.another(5)), Ok(())),
                1 => {
                    assert_eq!(own().update(|old| old.another(99)), Err(()));
                    assert_eq!(own().update(|old| old.another(6)), Ok(()));
                    return if refuses {
                        Err("refused".into())
                    } else {
                        Ok(())
                    };
                }
                _ => {}
            }
            Ok(())
        });
        assert_eq!(set.is_err(), refuses);
        let after = subject.update(|old| old.another(99));
        assert_eq!(after.is_err(), refuses);
        drop(set);
        census.settle(1 + subject.refused_values());
    }
}

pub(crate) fn a_cleared_validator_lets_everything_pass<S: Subject>() {
    let census = Census::default();
    let subject = subject::<S>(&census);
    assert!(!subject.clear_validator());
    let kept = census.value(7);
    subject
        .set_validator(move |value| {
            let whole: &Counted = &kept; // or only its number would be owned
            assert_eq!(whole.number, 7);
            small(value)
        })
        .unwrap();
    assert_eq!(subject.update(|old| old.another(99)), Err(()));
    assert!(subject.clear_validator());
    assert!(!subject.clear_validator());
    assert_eq!(subject.update(|old| old.another(99)), Ok(()));
    census.settle(1 + subject.refused_values());
}

pub(crate) fn validators_see_every_value_that_many_threads_publish<S: Subject>() {
    const STEPS: u64 = 1000;
    let census = Census::default();
    let subject = subject::<S>(&census);
    let not_by_seven = |value: &Counted| match value.number % 7 {
        6 => Err(Refusal::from("six mod seven")),
        _ => Ok(()),
    };
    subject.set_validator(not_by_seven).unwrap();
    let told = Arc::new(AtomicU64::new(0));
    let telling = Arc::clone(&told);
    subject.watch("look", move |change| {
        assert_ne!(change.new.number % 7, 6);
        telling.fetch_add(1, SeqCst);
    });
    let (refused, done) = (AtomicU64::new(0), AtomicU64::new(0));
    on_threads(3, &subject, |subject, number| {
        for step in 0..STEPS {
            let amount = 1 + (step + number) % 3;
            match subject.update(move |old| old.another(old.number + amount)) {
                Ok(()) => done.fetch_add(1, SeqCst),
                Err(()) => refused.fetch_add(1, SeqCst),
            };
            thread::yield_now();
        }
    });
    let (refused, done) = (refused.into_inner(), done.into_inner());
    assert!(
        refused > 0 && done > 0,
        "{refused} were refused, {done} made"
    );
    assert_eq!((subject.version(), told.load(SeqCst)), (done, done));
    assert_eq!(subject.watch_panics(), 0);
    census.settle(1 + subject.refused_values());
}
