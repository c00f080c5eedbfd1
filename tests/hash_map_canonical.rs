//! The shape of a map depends on the set of its keys alone: any order of inserts and removes
//! that ends with the same keys ends with the same nodes.

mod support;

use heptad::{HashMap, HashSet, RandomState};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use support::content::{Key, Plain, Value};
use support::counted::{CountedKey, CountedValue};
use support::hashers::{Constant, Good, Identity, LastLevels, LevelBoundary, LowBits, TopBits};
use support::interp::Hasherly;
use support::op::DOMAIN;
use support::strategy::cases;

fn entry<K: Key, V: Value>(id: u16) -> (K, V) {
    (K::new(id, 0), V::new(u32::from(id)))
}

/// The reference: the keys in ascending order, one insert at a time.
fn inserted<K: Key, V: Value, S: Hasherly>(ids: impl IntoIterator<Item = u16>) -> HashMap<K, V, S> {
    let mut map = HashMap::default();
    for id in ids {
        let (key, value) = entry(id);
        map.insert(key, value);
    }
    map
}

/// The same keys by as many other ways as there are.
fn other_ways<K: Key, V: Value, S: Hasherly>(
    ids: &[u16],
    extra: &[u16],
) -> Vec<(&'static str, HashMap<K, V, S>)> {
    let wanted = |id: u16| ids.contains(&id);
    let with_extra: HashMap<K, V, S> = extra.iter().chain(ids).copied().map(entry).collect();
    let mut ways = vec![];
    ways.push(("the order given", inserted(ids.iter().copied())));
    ways.push(("bulk", ids.iter().copied().map(entry).collect()));
    let reversed = ids.iter().rev();
    ways.push((
        "persistent",
        reversed.fold(HashMap::default(), |map: HashMap<K, V, S>, id| {
            let (key, value) = entry(*id);
            map.update(key, value)
        }),
    ));
    let mut removed = with_extra.clone();
    for id in extra.iter().filter(|id| !wanted(**id)) {
        removed.remove(&K::new(*id, 0));
    }
    ways.push(("extra keys removed from a shared map", removed));
    let mut owned: HashMap<K, V, S> = inserted(extra.iter().chain(ids).copied());
    for id in extra.iter().filter(|id| !wanted(**id)) {
        owned.remove(&K::new(*id, 0));
    }
    ways.push(("extra keys removed in place", owned));
    let mut retained = with_extra.clone();
    retained.retain(|k, _| wanted(k.id()));
    ways.push(("retain", retained));
    let (left, right) = ids.split_at(ids.len() / 2);
    let half = |ids: &[u16]| -> HashMap<K, V, S> { ids.iter().copied().map(entry).collect() };
    ways.push(("union", half(left).union(half(right))));
    ways.push(("intersection", with_extra.clone().intersection(half(ids))));
    let rest = with_extra.clone().relative_complement(half(ids));
    ways.push((
        "relative complement",
        with_extra.clone().relative_complement(rest.clone()),
    ));
    ways.push((
        "symmetric difference",
        with_extra.clone().symmetric_difference(rest),
    ));
    let mut extended = half(left);
    extended.extend(right.iter().copied().map(entry::<K, V>));
    ways.push(("extend", extended));
    ways.push((
        "merge3",
        HashMap::merge3(&with_extra, &half(ids), &with_extra, |_, _, _, _| None),
    ));
    ways
}

fn shape_depends_on_keys_alone<K: Key, V: Value, S: Hasherly>() {
    let key = || 0..DOMAIN;
    let ids = btree_set(key(), 0..200_usize)
        .prop_map(|ids| ids.into_iter().collect::<Vec<_>>())
        .prop_shuffle();
    let mut runner = TestRunner::new(cases(24));
    let result = runner.run(&(ids, vec(key(), 0..150)), |(ids, extra)| {
        let mut sorted = ids.clone();
        sorted.sort_unstable();
        let expected = inserted::<K, V, S>(sorted);
        for (way, map) in other_ways::<K, V, S>(&ids, &extra) {
            prop_assert_eq!(map.__shape(), expected.__shape(), "{}", way);
            prop_assert!(map == expected, "{}: the content", way);
        }
        Ok(())
    });
    if let Err(failure) = result {
        panic!("{failure}");
    }
}

/// Every size on the way down has the shape that it had on the way up.
fn removal_undoes_insertion<S: Hasherly>() {
    let mut map = HashMap::<Plain, u32, S>::default();
    let mut shapes = vec![];
    for id in 0..DOMAIN {
        shapes.push(map.__shape());
        map.insert(Plain::new(id, 0), 0);
    }
    assert_ne!(
        map.__shape(),
        shapes[1],
        "a full map is no single leaf of one entry"
    );
    let mut persistent = map.clone();
    for id in (0..DOMAIN).rev() {
        map.remove(&Plain::new(id, 1));
        persistent = persistent.without(&Plain::new(id, 2));
        let expected = &shapes[usize::from(id)];
        assert_eq!(&map.__shape(), expected, "in place, {id} keys left");
        assert_eq!(
            &persistent.__shape(),
            expected,
            "persistent, {id} keys left"
        );
    }
}

macro_rules! hashers {
    ($($test:ident: $hasher:ty,)*) => {
        $(
            mod $test {
                use super::*;

                #[test]
                fn shape_depends_on_keys_alone() {
                    super::shape_depends_on_keys_alone::<Plain, u32, $hasher>();
                }

                #[test]
                fn shape_depends_on_keys_alone_with_destructors() {
                    super::shape_depends_on_keys_alone::<CountedKey, CountedValue, $hasher>();
                }

                #[test]
                fn removal_undoes_insertion() {
                    super::removal_undoes_insertion::<$hasher>();
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

#[test]
fn a_set_has_the_shape_of_its_elements() {
    let up: HashSet<u32> = (0_u32..1000).collect();
    let mut down: HashSet<u32> = HashSet::new();
    for n in (0..2000).rev() {
        down.insert(n);
    }
    assert_ne!(
        up.__shape(),
        down.__shape(),
        "other elements, another shape"
    );
    down.retain(|n| *n < 1000);
    assert_eq!(up.__shape(), down.__shape());
}
