//! Set algebra: the laws, which side's entries win, and that nothing is copied where the result
//! is an input.

mod support;

use std::collections::{BTreeMap, BTreeSet};

use heptad::{HashMap, HashSet, RandomState, hashmap, hashset};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use support::content::{Key, Plain, Value};
use support::counted::{Call, CountedKey, CountedValue, calls};
use support::hashers::{
    Constant, Good, Identity, LastLevels, LevelBoundary, LowBits, Seeded, TopBits,
};
use support::interp::Hasherly;
use support::strategy::cases;

type Map<S> = HashMap<u16, u8, S>;
type Model = BTreeMap<u16, u8>;

fn model<S>(map: &Map<S>) -> Model {
    map.iter().map(|(k, v)| (*k, *v)).collect()
}

/// `a` from entries, `b` an edited fork of it, `c` unrelated to both.
fn three_maps<S: Hasherly>() -> impl Strategy<Value = [Map<S>; 3]> {
    let entries = || vec((0..300_u16, 0..4_u8), 0..200);
    (entries(), entries(), vec(0..300_u16, 0..60), entries()).prop_map(|(a, more, less, c)| {
        let a: Map<S> = a.into_iter().collect();
        let mut b = a.clone();
        b.extend(more.into_iter().take(40));
        for key in &less {
            b.remove(key);
        }
        [a, b, c.into_iter().collect()]
    })
}

fn check<S: Hasherly>(property: impl Fn([Map<S>; 3]) -> Result<(), TestCaseError>) {
    // Without a `Debug` bound on `S` proptest could not print the maps: it prints the models.
    let mut runner = TestRunner::new(cases(32));
    if let Err(failure) = runner.run(&three_maps::<S>(), property) {
        panic!("{failure}");
    }
}

fn agrees_with_std<S: Hasherly>() {
    check::<S>(|[a, b, c]| {
        for (x, y) in [(&a, &b), (&b, &a), (&a, &c), (&c, &b), (&a, &a)] {
            let (m, n) = (model(x), model(y));
            let mut union = n.clone();
            union.extend(m.clone());
            prop_assert_eq!(
                model(&x.clone().union(y.clone())),
                union,
                "union: self wins"
            );
            let both = m.iter().filter(|(k, _)| n.contains_key(k));
            let both: Model = both.map(|(k, v)| (*k, *v)).collect();
            prop_assert_eq!(
                model(&x.clone().intersection(y.clone())),
                both,
                "self's values"
            );
            let mut rest = m.clone();
            rest.retain(|k, _| !n.contains_key(k));
            prop_assert_eq!(
                model(&x.clone().relative_complement(y.clone())),
                rest.clone()
            );
            rest.extend(n.iter().filter(|(k, _)| !m.contains_key(k)));
            prop_assert_eq!(model(&x.clone().symmetric_difference(y.clone())), rest);
            prop_assert_eq!(*x == *y, m == n);
            let inside = m.iter().all(|entry| n.get(entry.0) == Some(entry.1));
            prop_assert_eq!(x.is_submap(y), inside);
            prop_assert_eq!(x.is_proper_submap(y), inside && m != n);
        }
        Ok(())
    });
}

fn laws_hold<S: Hasherly>() {
    check::<S>(|[a, b, c]| {
        let or = |x: &Map<S>, y: &Map<S>| x.clone().union(y.clone());
        let and = |x: &Map<S>, y: &Map<S>| x.clone().intersection(y.clone());
        let minus = |x: &Map<S>, y: &Map<S>| x.clone().relative_complement(y.clone());
        let xor = |x: &Map<S>, y: &Map<S>| x.clone().symmetric_difference(y.clone());
        prop_assert!(
            or(&or(&a, &b), &c) == or(&a, &or(&b, &c)),
            "union is associative"
        );
        prop_assert!(
            and(&and(&a, &b), &c) == and(&a, &and(&b, &c)),
            "so is intersection"
        );
        prop_assert!(
            and(&a, &or(&b, &c)) == or(&and(&a, &b), &and(&a, &c)),
            "distribution"
        );
        prop_assert!(
            minus(&a, &or(&b, &c)) == and(&minus(&a, &b), &minus(&a, &c)),
            "De Morgan"
        );
        prop_assert!(
            or(&minus(&a, &b), &and(&a, &b)) == a,
            "parts make the whole"
        );
        prop_assert!(
            xor(&a, &b) == minus(&or(&a, &b), &and(&a, &b)),
            "symmetric difference"
        );
        prop_assert!(xor(&a, &b) == xor(&b, &a), "which has no sides");
        prop_assert!(minus(&a, &a).is_empty() && xor(&a, &a).is_empty());
        prop_assert!(and(&a, &b).is_submap_by(&b, |_, _| true));
        prop_assert!(a.is_submap(or(&a, &b)));
        let summed: Map<S> = [a.clone(), b.clone(), c.clone()].into_iter().sum();
        prop_assert!(summed == HashMap::unions([a.clone(), b.clone(), c.clone()]));
        prop_assert!(summed == &(&a + &b) + &c);
        Ok(())
    });
}

