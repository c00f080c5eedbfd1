//! Models of the atom, run through loom: every interleaving of a few threads, and every value that
//! a weak ordering lets a load return.
//!
//! `.ci/with-cfg heptad_loom -- cargo test --profile loom --test loom_atom`; without the cfg this
//! is an empty test. The reclaimer below the atom is the contract as a model
//! (`src/runtime/reclaim/model.rs`), which frees as early as it may.

#![cfg(heptad_loom)]

#[path = "../src/runtime/explore.rs"]
mod explore;
mod watched;

use explore::explore;
use heptad::{Atom, Shared};
use loom::sync::Arc;
use loom::thread;
use watched::{Watched, add};

fn atom() -> Arc<Atom<Watched>> {
    Arc::new(Atom::new(Watched::new(0)))
}

fn spawn(
    atom: &Arc<Atom<Watched>>,
    f: impl FnOnce(&Atom<Watched>) + 'static,
) -> thread::JoinHandle<()> {
    let atom = Arc::clone(atom);
    thread::spawn(move || f(&atom))
}

#[test]
fn two_swappers_lose_no_update() {
    explore(20_000, None, || {
        let atom = atom();
        let other = spawn(&atom, |atom| drop(atom.swap(add(1))));
        atom.swap(add(10));
        other.join().unwrap();
        assert_eq!(atom.with(Watched::get), 11);
        assert_eq!(atom.version(), 2);
    });
}

#[test]
fn three_swappers_lose_no_update() {
    explore(7_000, 3, || {
        let atom = atom();
        let one = spawn(&atom, |atom| drop(atom.swap(add(1))));
        let two = spawn(&atom, |atom| drop(atom.swap(add(10))));
        atom.swap(add(100));
        one.join().unwrap();
        two.join().unwrap();
        assert_eq!(atom.with(Watched::get), 111);
        assert_eq!(atom.version(), 3);
    });
}

#[test]
fn a_reader_beside_a_swapper_sees_a_whole_value_that_still_exists() {
    explore(10_000, None, || {
        let atom = atom();
        let writer = spawn(&atom, |atom| drop(atom.swap(add(1))));
        let seen = atom.load_full();
        assert_eq!(seen.get(), seen.version());
        drop(seen);
        let again = atom.load_full();
        assert_eq!(again.get(), again.version());
        writer.join().unwrap();
    });
}

#[test]
fn a_reader_a_swapper_and_the_end_of_the_atom_do_not_use_what_is_freed() {
    explore(6_000, 5, || {
        let atom = atom();
        let reader = spawn(&atom, |atom| {
            let kept: Shared<Watched> = atom.load_full();
            assert_eq!(kept.get(), kept.version());
        });
        let writer = spawn(&atom, |atom| drop(atom.swap(add(1))));
        drop(atom);
        reader.join().unwrap();
        writer.join().unwrap();
    });
}

#[test]
fn a_version_is_never_read_from_a_freed_value() {
    explore(10_000, None, || {
        let atom = atom();
        let writer = spawn(&atom, |atom| {
            atom.swap(add(1));
            atom.swap(add(1));
        });
        let seen = atom.version();
        assert!(seen <= atom.version(), "versions only grow");
        writer.join().unwrap();
        assert_eq!(atom.version(), 2);
    });
}

#[test]
fn a_handle_outlives_the_update_that_replaced_its_value_on_another_thread() {
    explore(40, None, || {
        let atom = atom();
        let kept = atom.load_full();
        let writer = spawn(&atom, |atom| {
            let (old, new) = atom.swap_vals(add(1));
            assert_eq!((old.get(), new.get()), (0, 1));
        });
        let copy = kept.clone();
        drop(kept);
        assert_eq!(copy.get(), 0);
        drop(copy);
        writer.join().unwrap();
    });
}

#[test]
fn of_two_compare_and_sets_on_one_value_one_wins() {
    explore(100, None, || {
        let atom = atom();
        let expected = atom.load_full();
        let (theirs, winner) = (expected.clone(), Arc::clone(&atom));
        let other = thread::spawn(move || winner.compare_and_set(&theirs, Watched::new(1)).is_ok());
        let mine = match atom.compare_and_set(&expected, Watched::new(2)) {
            Ok(new) => {
                assert_eq!((new.get(), new.version()), (2, 1));
                true
            }
            Err(error) => {
                assert_eq!((error.refused.get(), error.current.get()), (2, 1));
                false
            }
        };
        assert_ne!(mine, other.join().unwrap());
        assert_eq!(atom.version(), 1);
    });
}

#[test]
fn a_new_value_in_the_place_of_a_freed_one_is_not_taken_for_it() {
    explore(10_000, 5, || {
        let atom = atom();
        let other = spawn(&atom, |atom| {
            atom.swap(add(1));
            atom.swap(add(1));
        });
        atom.swap(add(10));
        other.join().unwrap();
        assert_eq!(atom.with(Watched::get), 12);
        assert_eq!(atom.version(), 3);
    });
}

#[test]
fn a_reset_beside_a_swap_is_before_or_after_it() {
    explore(20_000, None, || {
        let atom = atom();
        let other = spawn(&atom, |atom| drop(atom.reset(Watched::new(5))));
        atom.swap(add(1));
        other.join().unwrap();
        assert!(matches!(atom.with(Watched::get), 5 | 6));
        assert_eq!(atom.version(), 2);
    });
}
