//! Bugs of hash maps that other libraries shipped, one test each, named by what went wrong.
//! Those of vectors, ordered maps and lists belong to the tests of these.

mod support;

use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};

use heptad::hashmap::{DiffItem, Entry};
use heptad::{HashMap, HashSet};
use support::content::{Key, Plain, Value};
use support::counted::{Call, Census, CountedKey, CountedValue, arm, calls, disarm};
use support::hashers::{Constant, Good, Identity, LastLevels, LevelBoundary, LowBits};
use support::interp::{Hasherly, hash_of};

fn map<S: Hasherly>(keys: impl IntoIterator<Item = u32>) -> HashMap<u32, u32, S> {
    keys.into_iter().map(|key| (key, key)).collect()
}

/// imbl #160, #161, #166
mod diff_steps_past_an_uncompared_entry_after_a_shared_run {
    use super::*;

    fn every_single_change_is_named<S: Hasherly>() {
        let old = map::<S>(0..150);
        for key in 0..150 {
            let changed = old.update(key, 1000);
            assert_ne!(old, changed, "equality does not miss the change of {key}");
            let items: Vec<_> = old.diff(&changed).collect();
            let named = |item: &DiffItem<'_, '_, u32, u32>| matches!(item, DiffItem::Update { new: (k, 1000), .. } if **k == key);
            assert!(
                items.len() == 1 && items.iter().all(named),
                "update of {key}"
            );
            let without = old.without(&key);
            assert_eq!(old.diff(&without).count(), 1, "removal of {key}");
            assert_eq!(without.diff(&old).count(), 1, "addition of {key}");
            // Two changes, the second right behind the first wherever it is.
            let two = without.update((key + 1) % 150, 1000);
            assert_eq!(old.diff(&two).count(), 2, "two changes near {key}");
        }
    }

    #[test]
    fn good_hash() {
        every_single_change_is_named::<Good>();
    }

    #[test]
    fn collisions() {
        every_single_change_is_named::<LowBits>();
        every_single_change_is_named::<LevelBoundary>();
    }

    #[test]
    fn equal_maps_are_equal_whatever_they_share() {
        let old = map::<Good>(0..500);
        for key in 0..500 {
            let back = old.without(&key).update(key, key);
            assert_eq!(back, old, "{key} removed and added again");
            assert_eq!(old, back, "and the reverse");
            assert_eq!(old.diff(&back).count(), 0);
        }
    }
}

/// RUSTSEC-2026-0255, RUSTSEC-2026-0292
#[test]
fn a_panicking_element_drop_leads_to_a_double_free() {
    for size in [1_u16, 5, 17, 40, 200] {
        for nth in [1, 2, u64::from(size), 2 * u64::from(size)] {
            type Map = HashMap<CountedKey, CountedValue, Good>;
            let ways: [fn(Map); 4] = [
                drop,
                |mut map| map.clear(),
                |map| map.into_iter().for_each(drop),
                |mut map| map.retain(|_, _| false),
            ];
            for way in ways {
                let census = Census::start();
                let entries = (0..size).map(|id| (CountedKey::new(id, 0), CountedValue::new(0)));
                let map: HashMap<_, _, Good> = entries.collect();
                arm(Call::Drop, nth);
                let result = catch_unwind(AssertUnwindSafe(|| way(map)));
                assert!(!disarm() && result.is_err(), "the destructor panicked");
                census.finish(&format!("{size} entries, drop {nth}"));
            }
        }
    }
}

/// sized-chunks #11
#[test]
fn a_panic_in_clone_half_way_through_a_node_copy() {
    let census = Census::start();
    let entries = (0..200).map(|id| (CountedKey::new(id, 0), CountedValue::new(u32::from(id))));
    let map: HashMap<CountedKey, CountedValue, Good> = entries.collect();
    let before = calls(Call::Clone);
    drop(map.update(CountedKey::new(7, 0), CountedValue::new(0)));
    let copies = calls(Call::Clone) - before;
    assert!(copies > 2, "a node copy clones several entries");
    for nth in 1..=copies {
        arm(Call::Clone, nth);
        let update = || map.update(CountedKey::new(7, 0), CountedValue::new(0));
        let result = catch_unwind(AssertUnwindSafe(update));
        assert!(!disarm() && result.is_err());
        assert!(map.iter().all(|(k, v)| u32::from(k.id()) == v.n()));
    }
    assert_eq!(map.len(), 200);
    drop(map);
    census.finish("half a node");
}

/// imbl #59
#[test]
fn two_mutable_references_to_one_entry() {
    let mut map = map::<LowBits>(0..300);
    let version = map.clone();
    let all: Vec<(&u32, &mut u32)> = map.iter_mut().collect();
    let addresses: BTreeSet<usize> = all
        .iter()
        .map(|(_, v)| std::ptr::from_ref(&**v).addr())
        .collect();
    assert_eq!(addresses.len(), 300, "each value is lent once");
    let theirs: BTreeSet<usize> = version
        .values()
        .map(|v| std::ptr::from_ref(v).addr())
        .collect();
    assert!(
        addresses.is_disjoint(&theirs),
        "and none that another version owns"
    );
}

