//! A program written for `imbl::HashMap` and `imbl::HashSet`, with every public name of theirs.
//! It is compiled twice, with `peer` standing for `imbl` and for `heptad`, and has to pass both
//! times: moving from one to the other is one changed `use` line.
//!
//! Where the two differ on purpose, the program looks away: `imbl` replaces the key object when
//! a present key is inserted again, heptad keeps it as std does.

#![allow(
    clippy::len_zero,
    clippy::clone_on_copy,
    clippy::unwrap_or_default,
    reason = "a program of a user, who may write so"
)]

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

#[allow(
    unused_imports,
    reason = "the names exist; the two crates count their parameters differently"
)]
use peer::hashmap::{ConsumingIter, Iter, IterMut, Keys, OccupiedEntry, VacantEntry, Values};
use peer::hashmap::{Entry, HashMap as MapByModule};
use peer::hashset::HashSet as SetByModule;
#[allow(unused_imports, reason = "as above")]
use peer::hashset::{ConsumingIter as SetConsumingIter, Iter as SetIter};
use peer::{HashMap, HashSet, get_in, hashmap, hashset, update_in};

fn numbers() -> HashMap<i32, &'static str> {
    hashmap! {1 => "one", 2 => "two", 3 => "three"}
}

fn sorted<T: Ord>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut items: Vec<T> = items.into_iter().collect();
    items.sort();
    items
}

#[test]
fn making_a_map() {
    let empty: HashMap<i32, i32> = HashMap::new();
    assert!(empty.is_empty() && empty.len() == 0);
    assert_eq!(HashMap::unit(1, 2), hashmap! {1 => 2});
    assert_eq!(HashMap::<i32, i32>::default(), hashmap! {});
    let trailing = hashmap! {
        1 => "one",
        2 => "two",
        3 => "three",
    };
    assert_eq!(trailing, numbers());
    let by_module: MapByModule<i32, &str> = numbers();
    assert_eq!(by_module, numbers());
    assert_eq!(
        HashMap::from(vec![(1, "one"), (2, "two"), (3, "three")]),
        numbers()
    );
    assert_eq!(
        HashMap::from(&vec![(1, "one"), (2, "two"), (3, "three")]),
        numbers()
    );
    assert_eq!(
        HashMap::from(&[(1, "one"), (2, "two"), (3, "three")][..]),
        numbers()
    );
    let std_map: std::collections::HashMap<_, _> = numbers().into_iter().collect();
    assert_eq!(HashMap::from(&std_map), numbers());
    assert_eq!(HashMap::from(std_map), numbers());
    let btree: BTreeMap<_, _> = numbers().into_iter().collect();
    assert_eq!(HashMap::from(&btree), numbers());
    assert_eq!(HashMap::from(btree), numbers());
    let converted: HashMap<i32, &str> = vec![(1, "one"), (2, "two"), (3, "three")].into();
    assert_eq!(converted, numbers());
    let collected: HashMap<_, _> = numbers().into_iter().collect();
    assert_eq!(collected, numbers());
    assert_eq!(numbers().into_iter().collect::<HashMap<_, _>>(), numbers());
    let borrowed: HashMap<&str, &[u8]> = hashmap! {"a" => &b"b"[..]};
    let owned: HashMap<String, Vec<u8>> = HashMap::from(&borrowed);
    assert_eq!(owned["a"], b"b");
}

#[test]
fn hashers() {
    let hasher = numbers().hasher().clone();
    let mut map: HashMap<i32, i32> = HashMap::with_hasher(hasher);
    map.insert(1, 1);
    let other: HashMap<String, bool> = map.new_from();
    assert!(other.is_empty());
}

#[test]
fn looking_up() {
    let map = numbers();
    assert_eq!(map.get(&1), Some(&"one"));
    assert_eq!(map.get(&9), None);
    assert_eq!(map.get_key_value(&2), Some((&2, &"two")));
    assert!(map.contains_key(&3) && !map.contains_key(&4));
    assert_eq!(map[&3], "three");
    let texts: HashMap<String, i32> = hashmap! {"a".to_string() => 1};
    assert_eq!(texts.get("a"), Some(&1));
    assert_eq!(texts["a"], 1);
    assert_eq!(texts.get(Cow::Borrowed("a").as_ref()), Some(&1));
}

#[test]
#[should_panic]
fn an_index_has_to_be_there() {
    let _ = numbers()[&9];
}

