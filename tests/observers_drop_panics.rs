//! Values whose `Drop` panics, and which observers have held last: everybody is told of the update
//! all the same, every other value is dropped, and no stream or history is left half done.
//!
//! One test at a time in here, and a program of its own: with others beside them, one of those
//! could be the call that a panic reaches.

mod bombs;
mod counted;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};

use bombs::{Bomb, alone, flush_all, panics};
use counted::Census;
use heptad::identity::{Keep, Lag};
use heptad::{Agent, Atom};

#[test]
fn a_panic_of_a_value_that_observers_let_go_keeps_nobody_from_being_told() {
    const STEPS: u64 = 500;
    let _alone = alone();
    let census = Census::default();
    let atom = Atom::new(Bomb::new(&census, 0, true));
    let told = Arc::new(AtomicU64::new(0));
    let telling = Arc::clone(&told);
    atom.watch("count", move |_| {
        telling.fetch_add(1, SeqCst);
    });
    atom.keep_history(Keep::nothing().versions(2));
    let unread = atom.changes(Lag::Bounded(5));
    let mut read = atom.changes(Lag::Latest);
    let mut panics_seen = 0;
    for version in 1..=STEPS {
        panics_seen += u32::from(panics(|| {
            atom.reset(Bomb::new(&census, version, version % 3 == 0));
        }));
        assert_eq!(
            (atom.load().version(), told.load(SeqCst)),
            (version, version)
        );
        let kept: Vec<u64> = atom.history().iter().map(|v| v.version()).collect();
        assert!(
            kept.into_iter()
                .eq((version.saturating_sub(2)..=version).rev())
        );
        let mut last = 0;
        panics(|| last = read.recv().map_or(0, |change| change.version()));
        assert!(last == version || read.seen().version() == version);
    }
    assert_eq!(atom.watch_panics(), 0);
    // The first value, and the five that wait.
    panics_seen += flush_all(&census, 1 + 5);
    assert!(panics_seen > 0, "a panic must not be swallowed");
    panics_seen = u32::from(panics(|| drop(unread)));
    panics_seen += flush_all(&census, 3);
    assert!(panics_seen > 0, "the first value is armed");
    drop(read);
    panics_seen = u32::from(panics(|| drop(atom)));
    panics_seen += flush_all(&census, 0);
    assert!(panics_seen > 0, "one of the last three is armed");
}

#[test]
fn an_atom_may_end_while_its_values_and_its_watches_panic() {
    let _alone = alone();
    let census = Census::default();
    let atom = Atom::new(Bomb::new(&census, 0, false));
    atom.keep_history(Keep::nothing().versions(9));
    let mut changes = atom.changes(Lag::Bounded(2));
    let owned = Bomb::new(&census, 99, true);
    atom.watch("owner", move |change| {
        let whole: &Bomb = &owned; // or only its number would be owned
        assert!(change.new.value.number < whole.value.number);
    });
    for version in 1..=6 {
        atom.reset(Bomb::new(&census, version, false));
    }
    assert!(panics(|| drop(atom)), "the watch's own value is armed");
    assert_eq!(changes.recv().map(|change| change.version()), Some(5));
    assert_eq!(changes.recv().map(|change| change.version()), Some(6));
    assert!(changes.recv().is_none());
    flush_all(&census, 1);
    drop(changes);
    flush_all(&census, 0);
}

#[test]
fn a_watch_that_is_removed_while_it_runs_may_panic_when_it_is_dropped() {
    let _alone = alone();
    let census = Census::default();
    let atom = Arc::new(Atom::new(Bomb::new(&census, 0, false)));
    let (own, owned) = (Arc::downgrade(&atom), Bomb::new(&census, 99, true));
    let called = Arc::new(AtomicBool::new(false));
    let calling = Arc::clone(&called);
    atom.watch("once", move |_| {
        let whole: &Bomb = &owned; // as above
        calling.store(whole.armed, SeqCst);
        let own = own.upgrade().expect("it is being updated");
        assert!(own.unwatch("once"));
    });
    assert!(!panics(|| atom.reset(Bomb::new(&census, 1, false))));
    assert!(called.load(SeqCst));
    assert_eq!(atom.watch_panics(), 1, "that of its end");
    flush_all(&census, 1);
    drop(atom);
    flush_all(&census, 0);
}

#[test]
fn a_panic_of_an_old_value_that_history_let_go_does_not_reach_the_agent() {
    let _alone = alone();
    let census = Census::default();
    let first = Bomb::new(&census, 0, false);
    let agent = Agent::builder().keep_versions(1).build(first);
    let told = Arc::new(AtomicU64::new(0));
    let telling = Arc::clone(&told);
    agent.watch("count", move |_| {
        telling.fetch_add(1, SeqCst);
    });
    for _ in 0..200 {
        let next = |old: &Bomb| {
            let number = old.value.number + 1;
            let value = old.value.another(number);
            let armed = number % 3 == 0;
            Bomb { value, armed }
        };
        agent.send(next).unwrap();
    }
    agent.wait().unwrap();
    assert_eq!((agent.load().value.number, told.load(SeqCst)), (200, 200));
    let kept: Vec<u64> = agent
        .history()
        .iter()
        .map(|version| version.value.number)
        .collect();
    assert_eq!(kept, [200, 199]);
    // 198 has been dropped, somewhere in the pool, where its panic went no further.
    flush_all(&census, 2);
    drop(agent);
    flush_all(&census, 0);
}
