//! What the closure of an update may do with atoms.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use heptad::{Atom, Shared};

/// The message of the panic of `f`.
fn message_of(f: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(f)).expect_err("it must be refused");
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast::<&str>().unwrap()).to_owned(),
    }
}

/// A closure that would run for ever if its atom let it.
fn at_most_three_runs(runs: &mut u32) {
    *runs += 1;
    assert!(*runs <= 3, "the closure runs again and again");
}

#[test]
fn an_update_inside_its_own_closure_is_refused_with_both_places() {
    let (atom, mut runs) = (Atom::new(1), 0);
    let seen = atom.load_full();

    let (mut outer, mut inner) = (0, 0);
    let message = message_of(|| {
        outer = line!() + 1;
        atom.swap(|n| {
            at_most_three_runs(&mut runs);
            inner = line!() + 1;
            atom.swap(|m| m + 1);
            n + 1
        });
    });
    for line in [outer, inner] {
        let place = format!("{}:{line}:", file!());
        assert!(message.contains(&place), "{place} is not in: {message}");
    }
    assert!(message.contains("inside its own update"));
    assert!(message.contains("return the new value from the closure"));

    let updates: [&dyn Fn() -> i32; 3] = [
        &|| *atom.reset(2),
        &|| *atom.swap_vals(|n| n + 1).1,
        &|| *atom.compare_and_set(&seen, 2).unwrap(),
    ];
    for update in updates {
        let refusal = message_of(|| drop(atom.swap_vals(|_| update())));
        assert!(refusal.contains("inside its own update"), "{refusal}");
    }

    assert_eq!(
        (*atom.load(), atom.version()),
        (1, 0),
        "refused before anything happened"
    );
    assert_eq!(*atom.swap(|n| n + 1), 2, "and fine afterwards");
}

#[test]
fn an_update_of_the_same_atom_is_refused_through_another_atom_too() {
    let (outer, inner) = (Atom::new(1), Atom::new(1));
    let mut runs = 0;
    let refusal = message_of(|| {
        outer.swap(|_| {
            *inner.swap(|_| {
                at_most_three_runs(&mut runs);
                *outer.reset(2)
            })
        });
    });
    assert!(refusal.contains("inside its own update"), "{refusal}");
    assert_eq!((*outer.load(), *inner.load()), (1, 1));
    // The chain of running updates is as it was: both may be updated, one inside the other.
    outer.swap(|n| n + *inner.swap(|m| m + 1));
    assert_eq!((*outer.load(), *inner.load()), (3, 2));
}

#[test]
fn a_closure_may_read_its_own_atom_and_update_others() {
    let (atom, log) = (Atom::new(10), Atom::new(Vec::new()));
    let new: Shared<i32> = atom.swap(|n| {
        log.swap(|entries| [&entries[..], &[*atom.load()]].concat());
        assert_eq!(atom.version(), 0);
        n + atom.with(|m| *m)
    });
    assert_eq!((*new, &log.load()[..]), (20, &[10][..]));
}

#[test]
fn reading_is_no_update_so_with_may_update_its_own_atom() {
    let atom = Atom::new(1);
    let sum = atom.with(|before| before + *atom.swap(|n| n + 1));
    assert_eq!((sum, *atom.load()), (3, 2));
}

#[test]
fn other_threads_may_update_the_atom_meanwhile() {
    let (atom, mut runs) = (Atom::new(0), 0);
    atom.swap(|n| {
        runs += 1;
        if runs == 1 {
            thread::scope(|threads| {
                threads.spawn(|| atom.swap(|n| n + 10));
            });
        }
        n + 1
    });
    assert_eq!((*atom.load(), runs), (11, 2));
}