/// im #60
#[test]
fn into_iter_skips_entries_with_colliding_hashes() {
    fn all_come<S: Hasherly>() {
        for size in [2, 3, 31, 32, 33, 200] {
            let map = map::<S>(0..size);
            let shared = map.clone();
            for (from, map) in [("shared", shared.clone()), ("owned", map)] {
                let mut keys: Vec<u32> = map.into_iter().map(|(key, _)| key).collect();
                keys.sort_unstable();
                assert!(keys.into_iter().eq(0..size), "{from}, {size} keys");
            }
            assert_eq!(shared.into_iter().count(), size as usize, "the last owner");
        }
    }
    all_come::<Constant>();
    all_come::<LowBits>();
    all_come::<LastLevels>();
    all_come::<LevelBoundary>();
}

/// im #60, the set: what a consuming iterator left behind corrupted memory.
#[test]
fn a_set_iterated_while_shared_and_rebuilt_many_times() {
    let mut set: HashSet<u32, LowBits> = (0..200_u32).collect();
    for round in 0..20 {
        let other: HashSet<u32, LowBits> = set
            .clone()
            .into_iter()
            .filter(|n| n % 20 != round)
            .collect();
        set = set.relative_complement(other.clone()).union(other);
        assert_eq!(set.len(), 200);
    }
}

/// imbl #20, #22; kotlinx.collections.immutable #114, #300
#[test]
fn union_lets_the_larger_map_win() {
    fn self_wins<S: Hasherly>() {
        for (left, right) in [(1, 100), (100, 1), (40, 60), (60, 40), (50, 50)] {
            let a: HashMap<u32, &str, S> = (0..left).map(|key| (key, "self")).collect();
            let b: HashMap<u32, &str, S> = (0..right).map(|key| (key, "other")).collect();
            let union = a.clone().union(b.clone());
            assert_eq!(union.len(), left.max(right) as usize);
            assert!(
                union
                    .iter()
                    .all(|(key, from)| (*from == "self") == (*key < left))
            );
            let sum = a.union_with(b, |x, y| if x == "self" { x } else { y });
            assert_eq!(sum, union);
        }
    }
    self_wins::<Good>();
    self_wins::<Constant>();
    self_wins::<LevelBoundary>();
}

/// Sixty-four bits of hash, of which all but the last agree with those of a collision.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Placed {
    id: u32,
    hash: u64,
}