/// Needs a hasher of which two instances are known to agree.
fn results_equal_to_an_input_are_that_input<S: Hasherly>() {
    check::<S>(|[a, _, c]| {
        let empty = || a.new_from::<u16, u8>();
        let part: Map<S> = a
            .iter()
            .filter(|(k, _)| *k % 2 == 0)
            .map(|(k, v)| (*k, *v))
            .collect();
        let forked = part.iter().fold(a.clone(), |map, (k, _)| map.without(k));
        for b in [&a, &part, &forked, &empty()] {
            prop_assert!(
                a.clone().union(b.clone()).ptr_eq(&a),
                "union with a part of it"
            );
            prop_assert!(
                b.clone().intersection(a.clone()).ptr_eq(b),
                "a part of the other"
            );
        }
        prop_assert!(empty().union(a.clone()).ptr_eq(&a));
        prop_assert!(a.clone().symmetric_difference(empty()).ptr_eq(&a));
        prop_assert!(empty().symmetric_difference(a.clone()).ptr_eq(&a));
        prop_assert!(a.clone().relative_complement(empty()).ptr_eq(&a));
        let apart = c.clone().relative_complement(a.clone());
        prop_assert!(
            a.clone().relative_complement(apart.clone()).ptr_eq(&a),
            "nothing in common"
        );
        prop_assert!(apart.clone().intersection(a.clone()).ptr_eq(&empty()));
        let mut kept = a.clone();
        kept.retain(|_, _| true);
        prop_assert!(kept.ptr_eq(&a), "all retained");
        Ok(())
    });
}

