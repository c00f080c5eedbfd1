//! Observers of atoms: each way to update one is observed, and what is special to atoms. What
//! holds for every identity is in `identity_contract`.

mod counted;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use counted::Census;
use heptad::identity::{Keep, Lag, SwapOnceError, TryRecvError};
use heptad::{Atom, HashMap, HashSet, hashmap, hashset};

fn panic_message(f: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(f)).expect_err("it panics");
    match payload.downcast::<String>() {
        Ok(message) => *message,
        Err(payload) => (*payload.downcast::<&str>().expect("a message")).to_owned(),
    }
}

type Update = fn(&Atom<u64>);

/// Every way to update an atom, by one.
fn all_updates() -> Vec<(&'static str, Update)> {
    vec![
        ("swap", |atom| drop(atom.swap(|n| n + 1))),
        ("swap_vals", |atom| drop(atom.swap_vals(|n| n + 1))),
        ("try_swap", |atom| {
            assert!(atom.try_swap(|n| Ok::<_, ()>(n + 1)).is_ok());
        }),
        ("swap_once", |atom| drop(atom.swap_once(|n| n + 1).unwrap())),
        ("reset", |atom| drop(atom.reset(*atom.load() + 1))),
        ("reset_vals", |atom| drop(atom.reset_vals(*atom.load() + 1))),
        ("try_reset", |atom| {
            assert!(atom.try_reset(*atom.load() + 1).is_ok());
        }),
        ("compare_and_set", |atom| {
            let seen = atom.load_full();
            assert!(atom.compare_and_set(&seen, *seen + 1).is_ok());
        }),
    ]
}

#[test]
fn each_way_to_update_is_told_shown_and_kept() {
    let atom = Atom::builder().keep_versions(99).build(0);
    let told = Arc::new(Mutex::new(Vec::new()));
    let telling = Arc::clone(&told);
    atom.watch("all", move |change| {
        let versions = (change.old.version(), change.version());
        assert_eq!(versions, (*change.old, *change.new));
        telling.lock().unwrap().push(change.version());
    });
    let mut changes = atom.changes(Lag::Bounded(99));
    for (version, (name, update)) in (1..).zip(all_updates()) {
        update(&atom);
        assert_eq!(told.lock().unwrap().last(), Some(&version), "{name}");
        assert_eq!(changes.try_recv().unwrap().version(), version, "{name}");
        assert_eq!(atom.history().len() as u64, version + 1, "{name}");
    }
    assert_eq!(changes.try_recv().unwrap_err(), TryRecvError::Empty);
    assert_eq!(told.lock().unwrap().len(), all_updates().len());
}

#[test]
fn the_atom_is_not_held_while_watches_run() {
    for (name, update) in all_updates() {
        let atom = Arc::new(Atom::new(0));
        let own = Arc::downgrade(&atom);
        atom.watch("another thread", move |change| {
            if *change.new == 1 {
                let own = own.upgrade().expect("it is being updated");
                // Would wait for ever for somebody who holds the atom and waits for it.
                std::thread::scope(|threads| {
                    threads.spawn(|| own.swap_once(|n| n + 10).map(drop).unwrap());
                });
            }
        });
        update(&atom);
        assert_eq!((*atom.load(), atom.watch_panics()), (11, 0), "{name}");
    }
}

#[test]
fn an_update_that_fails_is_not_told() {
    let atom = Atom::builder().keep_versions(99).build(1);
    atom.watch("none", |_| panic!("nothing was published"));
    let mut changes = atom.changes(Lag::Latest);
    assert!(atom.try_swap(|_| Err::<i32, _>("no")).is_err());
    panic_message(|| drop(atom.swap(|_| panic!("injected"))));
    let other = Atom::new(1);
    assert!(atom.compare_and_set(&other.load_full(), 2).is_err());
    assert_eq!(changes.try_recv().unwrap_err(), TryRecvError::Empty);
    assert_eq!((atom.watch_panics(), atom.history().len()), (0, 1));
}

