//! `diff` tells exactly what changed: for every key, whatever the two maps share, whatever the
//! hasher, and at a cost that follows the changes.

mod support;

use std::collections::{BTreeMap, BTreeSet};

use heptad::hashmap::DiffItem;
use heptad::{HashMap, HashSet, RandomState, hashset};
use proptest::collection::vec;
use proptest::test_runner::TestRunner;
use support::content::{Key, Value};
use support::counted::{Call, CountedKey, CountedValue, calls};
use support::hashers::{
    Constant, Good, Identity, LastLevels, LevelBoundary, LowBits, Seeded, TopBits,
};
use support::interp::Hasherly;
use support::op::DOMAIN;
use support::strategy::cases;

/// Old and new value of every key that `diff` names.
fn changes<S: Hasherly>(
    old: &HashMap<u16, u8, S>,
    new: &HashMap<u16, u8, S>,
) -> BTreeMap<u16, (Option<u8>, Option<u8>)> {
    let mut named = BTreeMap::new();
    for item in old.diff(new) {
        let (key, change) = match item {
            DiffItem::Add(k, v) => (k, (None, Some(*v))),
            DiffItem::Update {
                old: (k, v),
                new: (k2, v2),
            } => {
                assert_eq!(k, k2, "an update is of one key");
                (k, (Some(*v), Some(*v2)))
            }
            DiffItem::Remove(k, v) => (k, (Some(*v), None)),
        };
        assert!(
            named.insert(*key, change).is_none(),
            "key {key} is named twice"
        );
    }
    named
}

fn apply<S: Hasherly>(old: &HashMap<u16, u8, S>, new: &HashMap<u16, u8, S>) -> HashMap<u16, u8, S> {
    let mut result = old.clone();
    for item in old.diff(new) {
        match item {
            DiffItem::Add(k, v) | DiffItem::Update { new: (k, v), .. } => {
                result.insert(*k, *v);
            }
            DiffItem::Remove(k, _) => {
                result.remove(k);
            }
        }
    }
    result
}

fn diff_is_right_for_every_key<S: Hasherly>(old: &HashMap<u16, u8, S>, new: &HashMap<u16, u8, S>) {
    let named = changes(old, new);
    for key in 0..DOMAIN {
        let (before, after) = (old.get(&key).copied(), new.get(&key).copied());
        let expected = (before != after).then_some((before, after));
        assert_eq!(named.get(&key).copied(), expected, "key {key}");
    }
    assert!(
        apply(old, new) == *new,
        "applying the diff gives the new map"
    );
    assert_eq!(
        named.is_empty(),
        old == new,
        "no change means equal, and the reverse"
    );
}

fn check<S: Hasherly>() {
    let entries = || vec((0..DOMAIN, 0..3_u8), 0..200);
    let edits = vec((0..DOMAIN, proptest::option::of(0..3_u8)), 0..40);
    let mut runner = TestRunner::new(cases(32));
    let result = runner.run(&(entries(), edits, entries()), |(old, edits, unrelated)| {
        let old: HashMap<u16, u8, S> = old.into_iter().collect();
        let mut new = old.clone();
        for (key, value) in edits {
            match value {
                Some(value) => drop(new.insert(key, value)),
                None => drop(new.remove(&key)),
            }
        }
        diff_is_right_for_every_key(&old, &new);
        diff_is_right_for_every_key(&new, &old);
        let rebuilt: HashMap<u16, u8, S> = new.iter().map(|(k, v)| (*k, *v)).collect();
        diff_is_right_for_every_key(&new, &rebuilt);
        let unrelated = unrelated.into_iter().collect();
        diff_is_right_for_every_key(&new, &unrelated);
        diff_is_right_for_every_key(&HashMap::default(), &new);
        Ok(())
    });
    if let Err(failure) = result {
        panic!("{failure}");
    }
}

macro_rules! hashers {
    ($($test:ident: $hasher:ty,)*) => {
        mod every_key {
            use super::*;
            $(
                #[test]
                fn $test() {
                    check::<$hasher>();
                }
            )*
        }
    };
}

hashers! {
    constant_hash: Constant,
    low_four_bits: LowBits,
    top_four_bits: TopBits,
    sixty_equal_bits: LastLevels,
    one_leaf_a_level: LevelBoundary,
    identity: Identity,
    good_hash: Good,
    a_seed_a_map: Seeded,
    default_hasher: RandomState,
}

