//! Contents of any layout: of no size, of one byte, larger than a node, aligned to 256 bytes,
//! with and without destructors. References into a map are aligned, and read what was stored.

mod support;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::hash::Hash;

use heptad::hashmap::DiffItem;
use heptad::{HashMap, HashSet};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Nothing;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(align(256))]
struct Wide(u16);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(align(256))]
struct WideOwned(Box<u16>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(align(128))]
struct AlignedNothing;

trait Content: Clone + Debug + Ord + Hash {
    fn make(n: u16) -> Self;
}

macro_rules! contents {
    ($($type:ty: |$n:pat_param| $make:expr;)*) => {
        $(impl Content for $type {
            fn make($n: u16) -> Self {
                $make
            }
        })*
    };
}

contents! {
    (): |_| ();
    Nothing: |_| Nothing;
    AlignedNothing: |_| AlignedNothing;
    u8: |n| n as u8;
    bool: |n| n % 2 == 0;
    u64: |n| u64::from(n);
    (u8, u16): |n| (n as u8, n);
    Wide: |n| Wide(n);
    WideOwned: |n| WideOwned(Box::new(n));
    String: |n| n.to_string();
    [u8; 3]: |n| [1, n as u8, (n >> 8) as u8];
    [u16; 2048]: |n| [n; 2048];
    Option<Box<u16>>: |n| (n % 3 > 0).then(|| Box::new(n));
}

fn assert_aligned<T>(reference: &T) {
    let address = std::ptr::from_ref(reference).addr();
    assert_eq!(address % align_of::<T>(), 0, "an unaligned reference");
}

fn assert_holds<K: Content, V: Content>(map: &HashMap<K, V>, model: &BTreeMap<K, V>) {
    assert_eq!(map.len(), model.len());
    let mut found: Vec<(&K, &V)> = map.iter().collect();
    found.sort();
    assert!(found.iter().copied().eq(model), "the content");
    for (key, value) in found {
        assert_aligned(key);
        assert_aligned(value);
        assert_eq!(map.get(key), Some(value));
    }
}

/// A short life of a map, beside a model.
fn lives<K: Content, V: Content>(keys: u16) {
    let (mut map, mut model) = (HashMap::<K, V>::new(), BTreeMap::new());
    let mut versions = vec![];
    for n in 0..keys {
        assert_eq!(
            map.insert(K::make(n), V::make(n)),
            model.insert(K::make(n), V::make(n))
        );
        if n % (keys / 4).max(1) == 0 {
            versions.push((map.clone(), model.clone()));
        }
    }
    assert_holds(&map, &model);
    let full = map.clone();
    for (_, value) in &mut map {
        assert_aligned(value);
        *value = V::make(1);
    }
    model.values_mut().for_each(|value| *value = V::make(1));
    assert_holds(&map, &model);
    let changed = full
        .iter()
        .filter(|(_, value)| **value != V::make(1))
        .count();
    let updates = full
        .diff(&map)
        .filter(|item| matches!(item, DiffItem::Update { .. }));
    assert_eq!(updates.count(), changed);
    for n in (0..keys).step_by(2) {
        assert_eq!(map.remove(&K::make(n)), model.remove(&K::make(n)));
    }
    assert_holds(&map, &model);
    let union = map.clone().union(full.clone());
    assert_eq!(union.len(), full.len());
    assert_eq!(
        full.clone().relative_complement(map.clone()).len(),
        full.len() - map.len()
    );
    assert_eq!(union.clone().into_iter().collect::<HashMap<K, V>>(), union);
    let keys: HashSet<K> = full.keys().cloned().collect();
    assert!(keys.len() == full.len() && full.keys().all(|key| keys.contains(key)));
    for (map, model) in &versions {
        assert_holds(map, model);
    }
}

macro_rules! layouts {
    ($($test:ident: $key:ty, $value:ty, $keys:expr;)*) => {
        $(
            #[test]
            fn $test() {
                lives::<$key, $value>($keys);
            }
        )*
    };
}

layouts! {
    nothing_to_nothing: (), (), 3;
    a_key_without_size_to_text: Nothing, String, 3;
    an_aligned_key_without_size: AlignedNothing, AlignedNothing, 3;
    one_byte_to_nothing: u8, (), 256;
    one_byte_to_one_byte: u8, u8, 256;
    two_keys_at_most: bool, u64, 300;
    odd_sizes: [u8; 3], (u8, u16), 300;
    values_without_size_but_alignment: u64, AlignedNothing, 300;
    wide_alignment_of_keys: Wide, u8, 300;
    wide_alignment_of_values: u8, Wide, 256;
    wide_alignment_of_both: Wide, Wide, 300;
    wide_alignment_with_destructors: WideOwned, WideOwned, 300;
    a_byte_beside_wide_and_owned: u8, WideOwned, 256;
    large_values: u64, [u16; 2048], 120;
    large_keys: [u16; 2048], (), 60;
    niches: Option<Box<u16>>, Option<Box<u16>>, 300;
    text: String, String, 300;
}

#[test]
fn empty_maps_of_any_layout() {
    assert!(HashMap::<Wide, [u16; 2048]>::new().iter().next().is_none());
    assert!(HashMap::<(), ()>::new().into_iter().next().is_none());
    assert_eq!(HashMap::<Wide, Wide>::new(), HashMap::<Wide, Wide>::new());
    assert_eq!(HashSet::<[u16; 2048]>::new().len(), 0);
}

#[test]
fn a_map_is_small_and_has_a_niche() {
    assert!(size_of::<HashMap<String, String>>() <= 3 * size_of::<usize>());
    assert_eq!(
        size_of::<HashMap<u8, u8>>(),
        size_of::<HashMap<String, Wide>>()
    );
}
