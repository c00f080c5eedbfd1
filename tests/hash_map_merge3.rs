//! `merge3` takes what one side changed, asks where both sides changed a key differently, and
//! asks nowhere else.

mod support;

use std::collections::BTreeMap;

use heptad::{HashMap, RandomState, hashmap};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use support::hashers::{Constant, Good, LevelBoundary, LowBits, Seeded};
use support::interp::Hasherly;
use support::strategy::cases;

type Values = [Option<u8>; 3];

/// All combinations of absent and three values in base, ours and theirs.
fn combinations() -> Vec<(u16, Values)> {
    let values = [None, Some(1), Some(2), Some(3)];
    let mut all = vec![];
    for base in values {
        for ours in values {
            for theirs in values {
                all.push((all.len() as u16, [base, ours, theirs]));
            }
        }
    }
    all
}

fn side<S: Hasherly>(all: &[(u16, Values)], which: usize) -> HashMap<u16, u8, S> {
    all.iter()
        .filter_map(|(key, values)| Some((*key, values[which]?)))
        .collect()
}

fn check_all_combinations<S: Hasherly>(resolved: Option<u8>) {
    let all = combinations();
    let [base, ours, theirs] = [0, 1, 2].map(|which| side::<S>(&all, which));
    let mut asked = BTreeMap::new();
    let merged = HashMap::merge3(&base, &ours, &theirs, |key, b, o, t| {
        let again = asked.insert(*key, [b.copied(), o.copied(), t.copied()]);
        assert!(again.is_none(), "key {key} is asked for twice");
        resolved
    });
    let mut conflicts = 0;
    for (key, values) in &all {
        let [b, o, t] = *values;
        let conflict = o != t && o != b && t != b;
        conflicts += usize::from(conflict);
        assert_eq!(
            asked.get(key),
            conflict.then_some(values),
            "asked for {values:?}"
        );
        let expected = if conflict {
            resolved
        } else if o == b {
            t
        } else {
            o
        };
        assert_eq!(merged.get(key).copied(), expected, "{values:?}");
    }
    assert_eq!(conflicts, 24, "the combinations contain conflicts");
    assert_eq!(merged.len(), merged.iter().count());
}

#[test]
fn every_combination_of_absent_and_present() {
    for resolved in [None, Some(9)] {
        check_all_combinations::<RandomState>(resolved);
        check_all_combinations::<Good>(resolved);
        check_all_combinations::<Constant>(resolved);
        check_all_combinations::<LowBits>(resolved);
        check_all_combinations::<LevelBoundary>(resolved);
        check_all_combinations::<Seeded>(resolved);
    }
}

fn never(key: &u16, _: Option<&u8>, _: Option<&u8>, _: Option<&u8>) -> Option<u8> {
    panic!("no conflict at {key}")
}

#[test]
fn an_unchanged_side_gives_the_other() {
    let base: HashMap<u16, u8> = (0..300).map(|k| (k, 0)).collect();
    let mut changed = base.clone();
    changed.retain(|k, _| k % 3 != 0);
    changed.extend((250..400_u16).map(|k| (k, 1_u8)));
    assert_eq!(HashMap::merge3(&base, &changed, &base, never), changed);
    assert_eq!(HashMap::merge3(&base, &base, &changed, never), changed);
    assert_eq!(HashMap::merge3(&base, &changed, &changed, never), changed);
    assert!(
        HashMap::merge3(&base, &base, &base, never).ptr_eq(&base),
        "nothing is copied"
    );
}

#[test]
fn old_versions_stay() {
    let base: HashMap<u16, u8> = (0..100).map(|k| (k, 0)).collect();
    let (ours, theirs) = (base.update(1, 1), base.update(1, 2).without(&50));
    let before = [&base, &ours, &theirs].map(|map| format!("{map:?}"));
    let merged = HashMap::merge3(&base, &ours, &theirs, |_, _, o, t| Some(o? + t?));
    assert_eq!(merged, base.update(1, 3).without(&50));
    assert_eq!(
        [&base, &ours, &theirs].map(|map| format!("{map:?}")),
        before
    );
}

#[test]
fn both_sides_empty_it() {
    let base = hashmap! {1_u16 => 1_u8, 2 => 2};
    let merged = HashMap::merge3(&base, &base.without(&1), &base.without(&2), never);
    assert!(merged.is_empty());
    assert_eq!(merged, HashMap::new());
}

fn sides_may_be_swapped<S: Hasherly>() {
    let edits = || vec((0..200_u16, proptest::option::of(0..3_u8)), 0..60);
    let mut runner = TestRunner::new(cases(32));
    let result = runner.run(&(0..200_u16, edits(), edits()), |(len, ours, theirs)| {
        let base: HashMap<u16, u8, S> = (0..len).map(|k| (k, 0)).collect();
        let edited = |edits: Vec<(u16, Option<u8>)>| {
            let mut map = base.clone();
            for (key, value) in edits {
                match value {
                    Some(value) => drop(map.insert(key, value)),
                    None => drop(map.remove(&key)),
                }
            }
            map
        };
        let (ours, theirs) = (edited(ours), edited(theirs));
        let sum = |_: &u16, _: Option<&u8>, o: Option<&u8>, t: Option<&u8>| Some(o? + t?);
        let merged = HashMap::merge3(&base, &ours, &theirs, sum);
        prop_assert!(merged == HashMap::merge3(&base, &theirs, &ours, sum));
        Ok(())
    });
    if let Err(failure) = result {
        panic!("{failure}");
    }
}

#[test]
fn sides_may_be_swapped_when_the_resolver_allows() {
    sides_may_be_swapped::<RandomState>();
    sides_may_be_swapped::<LevelBoundary>();
    sides_may_be_swapped::<Seeded>();
}

#[test]
fn a_conflict_can_remove_the_key() {
    let base = hashmap! {"k" => 1};
    let merged = HashMap::merge3(
        &base,
        &hashmap! {"k" => 2},
        &hashmap! {"k" => 3},
        |key, b, o, t| {
            assert_eq!((*key, b, o, t), ("k", Some(&1), Some(&2), Some(&3)));
            None
        },
    );
    assert_eq!(merged.get("k"), None);
    assert_eq!(merged.len(), 0);
}
