//! Every iterator yields exactly `len` entries, says so at each step, stays at its end, and its
//! clone goes on from where it was.

mod support;

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::iter::FusedIterator;

use heptad::{HashMap, HashSet, RandomState};
use support::hashers::{
    Constant, Good, Identity, LastLevels, LevelBoundary, LowBits, Seeded, TopBits,
};
use support::interp::Hasherly;

/// Sizes around those of leaves, and enough for several levels.
const SIZES: [u32; 16] = [0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 300, 1500];

/// Walks to the end with all promises checked; returns what came.
fn walk<I>(mut iterator: I, len: usize) -> Vec<I::Item>
where
    I: ExactSizeIterator + FusedIterator,
{
    let mut items = vec![];
    for left in (0..len).rev() {
        assert_eq!(iterator.len(), left + 1);
        assert_eq!(iterator.size_hint(), (left + 1, Some(left + 1)));
        items.push(iterator.next().expect("another item"));
    }
    for _ in 0..3 {
        assert_eq!(iterator.size_hint(), (0, Some(0)));
        assert!(iterator.next().is_none(), "it stays at its end");
    }
    items
}

/// The same, and clones taken on the way go on with the same items.
fn walk_and_clone<I>(mut iterator: I, len: usize) -> Vec<I::Item>
where
    I: ExactSizeIterator + FusedIterator + Clone,
    I::Item: PartialEq + Debug,
{
    let all = walk(iterator.clone(), len);
    assert_eq!(iterator.clone().count(), len);
    for (at, item) in all.iter().enumerate() {
        if at % 13 == 0 {
            let rest: Vec<_> = iterator.clone().collect();
            assert_eq!(rest, all[at..], "a clone at {at}");
        }
        assert_eq!(iterator.next().as_ref(), Some(item));
    }
    assert!(iterator.clone().next().is_none());
    all
}

fn is_all(mut keys: Vec<u32>, size: u32) -> bool {
    keys.sort_unstable();
    keys.into_iter().eq(0..size)
}

fn map_iterators<S: Hasherly>(size: u32) {
    let len = size as usize;
    let mut map: HashMap<u32, String, S> = (0..size).map(|k| (k, k.to_string())).collect();
    let entries = walk_and_clone(map.iter(), len);
    assert!(entries.iter().all(|(k, v)| k.to_string() == **v));
    assert!(is_all(entries.iter().map(|(k, _)| **k).collect(), size));
    assert!(is_all(
        walk_and_clone(map.keys(), len)
            .into_iter()
            .copied()
            .collect(),
        size
    ));
    let values = walk_and_clone(map.values(), len);
    assert_eq!(values.into_iter().collect::<BTreeSet<_>>().len(), len);
    assert!((&map).into_iter().eq(map.iter()), "by reference");
    assert!(
        map.keys().eq(map.iter().map(|(k, _)| k)),
        "keys and entries, one order"
    );
    assert!(map.iter().eq(map.clone().iter()), "clones have one order");

    let version = map.clone();
    let changed = walk(map.iter_mut(), len);
    changed
        .into_iter()
        .for_each(|(k, v)| *v = format!("changed {k}"));
    assert_eq!(walk((&mut map).into_iter(), len).len(), len);
    assert!(map.iter().all(|(k, v)| *v == format!("changed {k}")));
    assert!(
        version.iter().all(|(k, v)| *v == k.to_string()),
        "the older version stays"
    );

    let kept = version.clone();
    let shared = walk_and_clone(kept.into_iter(), len);
    assert!(
        shared.iter().map(|(k, v)| (k, v)).eq(version.iter()),
        "shared, in one order"
    );
    let owned = walk(map.into_iter(), len);
    assert!(is_all(owned.iter().map(|(k, _)| *k).collect(), size));
    assert!(owned.iter().all(|(k, v)| *v == format!("changed {k}")));
    assert!(
        version.iter().all(|(k, v)| *v == k.to_string()),
        "after the owning iterators too"
    );
}

fn set_iterators<S: Hasherly>(size: u32) {
    let len = size as usize;
    let set: HashSet<u32, S> = (0..size).collect();
    assert!(is_all(
        walk_and_clone(set.iter(), len)
            .into_iter()
            .copied()
            .collect(),
        size
    ));
    assert!((&set).into_iter().eq(set.iter()));
    let version = set.clone();
    assert!(
        is_all(walk_and_clone(version.into_iter(), len), size),
        "shared"
    );
    assert!(is_all(walk(set.into_iter(), len), size), "owned");
}

macro_rules! hashers {
    ($($test:ident: $hasher:ty,)*) => {
        $(
            mod $test {
                use super::*;

                #[test]
                fn of_maps() {
                    SIZES.into_iter().filter(|n| *n <= 300 || stringify!($test) == "good_hash")
                        .for_each(map_iterators::<$hasher>);
                }

                #[test]
                fn of_sets() {
                    SIZES.into_iter().filter(|n| *n <= 300 || stringify!($test) == "good_hash")
                        .for_each(set_iterators::<$hasher>);
                }
            }
        )*
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
fn iterators_over_an_edited_map() {
    let mut map: HashMap<u32, u32> = (0..1000).map(|k| (k, k)).collect();
    for k in 0..1000 {
        let version = map.clone();
        map.remove(&k);
        if k % 50 == 0 {
            assert_eq!(walk(version.iter(), 1000 - k as usize).len(), version.len());
            assert_eq!(
                walk(map.clone().into_iter(), map.len()).len(),
                999 - k as usize
            );
        }
    }
    assert_eq!(walk(map.iter_mut(), 0).len(), 0);
}

#[test]
fn internal_iteration_agrees_with_next() {
    let map: HashMap<u32, u32> = (0..500).map(|k| (k, k)).collect();
    let mut stepped = vec![];
    let mut iterator = map.iter();
    for _ in 0..map.len() {
        stepped.extend(iterator.next());
    }
    let folded = map.iter().fold(vec![], |mut all, entry| {
        all.push(entry);
        all
    });
    assert_eq!(stepped, folded);
    assert_eq!(map.iter().nth(123), stepped.get(123).copied());
    assert_eq!(map.iter().last(), stepped.last().copied());
    assert_eq!(
        map.clone().into_iter().map(|(k, _)| k).sum::<u32>(),
        (0..500).sum()
    );
}

/// The borrow of an item is of the map, not of the iterator.
#[test]
fn items_outlive_their_iterator() {
    let mut map: HashMap<u32, u32> = (0..100).map(|k| (k, 0)).collect();
    let mut all: Vec<&mut u32> = map.iter_mut().map(|(_, v)| v).collect();
    all.iter_mut().for_each(|v| **v += 1);
    all.iter_mut().for_each(|v| **v += 1);
    assert!(
        map.values().all(|v| *v == 2),
        "all at once, each to another value"
    );
}