#[test]
fn iterating() {
    let map = numbers();
    assert_eq!(map.iter().len(), 3);
    assert_eq!(
        sorted(map.iter()),
        [(&1, &"one"), (&2, &"two"), (&3, &"three")]
    );
    assert_eq!(sorted(map.keys()), [&1, &2, &3]);
    assert_eq!(sorted(map.values()), [&"one", &"three", &"two"]);
    assert_eq!(sorted(&map), sorted(map.iter()));
    assert_eq!(
        map.iter().clone().count(),
        map.keys().len().max(map.values().len())
    );
    let mut total = 0;
    for (number, _) in &map {
        total += number;
    }
    assert_eq!(total, 6);
    let mut lengths: HashMap<i32, usize> = map.iter().map(|(k, v)| (*k, v.len())).collect();
    for (_, length) in lengths.iter_mut() {
        *length += 1;
    }
    assert_eq!(lengths.iter_mut().len(), 3);
    assert_eq!(sorted(lengths.clone()), [(1, 4), (2, 4), (3, 6)]);
    let consumed = map.into_iter();
    assert_eq!(consumed.clone().len(), 3);
    assert_eq!(sorted(consumed.map(|(k, _)| k)), [1, 2, 3]);
}

#[test]
fn comparing() {
    let map = numbers();
    let part = map.without(&1);
    assert!(map == map.clone() && map != part && map.ptr_eq(&map.clone()) && !map.ptr_eq(&part));
    assert!(part.is_submap(&map) && part.is_proper_submap(&map) && part.is_submap(map.clone()));
    assert!(map.is_submap(&map) && !map.is_proper_submap(&map));
    let lengths: HashMap<i32, usize> = map.iter().map(|(k, v)| (*k, v.len())).collect();
    assert!(part.is_submap_by(&lengths, |text, length| text.len() == *length));
    assert!(part.is_proper_submap_by(lengths, |_, _| true));
    assert_eq!(format!("{:?}", hashmap! {1 => 2}), "{1: 2}");
    let by_reference: &HashMap<i32, &str> = map.as_ref();
    assert_eq!(*by_reference, map);
}

#[test]
fn editing_in_place() {
    let mut map = numbers();
    assert_eq!(map.insert(4, "four"), None);
    assert_eq!(map.insert(4, "vier"), Some("four"));
    assert_eq!(map.remove(&4), Some("vier"));
    assert_eq!(map.remove(&4), None);
    assert_eq!(map.remove_with_key(&3), Some((3, "three")));
    *map.get_mut(&1).unwrap() = "eins";
    assert_eq!(map.get_mut(&9), None);
    if let Some((key, value)) = map.get_key_value_mut(&2) {
        assert_eq!((*key, *value), (2, "two"));
        *value = "zwei";
    }
    map[&1] = "uno";
    assert_eq!(map, hashmap! {1 => "uno", 2 => "zwei"});
    map.extend(vec![(5, "five"), (6, "six")]);
    map.retain(|key, value| *key > 1 && value.len() < 4 + 1);
    assert_eq!(sorted(map.keys()), [&2, &5, &6]);
    map.clear();
    assert!(map.is_empty());
    let mut converted: HashMap<String, u64> = HashMap::new();
    converted.extend(vec![("small", 1_u32)]);
    assert_eq!(converted["small"], 1);
}

#[test]
fn entries() {
    let mut map: HashMap<String, Vec<i32>> = HashMap::new();
    map.entry("a".to_string()).or_default().push(1);
    map.entry("a".to_string()).or_insert_with(Vec::new).push(2);
    map.entry("b".to_string()).or_insert(vec![7]).push(8);
    map.entry("b".to_string())
        .and_modify(|v| v.push(9))
        .or_default();
    assert_eq!(map["a"], [1, 2]);
    assert_eq!(map["b"], [7, 8, 9]);
    assert_eq!(map.entry("c".to_string()).key(), "c");
    match map.entry("a".to_string()) {
        Entry::Occupied(mut entry) => {
            assert_eq!((entry.key().as_str(), entry.get().len()), ("a", 2));
            entry.get_mut().push(3);
            assert_eq!(entry.insert(vec![4]), [1, 2, 3]);
            entry.into_mut().push(5);
        }
        Entry::Vacant(_) => unreachable!(),
    }
    match map.entry("c".to_string()) {
        Entry::Occupied(_) => unreachable!(),
        Entry::Vacant(entry) => {
            assert_eq!(entry.key(), "c");
            entry.insert(vec![]).push(1);
        }
    }
    if let Entry::Vacant(entry) = map.entry("d".to_string()) {
        assert_eq!(entry.into_key(), "d");
    }
    if let Entry::Occupied(entry) = map.entry("a".to_string()) {
        assert_eq!(entry.remove_entry(), ("a".to_string(), vec![4, 5]));
    }
    if let Entry::Occupied(entry) = map.entry("b".to_string()) {
        assert_eq!(entry.remove(), [7, 8, 9]);
    }
    assert_eq!(map.len(), 1);
}