#[test]
fn diff_with_itself_is_empty() {
    for len in [0, 1, 17, 33, 300] {
        let map: HashMap<u16, u8> = (0..len).map(|k| (k, 1)).collect();
        assert_eq!(map.diff(&map).count(), 0);
        assert_eq!(map.diff(&map.clone()).count(), 0);
    }
}

#[test]
fn diff_stays_at_its_end() {
    let old: HashMap<u16, u8> = (0..40).map(|k| (k, 1)).collect();
    let new = old.update(1, 2).without(&7);
    let mut diff = old.diff(&new);
    assert_eq!(diff.by_ref().count(), 2);
    assert!(diff.next().is_none() && diff.next().is_none());
}

#[test]
fn a_diff_outlives_neither_map_but_its_items_may_leave_it() {
    let old: HashMap<u16, u8> = (0..40).map(|k| (k, 1)).collect();
    let new = old.update(3, 9);
    let kept = old.diff(&new).next();
    assert!(matches!(
        kept,
        Some(DiffItem::Update {
            old: (3, 1),
            new: (3, 9)
        })
    ));
}

/// A value that equals nothing, not even itself.
#[derive(Clone, Copy, Debug)]
struct NotEqual;

impl PartialEq for NotEqual {
    fn eq(&self, _: &Self) -> bool {
        false
    }
}

#[test]
fn values_unlike_themselves_are_updates_unless_shared() {
    let build = || -> HashMap<u16, NotEqual> { (0..200).map(|k| (k, NotEqual)).collect() };
    let (map, apart) = (build(), build());
    let updates = map
        .diff(&apart)
        .filter(|item| matches!(item, DiffItem::Update { .. }));
    assert_eq!(updates.count(), 200, "every value differs");
    assert_eq!(
        map.diff(&map.clone()).count(),
        0,
        "what is shared has not changed"
    );
    let mut changed = map.clone();
    changed.remove(&3);
    let removed = map
        .diff(&changed)
        .filter(|item| matches!(item, DiffItem::Remove(3, _)));
    assert_eq!(removed.count(), 1);
    let nan: HashMap<u16, f64> = (0..50).map(|k| (k, f64::NAN)).collect();
    let again: HashMap<u16, f64> = (0..50).map(|k| (k, f64::NAN)).collect();
    assert_eq!(nan.diff(&again).count(), 50);
}

/// How much user code `f` ran: comparisons and hashes.
fn work(f: impl FnOnce()) -> u64 {
    let before = calls(Call::Eq) + calls(Call::Hash);
    f();
    calls(Call::Eq) + calls(Call::Hash) - before
}

#[test]
fn cost_follows_the_changes() {
    let entries = (0..20_000).map(|id| (CountedKey::new(id, 0), CountedValue::new(1)));
    let map: HashMap<CountedKey, CountedValue, Good> = entries.collect();
    assert_eq!(work(|| assert_eq!(map.diff(&map.clone()).count(), 0)), 0);
    let mut changed = map.clone();
    for id in [5, 500, 5000] {
        changed.insert(CountedKey::new(id, 0), CountedValue::new(2));
        changed.remove(&CountedKey::new(id + 1, 0));
        changed.insert(CountedKey::new(id + 30_000, 0), CountedValue::new(3));
    }
    let cost = work(|| assert_eq!(map.diff(&changed).count(), 9));
    assert!(cost > 0, "the changed leaves are compared");
    assert!(
        cost < 5_000,
        "{cost} calls of Hash and Eq for 9 changes among 20,000 entries"
    );
}

#[test]
fn a_set_names_added_and_removed_elements() {
    let old: HashSet<u32> = (0_u32..300).collect();
    let mut new = old.without(&7);
    new.insert(1000);
    let mut named = BTreeSet::new();
    for item in old.diff(&new) {
        named.insert(format!("{item:?}"));
    }
    let expected = ["Add(1000)", "Remove(7)"].map(String::from);
    assert_eq!(named, BTreeSet::from(expected));
    assert_eq!(old.diff(&old.clone()).count(), 0);
    assert_eq!(hashset![1, 2].diff(&hashset![2, 1]).count(), 0);
}
