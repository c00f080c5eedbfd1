//! What atoms tell about contention.

use std::thread;

use heptad::{Atom, metrics};

/// Lets the first `times` runs of a closure lose.
fn swap_that_loses(atom: &Atom<u64>, times: u64) -> u32 {
    let mut runs = 0;
    let line = line!() + 1;
    atom.swap(|n| {
        runs += 1;
        if runs <= times {
            thread::scope(|threads| drop(threads.spawn(|| atom.swap(|n| n + 1))));
        }
        n + 1
    });
    line
}

#[test]
fn an_atom_without_conflicts_has_only_attempts() {
    let atom = Atom::new(0);
    assert_eq!(atom.metrics().attempts, 0);
    for _ in 0..10 {
        atom.swap(|n| n + 1);
    }
    let metrics = atom.metrics();
    assert_eq!((metrics.attempts, metrics.most_attempts), (10, 1));
    assert_eq!(metrics.histogram, [10, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(
        (metrics.conflicts, metrics.escalations, metrics.waits),
        (0, 0, 0)
    );
    assert_eq!((metrics.dropped_claims, metrics.longest_loser), (0, None));
    assert!(metrics.wasted.is_zero());
}

#[test]
fn lost_attempts_are_counted_and_sorted_by_their_number() {
    let atom = Atom::builder().max_attempts(50).build(0);
    // The number of attempts is one more.
    for (losses, bucket) in [
        (1, 1),
        (2, 2),
        (3, 3),
        (4, 4),
        (7, 4),
        (8, 5),
        (16, 6),
        (40, 7),
    ] {
        let before = atom.metrics();
        swap_that_loses(&atom, losses);
        let after = atom.metrics();
        assert_eq!(after.conflicts - before.conflicts, losses);
        assert_eq!(after.attempts - before.attempts, 2 * losses + 1);
        assert_eq!(after.most_attempts, losses + 1);
        assert_eq!(after.histogram[bucket] - before.histogram[bucket], 1);
        assert_eq!(
            after.histogram[0] - before.histogram[0],
            losses,
            "the others won at once"
        );
        assert_eq!(after.histogram.iter().sum::<u64>(), atom.version());
    }
}

#[test]
fn the_longest_loser_is_known_by_the_line_of_its_call() {
    let atom = Atom::builder().max_attempts(2).build(0);
    let line = swap_that_loses(&atom, 2);
    let metrics = atom.metrics();
    let loser = metrics.longest_loser.expect("one has lost");
    assert_eq!(
        (loser.location.file(), loser.location.line()),
        (file!(), line)
    );
    assert_eq!((loser.attempts, loser.wasted), (3, metrics.wasted));
    let text = metrics.to_string();
    assert!(
        text.starts_with("5 attempts, 2 lost, 1 turns, 0 waits"),
        "{text}"
    );
    assert!(text.contains(&format!("{}:{line}:", file!())), "{text}");
}

#[test]
fn named_identities_are_listed_while_they_exist() {
    const NAME: &str = "listed while it exists";
    let listed = || {
        let mut all = metrics::snapshot();
        all.retain(|one| &*one.name == NAME);
        all
    };
    let (atom, other) = (
        Atom::builder().name(NAME).build(0),
        Atom::builder().name(NAME).max_attempts(1).build(0),
    );
    let _unnamed = Atom::<u64>::builder().max_attempts(7).build(0);
    swap_that_loses(&other, 1);
    let both = listed();
    assert_eq!(both.len(), 2);
    let counter = |index: usize, name| {
        let found = both[index].counters.iter().find(|(it, _)| *it == name);
        found.expect("a counter of this name").1
    };
    assert_eq!((counter(0, "conflicts"), counter(1, "conflicts")), (0, 1));
    assert_eq!(
        (counter(0, "escalations"), counter(1, "escalations")),
        (0, 1)
    );
    assert_eq!(both[1].kind, "atom");
    assert!(both[0].longest_loser.is_none() && both[1].longest_loser.is_some());

    drop(atom);
    assert_eq!(listed().len(), 1);
    drop(other);
    assert_eq!(listed().len(), 0);
    // Nor do the places of those that are gone stay for ever.
    for _ in 0..10_000 {
        drop(Atom::builder().name(NAME).build(0));
    }
    assert_eq!(listed().len(), 0);
}

#[test]
fn an_update_that_lost_and_then_refused_hides_no_other_in_the_histogram() {
    let atom = Atom::new(0);
    let refused = atom.try_swap(|n| {
        if *n > 0 {
            return Err("refused");
        }
        thread::scope(|threads| {
            threads.spawn(|| atom.reset(5));
        });
        Ok(n + 1)
    });
    assert!(refused.is_err());
    let metrics = atom.metrics();
    // The reset, which won at once, and the one that refused in its second attempt.
    assert_eq!(metrics.histogram[..3], [1, 1, 0]);
    assert_eq!((metrics.conflicts, metrics.attempts), (1, 2));
}