#[test]
fn each_way_to_update_is_held_to_the_validator() {
    let census = Census::default();
    let small = |value: &counted::Counted| match value.number {
        0..10 => Ok(()),
        _ => Err("too large"),
    };
    let atom = Atom::builder().validator(small).build(census.value(1));
    let too_large = || census.value(10);

    let message = panic_message(|| drop(atom.swap(|_| too_large())));
    assert!(
        message.contains("too large") && message.contains("try_swap"),
        "{message}"
    );
    panic_message(|| drop(atom.swap_vals(|_| too_large())));
    panic_message(|| drop(atom.reset(too_large())));
    panic_message(|| drop(atom.reset_vals(too_large())));
    assert!(atom.try_swap(|_| Ok::<_, ()>(too_large())).is_err());
    let once = atom.swap_once(|_| too_large()).map(drop).unwrap_err();
    assert!(matches!(once, SwapOnceError::Invalid(invalid) if invalid.refused.number == 10));
    let invalid = atom.try_reset(too_large()).unwrap_err();
    assert_eq!((invalid.refused.number, invalid.version()), (10, 0));
    let refused = atom
        .compare_and_set(&atom.load_full(), too_large())
        .unwrap_err();
    assert!(!refused.is_beaten());
    assert_eq!((refused.refused.number, refused.current.number), (10, 1));
    drop((invalid, refused));
    assert_eq!((atom.load().number, atom.version()), (1, 0));
    census.settle(1);
}

#[test]
fn a_builder_refuses_a_first_value_that_is_invalid() {
    let census = Census::default();
    let never = |_: &counted::Counted| Err("never");
    let invalid = Atom::builder()
        .name("picky")
        .validator(never)
        .try_build(census.value(1))
        .unwrap_err();
    assert_eq!((invalid.refused.number, invalid.name()), (1, Some("picky")));
    let message = panic_message(|| drop(Atom::builder().validator(never).build(census.value(2))));
    assert!(
        message.contains("never") && message.contains("try_build"),
        "{message}"
    );
    drop(invalid);
    census.settle(0);
}

#[test]
fn a_builder_keeps_history_from_the_first_version_on() {
    let atom = Atom::builder()
        .keep_versions(2)
        .keep_for(Duration::MAX)
        .keep_at_most(3)
        .build(0);
    for number in 1..9 {
        atom.reset(number);
    }
    let history = atom.history();
    let kept: Vec<_> = history.iter().map(|v| (v.version(), **v)).collect();
    assert_eq!(kept, [(8, 8), (7, 7), (6, 6), (5, 5)]);
    assert!(history.iter().all(|version| version.time().is_some()));
}

#[test]
fn a_validator_may_read_the_atom_and_not_update_it() {
    let atom = Arc::new(Atom::new(0));
    let own = Arc::downgrade(&atom);
    atom.set_validator(move |new| {
        let own = own.upgrade().ok_or("it is gone")?;
        if *new > *own.load() {
            Ok(())
        } else {
            Err("not larger")
        }
    })
    .unwrap_err(); // 0 is not larger than itself
    let own = Arc::downgrade(&atom);
    let calls = AtomicU64::new(0);
    atom.set_validator(move |_| {
        if calls.fetch_add(1, SeqCst) > 0 {
            own.upgrade().expect("it is being updated").reset(7);
        }
        Ok::<_, &str>(())
    })
    .unwrap();
    let message = panic_message(|| drop(atom.reset(1)));
    assert!(message.contains("inside its own update"), "{message}");
    assert_eq!((*atom.load(), atom.version()), (0, 0));
}