#[test]
fn new_versions() {
    let map = numbers();
    assert_eq!(map.update(4, "four").len(), 4);
    assert_eq!(
        map.update_with(1, "!", |old, new| if old == "one" { new } else { old })[&1],
        "!"
    );
    let joined = map.update_with_key(2, "?", |key, old, new| {
        assert_eq!((*key, old, new), (2, "two", "?"));
        "both"
    });
    assert_eq!(joined[&2], "both");
    let (old, new) = map.update_lookup_with_key(3, "drei", |_, _, new| new);
    assert_eq!((old, new[&3]), (Some("three"), "drei"));
    assert_eq!(
        map.update_lookup_with_key(9, "neun", |_, _, new| new).0,
        None
    );
    assert_eq!(map.alter(|old| old.map(|_| "altered"), 1)[&1], "altered");
    assert_eq!(map.alter(|_| None, 1), map.without(&1));
    assert_eq!(map.alter(|_| Some("new"), 9).len(), 4);
    assert_eq!(map.extract(&1), Some(("one", map.without(&1))));
    assert_eq!(map.extract_with_key(&2), Some((2, "two", map.without(&2))));
    assert_eq!(map.extract(&9), None);
    assert_eq!(map, numbers(), "the first version stays");
}

#[test]
#[allow(deprecated, reason = "a program that has not moved on yet")]
fn algebra() {
    let (a, b) = (hashmap! {1 => 1, 2 => 2}, hashmap! {2 => 20, 3 => 30});
    let both = hashmap! {1 => 1, 2 => 2, 3 => 30};
    assert_eq!(a.clone().union(b.clone()), both);
    assert_eq!(a.clone() + b.clone(), both);
    assert_eq!(&a + &b, both);
    assert_eq!(HashMap::unions(vec![a.clone(), b.clone()]), both);
    assert_eq!(
        vec![a.clone(), b.clone()]
            .into_iter()
            .sum::<HashMap<_, _>>(),
        both
    );
    let added = hashmap! {1 => 1, 2 => 22, 3 => 30};
    assert_eq!(a.clone().union_with(b.clone(), |x, y| x + y), added);
    assert_eq!(a.clone().union_with_key(b.clone(), |_, x, y| x + y), added);
    assert_eq!(
        HashMap::unions_with(vec![a.clone(), b.clone()], |x, y| x + y),
        added
    );
    assert_eq!(
        HashMap::unions_with_key(vec![a.clone(), b.clone()], |_, x, y| x + y),
        added
    );
    assert_eq!(a.clone().intersection(b.clone()), hashmap! {2 => 2});
    let pairs: HashMap<i32, (i32, i32)> = hashmap! {2 => (2, 20)};
    assert_eq!(a.clone().intersection_with(b.clone(), |x, y| (x, y)), pairs);
    assert_eq!(
        a.clone().intersection_with_key(b.clone(), |_, x, y| (x, y)),
        pairs
    );
    assert_eq!(a.clone().relative_complement(b.clone()), hashmap! {1 => 1});
    let either = hashmap! {1 => 1, 3 => 30};
    assert_eq!(a.clone().symmetric_difference(b.clone()), either);
    assert_eq!(
        a.clone().symmetric_difference_with(b.clone(), |_, _| None),
        either
    );
    assert_eq!(
        a.clone()
            .symmetric_difference_with_key(b.clone(), |_, x, y| Some(x + y)),
        added
    );
    assert_eq!(
        a.clone().difference(b.clone()),
        either,
        "the deprecated name of the same"
    );
    assert_eq!(a.clone().difference_with(b.clone(), |_, _| None), either);
    assert_eq!(a.difference_with_key(b, |_, x, y| Some(x + y)), added);
}

#[test]
fn nested_maps() {
    let map = hashmap! {"a" => hashmap! {"b" => 1}};
    assert_eq!(get_in!(map, "a" => "b"), Some(&1));
    assert_eq!(get_in!(map, "x" => "b"), None);
    assert_eq!(get_in!(map, "a"), Some(&hashmap! {"b" => 1}));
    assert_eq!(
        update_in!(map, "a" => "b", 2),
        hashmap! {"a" => hashmap! {"b" => 2}}
    );
    assert_eq!(
        update_in!(map, "a", hashmap! {}),
        hashmap! {"a" => hashmap! {}}
    );
}

