//! Values whose `Drop` panics. The panic reaches the call that was dropping the value, which may be
//! any update of any atom, but never a read; every other value is dropped all the same.
//!
//! One test at a time in here, and a program of its own: with others beside them, one of those
//! could be the call that the panic reaches.

mod bombs;
mod counted;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};

use bombs::{Bomb, alone, flush_all, panics};
use counted::{Census, Counted};
use heptad::{Atom, identity};

#[test]
fn a_panic_in_one_drop_costs_no_other_value_its_drop() {
    let _alone = alone();
    let census = Census::default();
    let atom = Atom::new(Bomb::new(&census, 0, false));
    let mut panics_seen = 0;
    for n in 1..=500 {
        let new = Bomb::new(&census, n, n % 7 == 0);
        panics_seen += u32::from(if n % 2 == 0 {
            panics(|| atom.reset(new))
        } else {
            let mut new = Some(new);
            panics(|| atom.swap(|_| new.take().unwrap()))
        });
        assert_eq!((atom.load().value.number, atom.version()), (n, n));
    }
    panics_seen += flush_all(&census, 1);
    assert!(panics_seen > 0, "a panic must not be swallowed");
    assert!(!panics(|| drop(atom)));
    assert_eq!(census.living(), 0);
}

impl fmt::Debug for Bomb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.value.number)
    }
}

#[test]
fn reading_and_printing_drop_no_old_values() {
    let _alone = alone();
    let census = Census::default();
    let atom = Atom::new(Bomb::new(&census, 0, false));
    for n in 1..=500 {
        panics(|| atom.reset(Bomb::new(&census, n, n < 500)));
    }
    let waiting = census.living();
    // So often that the old values would have their turn.
    for _ in 0..1000 {
        let shown = catch_unwind(AssertUnwindSafe(|| format!("{atom:?}")));
        assert_eq!(
            shown.ok().as_deref(),
            Some("Atom { value: 500, version: 500 }")
        );
        assert_eq!(atom.load().value.number, 500);
        assert_eq!(atom.load_full().value.number, 500);
        assert_eq!(atom.with(|bomb| bomb.value.number), 500);
        assert_eq!(atom.version(), 500);
    }
    assert_eq!(census.living(), waiting);
    assert!(flush_all(&census, 1) > 0, "there were none to drop");
}

#[test]
fn the_end_of_a_read_drops_nothing_even_if_nobody_else_holds_the_value() {
    const ATOMS: i64 = 40; // more than a thread protects without counts
    let _alone = alone();
    let census = Census::default();
    let atoms: Vec<_> = (0..ATOMS)
        .map(|_| Atom::new(Bomb::new(&census, 0, true)))
        .collect();
    let replace = || {
        for atom in &atoms {
            assert!(!panics(|| atom.reset(Bomb::new(&census, 1, true))));
        }
        identity::flush();
    };
    let guards: Vec<_> = atoms.iter().map(Atom::load).collect();
    replace();
    assert!(!panics(|| drop(guards)));
    assert_eq!(census.living(), 2 * ATOMS);
    assert!(flush_all(&census, ATOMS) > 0);

    let guards: Vec<_> = atoms.iter().map(Atom::load).collect();
    assert!(!panics(|| atoms[0].with(|_| replace())));
    assert_eq!(census.living(), 2 * ATOMS);
    drop(guards);
    flush_all(&census, ATOMS);
    // A handle is an owner like any other.
    let handle = atoms[0].load_full();
    atoms[0].reset(Bomb::new(&census, 2, false));
    identity::flush();
    assert!(panics(|| drop(handle)));
    assert_eq!(census.living(), ATOMS);
    for atom in atoms {
        panics(|| drop(atom));
    }
    assert_eq!(census.living(), 0);
}

#[test]
fn a_panic_in_the_drop_of_a_lost_value_leaves_the_winner() {
    let _alone = alone();
    let census = Census::default();
    let atom = Atom::new(Bomb::new(&census, 0, false));
    let swap = || {
        atom.swap(|_| {
            std::thread::scope(|threads| {
                threads.spawn(|| atom.reset(Bomb::new(&census, 1, false)));
            });
            Bomb::new(&census, 2, true)
        })
    };
    assert!(panics(swap));
    assert_eq!((atom.load().value.number, atom.version()), (1, 1));
    assert_eq!(flush_all(&census, 1), 0);
}

#[test]
fn a_panic_in_the_drop_of_the_last_value_comes_from_the_drop_of_the_atom() {
    let _alone = alone();
    let census = Census::default();
    let atom = Atom::new(Bomb::new(&census, 0, true));
    assert!(panics(|| drop(atom)));
    assert_eq!(census.living(), 0);

    let atom = Atom::new(Bomb::new(&census, 0, true));
    let handle = atom.load_full();
    assert!(!panics(|| drop(atom)));
    assert!(panics(|| drop(handle)));
    assert_eq!(census.living(), 0);
}

/// What a panic carries, and panics in turn when it is dropped.
struct Payload;

impl Drop for Payload {
    fn drop(&mut self) {
        panic!("injected by a payload");
    }
}

/// A counted value whose `Drop` panics with a [`Payload`].
struct Grenade(#[allow(dead_code, reason = "is counted")] Counted);

impl Drop for Grenade {
    fn drop(&mut self) {
        panic_any(Payload);
    }
}

#[test]
fn panics_that_nobody_sees_cost_no_value_its_drop() {
    let _alone = alone();
    let census = Census::default();
    let atom = Atom::new(Grenade(census.value(0)));
    // Many values get their turn at once: the first panic goes on, the others are discarded.
    for n in 1..500 {
        let result = catch_unwind(AssertUnwindSafe(|| {
            drop(atom.reset(Grenade(census.value(n))))
        }));
        result.unwrap_or_else(std::mem::forget);
    }
    for _ in 0..10_000 {
        if census.living() == 1 {
            break;
        }
        catch_unwind(identity::flush).unwrap_or_else(std::mem::forget);
    }
    assert_eq!(census.living(), 1);
    // `atom` itself goes as its value does.
    catch_unwind(AssertUnwindSafe(|| drop(atom))).unwrap_or_else(std::mem::forget);
    assert_eq!(census.living(), 0);
}