#[test]
fn a_validator_runs_again_with_the_closure() {
    let (atom, asked) = (Atom::new(0_u64), Arc::new(AtomicU64::new(0)));
    let asking = Arc::clone(&asked);
    atom.set_validator(move |_| {
        asking.fetch_add(1, SeqCst);
        Ok::<_, &str>(())
    })
    .unwrap();
    asked.store(0, SeqCst);
    let runs = Cell::new(0);
    atom.swap(|n| {
        runs.set(runs.get() + 1);
        if runs.get() == 1 {
            std::thread::scope(|threads| {
                threads.spawn(|| atom.reset(10));
            });
        }
        n + 1
    });
    assert_eq!((*atom.load(), runs.get()), (11, 2));
    assert_eq!(asked.load(SeqCst), 3, "two attempts and one reset");
}

#[test]
fn a_watch_inside_the_closure_of_another_update_must_not_update_that_atom() {
    let outer = Arc::new(Atom::new(0));
    let inner = Atom::new(0);
    let forbidden = Arc::clone(&outer);
    inner.watch("forbidden", move |_| drop(forbidden.swap(|n| n + 100)));
    outer.swap(|n| {
        inner.swap(|m| m + 1);
        n + 1
    });
    assert_eq!((*outer.load(), *inner.load()), (1, 1));
    assert_eq!(inner.watch_panics(), 1);
    inner.swap(|m| m + 1);
    assert_eq!(
        (*outer.load(), inner.watch_panics()),
        (101, 1),
        "outside it may"
    );
}

#[test]
fn watches_and_streams_tell_what_changed_in_a_collection() {
    let stock: Atom<HashMap<u32, u32>> = Atom::new((0..10_000).map(|n| (n, n)).collect());
    stock.keep_history(Keep::nothing().versions(9));
    let seen = Arc::new(Mutex::new(Vec::new()));
    let seeing = Arc::clone(&seen);
    stock.watch("diff", move |change| {
        let mut changed = change.diff().map(|item| match item {
            hashmap::DiffItem::Update { new: (key, _), .. } => *key,
            other => panic!("not an update: {other:?}"),
        });
        seeing.lock().unwrap().extend(changed.next());
        assert!(changed.next().is_none());
    });
    let mut changes = stock.changes(Lag::Latest);
    for (round, key) in [(1, 3), (2, 5), (3, 3)] {
        stock.swap(|s| s.update(key, 10_000 + round));
    }
    assert_eq!(
        (&*seen.lock().unwrap(), stock.watch_panics()),
        (&vec![3, 5, 3], 0)
    );
    assert_eq!(changes.recv().unwrap().diff().count(), 2);

    let history = stock.history();
    assert_eq!(history.diff(0_u64, 3_u64).unwrap().count(), 2);
    assert_eq!(history.diff(1_u64, 2_u64).unwrap().count(), 1);
    assert_eq!(history.diff(2_u64, 2_u64).unwrap().count(), 0);
    assert!(history.diff(0_u64, 4_u64).is_err());

    let names = Atom::builder().keep_versions(9).build(hashset! { "ada" });
    names.swap(|n| n.update("grace"));
    names.swap(|n| n.without("ada"));
    let history: heptad::identity::History<HashSet<&str>> = names.history();
    let mut back: Vec<_> = history.diff(2_u64, 0_u64).unwrap().collect();
    back.sort_by_key(|item| matches!(item, hashset::DiffItem::Add(_)));
    assert_eq!(
        back,
        [
            hashset::DiffItem::Remove(&"grace"),
            hashset::DiffItem::Add(&"ada")
        ]
    );
}

#[test]
fn observers_are_where_their_contents_may_be() {
    fn both<X: Send + Sync>() {}
    fn unpin<X: Unpin>() {}
    both::<heptad::identity::Changes<u64>>();
    both::<heptad::identity::Change<u64>>();
    both::<heptad::identity::History<u64>>();
    both::<heptad::identity::Next<'static, u64>>();
    unpin::<heptad::identity::Changes<std::marker::PhantomPinned>>();
}