#[test]
fn making_a_set() {
    let empty: HashSet<i32> = HashSet::new();
    assert!(empty.is_empty() && empty.len() == 0 && empty == hashset![]);
    let set = hashset![1, 2, 3];
    assert_eq!(hashset! {1, 2, 3,}, set);
    assert_eq!(HashSet::unit(1), hashset![1]);
    assert_eq!(HashSet::<i32>::default(), hashset![]);
    let by_module: SetByModule<i32> = set.clone();
    assert_eq!(by_module, set);
    assert_eq!(HashSet::from(vec![1, 2, 3]), set);
    assert_eq!(HashSet::from(&vec![1, 2, 3]), set);
    assert_eq!(HashSet::from(&[1, 2, 3][..]), set);
    assert_eq!(HashSet::from([1, 2, 3]), set);
    let std_set: std::collections::HashSet<i32> = set.iter().copied().collect();
    assert_eq!(HashSet::from(&std_set), set);
    assert_eq!(HashSet::from(std_set), set);
    let btree: BTreeSet<i32> = set.iter().copied().collect();
    assert_eq!(HashSet::from(&btree), set);
    let collected: HashSet<i32> = set.clone().into_iter().collect();
    assert_eq!(collected, set);
    let owned: HashSet<String> = HashSet::from(&hashset!["a", "b"]);
    assert!(owned.contains("a"));
    let mut with_hasher: HashSet<i32> = HashSet::with_hasher(set.hasher().clone());
    with_hasher.insert(1);
    assert!(with_hasher.new_from::<String>().is_empty());
}

#[test]
fn using_a_set() {
    let mut set = hashset![1, 2];
    assert_eq!(set.insert(3), None);
    assert_eq!(set.insert(3), Some(3), "the element that was there");
    assert_eq!(set.remove(&3), Some(3));
    assert_eq!(set.remove(&3), None);
    assert!(set.contains(&1) && !set.contains(&3));
    assert_eq!(set.update(3), hashset![1, 2, 3]);
    assert_eq!(set.without(&1), hashset![2]);
    set.extend(vec![4, 5, 6]);
    set.retain(|n| n % 2 == 0);
    assert_eq!(sorted(&set), [&2, &4, &6]);
    assert_eq!(sorted(set.iter()), sorted(&set));
    assert_eq!(set.iter().clone().len(), 3);
    assert_eq!(sorted(set.clone()), [2, 4, 6]);
    assert_eq!(set.clone().into_iter().len(), 3);
    assert!(set.ptr_eq(&set.clone()));
    assert_eq!(format!("{:?}", hashset![7]), "{7}");
    set.clear();
    assert!(set.is_empty());
}

#[test]
#[allow(deprecated, reason = "a program that has not moved on yet")]
fn set_algebra() {
    let (a, b) = (hashset![1, 2], hashset![2, 3]);
    assert_eq!(a.clone().union(b.clone()), hashset![1, 2, 3]);
    assert_eq!(a.clone() + b.clone(), hashset![1, 2, 3]);
    assert_eq!(&a + &b, hashset![1, 2, 3]);
    assert_eq!(
        HashSet::unions(vec![a.clone(), b.clone()]),
        hashset![1, 2, 3]
    );
    assert_eq!(
        vec![a.clone(), b.clone()].into_iter().sum::<HashSet<i32>>(),
        hashset![1, 2, 3]
    );
    assert_eq!(a.clone().intersection(b.clone()), hashset![2]);
    assert_eq!(a.clone() * b.clone(), hashset![2]);
    assert_eq!(&a * &b, hashset![2]);
    assert_eq!(a.clone().relative_complement(b.clone()), hashset![1]);
    assert_eq!(a.clone().symmetric_difference(b.clone()), hashset![1, 3]);
    assert_eq!(a.clone().difference(b.clone()), hashset![1, 3]);
    assert!(hashset![1].is_subset(&a) && hashset![1].is_proper_subset(&a));
    assert!(a.is_subset(a.clone()) && !a.is_proper_subset(&a) && !a.is_subset(&b));
}

#[test]
fn the_bounds_of_generic_code() {
    fn count<K: std::hash::Hash + Eq + Clone, V: Clone>(items: Vec<(K, V)>) -> HashMap<K, usize> {
        let mut counts: HashMap<K, usize> = HashMap::new();
        for (key, _) in items {
            *counts.entry(key).or_insert(0) += 1;
        }
        counts
    }
    assert_eq!(
        count(vec![("a", 1), ("b", 2), ("a", 3)]),
        hashmap! {"a" => 2, "b" => 1}
    );
    fn threads<T: Send + Sync + 'static>(_: &T) {}
    threads(&numbers());
    threads(&hashset![1]);
}