macro_rules! hashers {
    ($($test:ident: $hasher:ty,)*) => {
        $(
            mod $test {
                use super::*;

                #[test]
                fn agrees_with_std() {
                    super::agrees_with_std::<$hasher>();
                }

                #[test]
                fn laws_hold() {
                    super::laws_hold::<$hasher>();
                }

                #[test]
                fn results_equal_to_an_input_are_that_input() {
                    super::results_equal_to_an_input_are_that_input::<$hasher>();
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
    default_hasher: RandomState,
}

mod hashers_that_disagree {
    use super::*;

    #[test]
    fn agrees_with_std() {
        super::agrees_with_std::<Seeded>();
    }

    #[test]
    fn laws_hold() {
        super::laws_hold::<Seeded>();
    }

    fn seeded(seed: u64, keys: std::ops::Range<u16>) -> HashMap<u16, u8, Seeded> {
        let mut map = HashMap::with_hasher(Seeded::with_seed(seed));
        map.extend(keys.map(|k| (k, seed as u8)));
        map
    }

    #[test]
    fn every_key_is_found_in_the_result() {
        let (a, b) = (seeded(1, 0..200), seeded(2, 100..300));
        let union = a.clone().union(b.clone());
        assert_eq!(union.len(), 300);
        assert!((0..300).all(|k| union.get(&k) == Some(if k < 200 { &1 } else { &2 })));
        let union = b.clone().union(a.clone());
        assert!((0..300).all(|k| union.get(&k) == Some(if k < 100 { &1 } else { &2 })));
        let both = a.clone().intersection(b.clone());
        assert!(both.len() == 100 && (100..200).all(|k| both.get(&k) == Some(&1)));
        let only = a.clone().relative_complement(b.clone());
        assert!(only.len() == 100 && (0..100).all(|k| only.contains_key(&k)));
        let either = a.symmetric_difference(b);
        assert!(
            either.len() == 200
                && (0..300).all(|k| either.contains_key(&k) != (100..200).contains(&k))
        );
    }

    #[test]
    fn equality_and_submap_see_through_seeds_and_types() {
        let (a, mut b) = (seeded(1, 0..200), seeded(2, 0..200));
        assert!(a != b && !a.is_submap(&b), "the values differ");
        b.iter_mut().for_each(|(_, v)| *v = 1);
        assert!(a == b && a.is_submap(&b) && !a.is_proper_submap(&b));
        assert!(b == a, "the reverse");
        let plain: HashMap<u16, u8> = (0..200).map(|k| (k, 1)).collect();
        assert!(plain == a, "hashers of two types");
        assert!(a == plain, "the reverse");
        assert_eq!(a.diff(&b).count(), 0);
        assert_eq!(a.without(&7).diff(&b).count(), 1);
    }

    #[test]
    fn std_random_state() {
        type Std = HashSet<u16, std::hash::RandomState>;
        let (a, b): (Std, Std) = ((0..200_u16).collect(), (100..300_u16).collect());
        assert_eq!(a.clone().union(b.clone()).len(), 300);
        assert_eq!(a.clone().intersection(b.clone()).len(), 100);
        assert_eq!(a.symmetric_difference(b).len(), 200);
    }
}

mod key_objects {
    use super::*;

    fn tagged(ids: std::ops::Range<u16>, tag: u16) -> HashMap<Plain, u32, Good> {
        ids.map(|id| (Plain::new(id, tag), u32::from(tag)))
            .collect()
    }

    fn all_tagged(map: &HashMap<Plain, u32, Good>, ids: std::ops::Range<u16>, tag: u16) -> bool {
        let of = |id| {
            map.get_key_value(&Plain::new(id, 0))
                .map(|(k, v)| (k.tag(), *v))
        };
        ids.into_iter()
            .all(|id| of(id) == Some((tag, u32::from(tag))))
    }

    #[test]
    fn union_takes_key_and_value_from_self_whatever_the_sizes() {
        for (small, large) in [(3, 200), (50, 60), (200, 200)] {
            let (a, b) = (tagged(0..small, 1), tagged(0..large, 2));
            let (ab, ba) = (a.clone().union(b.clone()), b.union(a));
            assert!(all_tagged(&ab, 0..small, 1) && all_tagged(&ab, small..large, 2));
            assert!(all_tagged(&ba, 0..large, 2));
        }
    }

    #[test]
    fn intersection_takes_key_and_value_from_self_whatever_the_sizes() {
        let (a, b) = (tagged(0..10, 1), tagged(5..200, 2));
        assert!(all_tagged(&a.clone().intersection(b.clone()), 5..10, 1));
        assert!(all_tagged(&b.intersection(a), 5..10, 2));
    }

    #[test]
    fn insert_keeps_the_first_key_and_a_set_the_last() {
        let mut map = tagged(0..50, 1);
        map.insert(Plain::new(7, 2), 2);
        let (key, value) = map.get_key_value(&Plain::new(7, 0)).unwrap();
        assert_eq!((key.tag(), *value), (1, 2), "as std's map");
        let mut set: HashSet<Plain, Good> = map.keys().copied().collect();
        let old = set.insert(Plain::new(7, 3));
        assert_eq!(
            old.map(|k| k.tag()),
            Some(1),
            "the replaced element comes back"
        );
        assert!(set.iter().any(|k| k.id() == 7 && k.tag() == 3));
    }
}

mod nothing_is_copied {
    use super::*;

    fn map() -> HashMap<u32, String> {
        (0..1000).map(|k| (k, k.to_string())).collect()
    }

    #[test]
    fn by_a_removal_of_an_absent_key() {
        let old = map();
        let mut new = old.clone();
        assert_eq!(new.remove(&5000), None);
        assert_eq!(new.remove_with_key(&5000), None);
        assert!(new.ptr_eq(&old));
        assert!(old.without(&5000).ptr_eq(&old));
        assert!(old.extract(&5000).is_none());
        assert!(old.alter(|none| none, 5000).ptr_eq(&old));
        let set: HashSet<u32> = (0_u32..1000).collect();
        let mut other = set.clone();
        assert_eq!(other.remove(&5000), None);
        assert!(other.ptr_eq(&set) && set.without(&5000).ptr_eq(&set));
    }

    #[test]
    fn by_a_look_at_an_absent_key() {
        let old = map();
        let mut new = old.clone();
        assert_eq!(new.get_mut(&5000), None);
        assert_eq!(new.get_key_value_mut(&5000), None);
        assert!(matches!(new.entry(5000), heptad::hashmap::Entry::Vacant(_)));
        let _untouched = new.entry(5000).and_modify(|_| unreachable!());
        assert!(new.ptr_eq(&old));
    }

    #[test]
    fn by_reading_an_entry() {
        let old = map();
        let mut new = old.clone();
        match new.entry(500) {
            heptad::hashmap::Entry::Occupied(entry) => assert_eq!(entry.get(), "500"),
            heptad::hashmap::Entry::Vacant(_) => panic!("500 is there"),
        }
        assert!(new.ptr_eq(&old));
    }

    #[test]
    fn by_an_empty_extension() {
        let old = map();
        let mut new = old.clone();
        new.extend(Vec::<(u32, String)>::new());
        assert!(new.ptr_eq(&old));
    }

    #[test]
    fn while_a_map_has_one_owner() {
        let before = calls(Call::Clone);
        let mut map: HashMap<CountedKey, CountedValue, Good> = HashMap::default();
        for id in 0..300 {
            map.insert(CountedKey::new(id, 0), CountedValue::new(0));
        }
        map.extend((200..400).map(|id| (CountedKey::new(id, 1), CountedValue::new(1))));
        for id in 0..100 {
            map.remove(&CountedKey::new(id, 0));
            map.entry(CountedKey::new(id + 150, 0)).or_default().set(5);
        }
        map.iter_mut().for_each(|(_, v)| v.set(2));
        map.get_mut(&CountedKey::new(301, 0)).unwrap().set(3);
        assert!(map.into_iter().all(|(_, v)| v.n() == 2 || v.n() == 3));
        assert_eq!(calls(Call::Clone) - before, 0, "an owner edits in place");
    }

    #[test]
    fn while_the_only_owner_retains() {
        let entries = (0..300).map(|id| (CountedKey::new(id, 0), CountedValue::new(0)));
        let mut map: HashMap<CountedKey, CountedValue, Good> = entries.collect();
        let before = calls(Call::Clone);
        map.retain(|k, _| k.id() % 3 != 0);
        assert_eq!(map.len(), 200);
        assert_eq!(calls(Call::Clone) - before, 0, "an owner edits in place");
    }

    #[test]
    fn by_a_union_of_few_entries_with_many_of_one_owner() {
        let map = |ids: std::ops::Range<u16>,
                   tag: u32|
         -> HashMap<CountedKey, CountedValue, heptad::RandomState> {
            ids.map(|id| (CountedKey::new(id, 0), CountedValue::new(tag)))
                .collect()
        };
        for few_first in [false, true] {
            let (many, few) = (map(0..1000, 1), map(990..1010, 2));
            let before = calls(Call::Clone);
            let both = if few_first {
                few.union(many)
            } else {
                many.union(few)
            };
            assert_eq!(calls(Call::Clone) - before, 0, "an owner edits in place");
            assert_eq!(both.len(), 1010);
            let of_few = both.values().filter(|value| value.n() == 2).count();
            assert_eq!(of_few, if few_first { 20 } else { 10 });
        }
    }

    #[test]
    fn beyond_one_path_by_a_persistent_insert() {
        let map: HashMap<CountedKey, CountedValue, Good> = (0..10_000)
            .map(|id| (CountedKey::new(id, 0), CountedValue::new(0)))
            .collect();
        let before = calls(Call::Clone);
        let new = map.update(CountedKey::new(777, 0), CountedValue::new(1));
        let copied = calls(Call::Clone) - before;
        assert!(copied > 0, "the leaf is shared, so it is copied");
        assert!(
            copied < 200,
            "{copied} clones for one update among 10,000 entries"
        );
        assert_eq!(new.len(), map.len());
    }
}

/// Of maps that were made from one another, by whatever operation.
mod shared_parts_are_skipped {
    use super::*;

    type Counted<S> = HashMap<CountedKey, CountedValue, S>;

    fn work(f: impl FnOnce()) -> u64 {
        let of = || calls(Call::Eq) + calls(Call::Hash) + calls(Call::Clone);
        let before = of();
        f();
        of() - before
    }

    fn key(id: u16) -> CountedKey {
        CountedKey::new(id, 0)
    }

    fn zero() -> CountedValue {
        CountedValue::new(0)
    }

    fn many<S: Hasherly>() -> Counted<S> {
        (0..20_000).map(|id| (key(id), zero())).collect()
    }

    fn two_versions<S: Hasherly>() -> [Counted<S>; 2] {
        let old = many::<S>();
        let mut new = old.clone();
        for id in [11, 1111, 11111] {
            new.remove(&key(id));
            new.insert(key(id + 30_000), zero());
        }
        [old, new]
    }

    macro_rules! costs {
        ($($name:ident: |$old:ident, $new:ident| $operation:expr;)*) => {
            $(
                fn $name<S: Hasherly>() {
                    let [$old, $new] = two_versions::<S>();
                    let cost = work(|| assert!($operation));
                    assert!(cost > 0, "the changed leaves are looked at");
                    assert!(cost < 5_000, "{cost} calls for 6 changes among 20,000 entries");
                }
            )*
        };
    }

    costs! {
        by_union: |old, new| old.clone().union(new.clone()).len() == 20_003;
        by_intersection: |old, new| old.clone().intersection(new.clone()).len() == 19_997;
        by_relative_complement: |old, new| old.clone().relative_complement(new.clone()).len() == 3;
        by_symmetric_difference: |old, new| old.clone().symmetric_difference(new.clone()).len() == 6;
        by_diff: |old, new| old.diff(&new).count() == 6;
        by_merge3: |old, new| {
            let ours = old.without(&key(99));
            HashMap::merge3(&old, &ours, &new, |_, _, _, _| None).len() == 19_999
        };
    }

    fn by_equality_and_submap<S: Hasherly>() {
        let [old, new] = two_versions::<S>();
        assert_eq!(
            work(|| assert!(old == old.clone() && old.is_submap(&old))),
            0
        );
        let mut same = new.clone();
        same.insert(key(11), zero());
        same.remove(&key(11));
        assert!(!same.ptr_eq(&new), "equal, but copied");
        let cost = work(|| assert!(same == new && same.is_submap(&new)));
        assert!(
            cost > 0 && cost < 5_000,
            "{cost} calls for two almost identical maps"
        );
    }

    /// Makes a version with a few other entries from one with `many`.
    type Derivation<S> = (&'static str, fn(&Counted<S>) -> Counted<S>);

    fn derivations<S: Hasherly>() -> Vec<Derivation<S>> {
        fn few<S: Hasherly>(of: &Counted<S>, ids: std::ops::Range<u16>) -> Counted<S> {
            let mut few = of.new_from();
            few.extend(ids.map(|id| (key(id), zero())));
            few
        }
        vec![
            ("clone", |old| {
                let mut new = old.clone();
                new.insert(key(30_000), zero());
                new
            }),
            ("update", |old| old.update(key(30_000), zero())),
            ("update_with", |old| {
                old.update_with(key(7), CountedValue::new(5), |_, new| new)
            }),
            ("alter", |old| old.alter(|_| Some(zero()), key(30_000))),
            ("without", |old| old.without(&key(7))),
            ("extract", |old| {
                old.extract(&key(7)).expect("it is there").1
            }),
            ("union", |old| old.clone().union(few(old, 29_000..29_010))),
            ("union, the other way", |old| {
                few(old, 29_000..29_010).union(old.clone())
            }),
            ("intersection", |old| {
                old.clone().intersection(old.without(&key(7)))
            }),
            ("relative_complement", |old| {
                old.clone().relative_complement(few(old, 0..10))
            }),
            ("symmetric_difference", |old| {
                old.clone().symmetric_difference(few(old, 0..10))
            }),
            ("merge3", |old| {
                let [ours, theirs] = [7, 77].map(|id| old.without(&key(id)));
                HashMap::merge3(old, &ours, &theirs, |_, _, _, _| None)
            }),
            ("retain", |old| {
                let mut new = old.clone();
                new.retain(|key, _| key.id() >= 5);
                new
            }),
        ]
    }

    fn whatever_made_one_from_the_other<S: Hasherly>() {
        let old = many::<S>();
        for (name, derive) in derivations::<S>() {
            let new = derive(&old);
            let cost = work(|| {
                let changes = old.diff(&new).count();
                assert!((1..=10).contains(&changes), "{changes} changes by {name}");
                let both = old.clone().union(new.clone());
                assert!((20_000..=20_010).contains(&both.len()), "{name}");
            });
            assert!(cost < 5_000, "{cost} calls for versions made by {name}");
        }
    }

    macro_rules! with {
        ($($hasher:ident: $type:ty, [$($test:ident)*];)*) => {
            $(
                mod $hasher {
                    use super::*;

                    $(
                        #[test]
                        fn $test() {
                            super::$test::<$type>();
                        }
                    )*
                }
            )*
        };
        ($($hasher:ident: $type:ty,)*) => {
            with! {
                $($hasher: $type, [
                    by_union
                    by_intersection
                    by_relative_complement
                    by_symmetric_difference
                    by_diff
                    by_merge3
                    by_equality_and_submap
                    whatever_made_one_from_the_other
                ];)*
            }
        };
    }

    with! {
        hashers_without_state: Good,
        hashers_with_a_seed: Seeded,
    }

    /// Its keys cannot be read, so that two of them hash alike can only be remembered.
    #[test]
    fn also_with_the_hasher_of_std() {
        let mut old = HashMap::with_hasher(std::hash::RandomState::new());
        old.extend((0..20_000).map(|id| (key(id), zero())));
        let new = old.update(key(30_000), zero()).without(&key(7));
        let cost = work(|| {
            assert_eq!(old.diff(&new).count(), 2);
            assert_eq!(old.clone().union(new.clone()).len(), 20_001);
            assert_eq!(old.clone().intersection(new.clone()).len(), 19_999);
        });
        assert!(cost < 5_000, "{cost} calls for 2 changes");
    }
}

mod sets {
    use super::*;

    fn check(a: &BTreeSet<u16>, b: &BTreeSet<u16>) {
        let set = |ids: &BTreeSet<u16>| -> HashSet<u16> { ids.iter().copied().collect() };
        let of = |set: HashSet<u16>| -> BTreeSet<u16> { set.into_iter().collect() };
        let (x, y) = (set(a), set(b));
        assert_eq!(of(&x + &y), a | b);
        assert_eq!(of(&x * &y), a & b);
        assert_eq!(of(x.clone().relative_complement(y.clone())), a - b);
        assert_eq!(of(x.clone().symmetric_difference(y.clone())), a ^ b);
        assert_eq!(x.is_subset(&y), a.is_subset(b));
        assert_eq!(x.is_proper_subset(&y), a.is_subset(b) && a != b);
        assert_eq!(x == y, a == b);
    }

    #[test]
    fn agree_with_std() {
        let ids = || proptest::collection::btree_set(0..200_u16, 0..150);
        let mut runner = TestRunner::new(cases(64));
        let result = runner.run(&(ids(), ids()), |(a, b)| {
            check(&a, &b);
            check(&a, &(&a | &b));
            check(&(&a & &b), &b);
            Ok(())
        });
        if let Err(failure) = result {
            panic!("{failure}");
        }
    }

    #[test]
    fn union_with_a_part_is_the_whole() {
        let whole: HashSet<u16> = (0_u16..500).collect();
        let part: HashSet<u16> = (100_u16..200).collect();
        assert!(whole.clone().union(part.clone()).ptr_eq(&whole));
        assert!(part.clone().intersection(whole.clone()).ptr_eq(&part));
        assert_eq!(HashSet::unions([part, whole.clone()]), whole);
    }
}

#[test]
fn combining_functions_get_self_first() {
    let (a, b) = (hashmap! {1 => "a", 2 => "a"}, hashmap! {2 => "b", 3 => "b"});
    let own = |m: &HashMap<i32, &str>| m.iter().map(|(k, v)| (*k, (*v).to_owned())).collect();
    let (a, b): (HashMap<i32, String>, HashMap<i32, String>) = (own(&a), own(&b));
    let union = a.clone().union_with(b.clone(), |x, y| x + &y);
    assert_eq!(union.get(&2).map(String::as_str), Some("ab"));
    let union = b.clone().union_with_key(a.clone(), |_, x, y| x + &y);
    assert_eq!(union.get(&2).map(String::as_str), Some("ba"));
    let both = a.clone().intersection_with(b.clone(), |x, y| (x, y));
    assert_eq!(both, hashmap! {2 => ("a".to_owned(), "b".to_owned())});
    let either = a.symmetric_difference_with(b, |x, y| Some(x + &y));
    assert_eq!(either.len(), 3);
    assert_eq!(either[&2], "ab");
    assert_eq!(hashset![1, 2] + hashset![2, 3], hashset![1, 2, 3]);
}