impl Hash for Placed {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

/// kotlinx #294
#[test]
fn a_collision_node_meets_a_single_entry_at_the_last_level() {
    type Map = HashMap<Placed, u32, Identity>;
    for bit in 0..64 {
        let hash = 0x5555_5555_5555_5555_u64;
        let beside = Placed {
            id: 0,
            hash: hash ^ (1 << bit),
        };
        let collision = (1..60).map(|id| (Placed { id, hash }, id));
        let single: Map = [(beside.clone(), 0)].into_iter().collect();
        let colliding: Map = collision.collect();
        let all = single.clone().union(colliding.clone());
        for union in [all.clone(), colliding.clone().union(single.clone())] {
            assert_eq!((union.len(), union.iter().count()), (60, 60), "bit {bit}");
            assert!(union.get(&beside) == Some(&0) && union == all);
            assert_eq!(union.clone().relative_complement(single.clone()), colliding);
            assert_eq!(union.clone().relative_complement(colliding.clone()), single);
            assert_eq!(union.clone().intersection(single.clone()), single);
        }
        let inserted = colliding.update(beside.clone(), 0);
        assert!(inserted == all && inserted.without(&beside) == colliding);
    }
}

/// kotlinx #198
#[test]
fn equality_depends_on_the_order_inside_a_collision_node() {
    let there = map::<Constant>(0..50);
    let mut back = map::<Constant>((0..80).rev());
    back.retain(|key, _| *key < 50);
    assert!(there.keys().ne(back.keys()), "the orders differ");
    assert_eq!(there, back);
    assert_eq!(back, there);
    assert_eq!(hash_of(&there), hash_of(&back));
    assert_eq!(there.diff(&back).count(), 0);
}

/// kotlinx #57
#[test]
fn an_iterator_fails_on_a_map_of_collisions_only() {
    for size in [1, 2, 16, 17, 32, 33, 500] {
        let mut map = map::<Constant>(0..size);
        assert_eq!(map.iter().count(), size as usize);
        assert_eq!(map.iter_mut().count(), size as usize);
        assert_eq!(map.into_iter().count(), size as usize);
    }
}

/// kotlinx #304: a change of nothing gives another map. Which no-ops heptad can know of: it does
/// not compare values, so an insert of an equal value is a change.
#[test]
fn a_no_op_does_not_return_the_same_map() {
    let map = map::<Good>(0..200);
    assert!(map.without(&1000).ptr_eq(&map));
    assert!(map.alter(|absent| absent, 1000).ptr_eq(&map));
    assert!(map.clone().union(map.clone()).ptr_eq(&map));
    assert!(map.clone().union(HashMap::default()).ptr_eq(&map));
    assert!(map.clone().intersection(map.clone()).ptr_eq(&map));
    assert!(
        map.clone()
            .relative_complement(HashMap::default())
            .ptr_eq(&map)
    );
    let set: HashSet<u32> = (0..200_u32).collect();
    assert!(set.clone().union(set.without(&3)).ptr_eq(&set));
}

/// scala/bug #12047, #12140, #13024
#[test]
fn concat_changes_which_key_object_is_kept() {
    fn of_self<S: Hasherly>() {
        let tagged = |ids: std::ops::Range<u16>, tag| -> HashMap<Plain, u32, S> {
            ids.map(|id| (Plain::new(id, tag), u32::from(tag)))
                .collect()
        };
        let tags = |map: &HashMap<Plain, u32, S>| {
            map.iter().all(|(k, v)| u32::from(k.tag()) == *v) && map.keys().all(|k| k.tag() < 3)
        };
        for (left, right) in [(10, 100), (100, 10), (100, 100)] {
            let (a, b) = (tagged(0..left, 1), tagged(0..right, 2));
            for union in [
                a.clone().union(b.clone()),
                &a + &b,
                [a.clone(), b].into_iter().sum(),
            ] {
                assert!(tags(&union), "key and value are of one entry");
                assert!(
                    union.iter().all(|(k, _)| (k.tag() == 1) == (k.id() < left)),
                    "self's"
                );
            }
            let mut extended = a.clone();
            extended.extend((0..right).map(|id| (Plain::new(id, 2), 2_u32)));
            assert!(
                extended.keys().all(|k| (k.tag() == 1) == (k.id() < left)),
                "as std's"
            );
        }
    }
    of_self::<Good>();
    of_self::<LowBits>();
}

/// go-hamt-ipld #65
#[test]
fn a_map_is_not_canonical_after_removals() {
    fn canonical<S: Hasherly>() {
        let small = map::<S>(0..20);
        let mut large = map::<S>(0..500);
        assert_ne!(large.__shape(), small.__shape());
        for key in (20..500).rev() {
            large.remove(&key);
        }
        assert_eq!(large.__shape(), small.__shape());
    }
    canonical::<Good>();
    canonical::<Identity>();
    canonical::<LevelBoundary>();
}

/// imbl #176
#[test]
fn size_hint_and_len_of_iterators_are_wrong() {
    let mut map = map::<LowBits>(0..77);
    map.remove(&5);
    let mut iter = map.iter();
    for left in (0..76).rev() {
        iter.next();
        assert_eq!((iter.len(), iter.size_hint()), (left, (left, Some(left))));
    }
    assert_eq!(
        map.keys().len() + map.values().len() + map.iter_mut().len(),
        3 * 76
    );
    let mut owned = map.into_iter();
    owned.next();
    assert_eq!(owned.len(), 75);
}

/// imbl 7
#[test]
fn removal_or_get_mut_of_an_absent_key_copies_the_path() {
    let entries = (0..1000).map(|id| (CountedKey::new(id, 0), CountedValue::new(0)));
    let old: HashMap<CountedKey, CountedValue, Good> = entries.collect();
    let mut new = old.clone();
    let before = calls(Call::Clone);
    assert!(new.remove(&CountedKey::new(5000, 0)).is_none());
    assert!(new.remove_with_key(&CountedKey::new(5000, 0)).is_none());
    assert!(new.get_mut(&CountedKey::new(5000, 0)).is_none());
    assert!(matches!(
        new.entry(CountedKey::new(5000, 0)),
        Entry::Vacant(_)
    ));
    let without = new.without(&CountedKey::new(5000, 0));
    assert_eq!(calls(Call::Clone) - before, 0, "nothing was copied");
    assert!(new.ptr_eq(&old) && without.ptr_eq(&old));
}

/// imbl 7
#[test]
fn equality_of_a_clone_looks_at_every_key() {
    let entries = (0..1000).map(|id| (CountedKey::new(id, 0), CountedValue::new(0)));
    let old: HashMap<CountedKey, CountedValue, Good> = entries.collect();
    let new = old.clone();
    let before = calls(Call::Hash) + calls(Call::Eq);
    assert!(old == new);
    assert_eq!(calls(Call::Hash) + calls(Call::Eq) - before, 0);
}

/// im 15
#[test]
fn the_hash_of_a_map_depends_on_its_order() {
    let there = map::<Good>(0..100);
    let back = map::<LowBits>((0..100).rev());
    assert!(there == back);
    assert_eq!(hash_of(&there), hash_of(&back));
}
