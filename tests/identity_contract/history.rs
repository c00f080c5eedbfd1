//! History: which versions are kept, and how they are found.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use heptad::identity::{AsOf, History, Keep, Lag};

use crate::counted::{Census, Counted};
use crate::subject::{Subject, on_threads};

fn subject<S: Subject>(census: &Census) -> Arc<S> {
    Arc::new(S::new(census.value(0)))
}

fn versions(history: &History<Counted>) -> Vec<u64> {
    history
        .iter()
        .map(|version| {
            assert_eq!(version.number, version.version());
            version.version()
        })
        .collect()
}

pub(crate) fn the_versions_asked_for_are_kept_and_no_more<S: Subject>() {
    let census = Census::default();
    let subject = subject::<S>(&census);
    subject.keep_history(Keep::nothing().versions(3));
    for version in 1..=20 {
        subject.step();
        let oldest = u64::saturating_sub(version, 3);
        assert!(
            versions(&subject.history())
                .into_iter()
                .eq((oldest..=version).rev())
        );
        census.settle(1 + version.min(3) as i64);
    }
    let history = subject.history();
    assert_eq!(history.len(), 4);
    assert_eq!(
        (history.newest().version(), history.oldest().version()),
        (20, 17)
    );
    assert!(history.newest().time().is_none(), "no times were asked for");
    let now = AsOf::Instant(Instant::now());
    let future = AsOf::Instant(Instant::now() + Duration::from_secs(9));
    for moment in [now, future] {
        assert!(history.as_of(moment).is_err() && subject.as_of(moment).is_err());
    }
}

pub(crate) fn an_identity_without_history_has_its_current_version<S: Subject>() {
    let census = Census::default();
    let subject = subject::<S>(&census);
    let find = |version| subject.as_of(AsOf::Version(version)).map(|v| v.number);
    subject.step();
    assert_eq!(versions(&subject.history()), [1]);
    assert_eq!(find(1), Ok(1));
    assert!(find(0).is_err() && find(2).is_err());
    assert!(subject.as_of(AsOf::Instant(Instant::now())).is_err());
    // Observers of other kinds make no difference.
    let changes = subject.changes(Lag::Latest);
    subject.step();
    assert_eq!(versions(&subject.history()), [2]);
    assert_eq!(find(2), Ok(2));
    drop(changes);
    census.settle(1);
}

pub(crate) fn versions_are_found_by_number<S: Subject>() {
    let subject = subject::<S>(&Census::default());
    subject.keep_history(Keep::nothing().versions(10));
    (0..25).for_each(|_| subject.step());
    for wanted in 0..40 {
        let found = subject.as_of(AsOf::Version(wanted));
        match found {
            Ok(value) => assert_eq!((value.number, value.version()), (wanted, wanted)),
            Err(error) => {
                assert_eq!(error.asked, AsOf::Version(wanted));
                assert_eq!((error.oldest, error.newest), (15, 25));
                assert!(!(15..=25).contains(&wanted));
                let in_short = if wanted > 25 { "yet" } else { "15 to 25" };
                assert!(error.to_string().contains(in_short), "{error}");
            }
        }
    }
}

/// A moment that differs from those before and after.
fn moment() -> Instant {
    let (begin, mut now) = (Instant::now(), Instant::now());
    while now <= begin {
        now = Instant::now();
    }
    let moment = now;
    while now <= moment {
        now = Instant::now();
    }
    moment
}

pub(crate) fn versions_are_found_by_moment<S: Subject>() {
    let subject = subject::<S>(&Census::default());
    let unknown = moment();
    subject.keep_history(Keep::nothing().span(Duration::from_secs(3600)));
    let mut moments = vec![moment()];
    for _ in 0..20 {
        subject.step();
        moments.push(moment());
    }
    let history = subject.history();
    for (version, at) in (0..).zip(&moments) {
        let found = subject.as_of(AsOf::Instant(*at)).unwrap();
        assert_eq!((found.version(), found.number), (version, version));
        assert_eq!(history.as_of(*at).unwrap().version(), version);
    }
    let error = subject.as_of(AsOf::Instant(unknown)).unwrap_err();
    assert_eq!((error.oldest, error.newest), (0, 20));
    let future = Instant::now() + Duration::from_secs(9);
    assert_eq!(subject.as_of(AsOf::Instant(future)).unwrap().version(), 20);
}

pub(crate) fn times_go_up_with_the_versions<S: Subject>() {
    const STEPS: u64 = 1000;
    let subject = subject::<S>(&Census::default());
    subject.keep_history(Keep::nothing().span(Duration::from_secs(3600)));
    let begin = moment();
    on_threads(3, &subject, |subject, _| {
        (0..STEPS).for_each(|_| subject.step());
    });
    let end = moment();
    let history = subject.history();
    assert_eq!(history.len() as u64, 3 * STEPS + 1);
    let mut later = end;
    for version in &history {
        let time = version.time().expect("times are kept");
        assert!(
            time <= later,
            "version {} is later than the next",
            version.version()
        );
        later = time;
        assert_eq!(time >= begin, version.version() > 0);
    }
}

pub(crate) fn a_rule_that_is_changed_holds_at_once<S: Subject>() {
    let census = Census::default();
    let subject = subject::<S>(&census);
    let hour = Duration::from_secs(3600);
    subject.keep_history(Keep::nothing().versions(10));
    (0..20).for_each(|_| subject.step());
    census.settle(11);
    subject.keep_history(Keep::nothing().versions(4));
    census.settle(5);
    assert!(subject.history().oldest().time().is_none());
    // Both rules: what either asks for.
    subject.keep_history(Keep::nothing().versions(2).span(hour));
    (0..5).for_each(|_| subject.step());
    assert_eq!(subject.history().len(), 10);
    assert!(
        subject
            .history()
            .iter()
            .all(|version| version.time().is_some())
    );
    // No time has passed in which an old one could have been the current one.
    subject.keep_history(Keep::nothing().versions(7).span(Duration::ZERO));
    assert_eq!(subject.history().len(), 8);
    // The limit is stronger than both.
    subject.keep_history(Keep::nothing().versions(7).span(hour).at_most(1));
    assert_eq!(subject.history().len(), 2);
    subject.step();
    assert_eq!(subject.history().len(), 2);
    census.settle(2);
    // Nothing, and from nothing.
    subject.keep_history(Keep::nothing());
    census.settle(1);
    assert_eq!(subject.history().len(), 1);
    subject.step();
    census.settle(1);
    subject.keep_history(Keep::nothing().versions(10));
    assert_eq!(subject.history().len(), 1);
    subject.step();
    assert_eq!(versions(&subject.history()), [28, 27]);
}

pub(crate) fn history_outlives_the_identity<S: Subject>() {
    let census = Census::default();
    let subject = subject::<S>(&census);
    subject.keep_history(Keep::nothing().versions(10));
    (0..5).for_each(|_| subject.step());
    let history = subject.history();
    let copy = history.clone();
    drop(subject);
    census.settle(6);
    assert_eq!(versions(&history), [5, 4, 3, 2, 1, 0]);
    drop(history);
    let numbers: Vec<u64> = copy.into_iter().map(|version| version.number).collect();
    assert_eq!(numbers, [5, 4, 3, 2, 1, 0]);
    census.settle(0);
}

pub(crate) fn histories_read_beside_updates_have_no_gaps_and_are_up_to_date<S: Subject>() {
    const MEETINGS: u64 = 100;
    const KEPT: u64 = 20;
    let census = Census::default();
    let subject = subject::<S>(&census);
    subject.keep_history(Keep::nothing().versions(KEPT as usize));
    let readers = AtomicU64::new(2);
    on_threads(4, &subject, |subject, number| {
        if number < 2 {
            while readers.load(SeqCst) > 0 {
                subject.step();
            }
            return;
        }
        let (mut newest, mut met) = (0, 0);
        while met < MEETINGS {
            let loaded = subject.version();
            let history = subject.history();
            let numbers = versions(&history);
            assert!(
                numbers.windows(2).all(|pair| pair[0] == pair[1] + 1),
                "{numbers:?}"
            );
            assert!(numbers[0] >= loaded.max(newest));
            assert_eq!(numbers.len() as u64, 1 + KEPT.min(numbers[0]));
            met += u64::from(numbers[0] > newest);
            newest = numbers[0];

            let loaded = subject.load_full();
            match subject.as_of(AsOf::Version(loaded.version())) {
                Ok(found) => assert!(heptad::Shared::ptr_eq(&found, &loaded)),
                Err(error) => assert!(error.oldest > loaded.version(), "{error}"),
            }
            thread::yield_now();
        }
        readers.fetch_sub(1, SeqCst);
    });
    let newest = subject.version();
    let kept = versions(&subject.history());
    assert!(kept.into_iter().eq((newest - KEPT..=newest).rev()));
    census.settle(1 + KEPT as i64);
    drop(subject);
    census.settle(0);
}
