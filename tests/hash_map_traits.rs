//! The traits of the hash collections: what may cross threads, what may shrink its lifetime,
//! and `Hash`, `Debug`, `Eq`, `Index`, `Default` and `From` behaving as std's.

mod support;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{RefUnwindSafe, UnwindSafe, catch_unwind};
use std::rc::Rc;

use heptad::{
    HashMap, HashSet, RandomState, hashmap, hashmap as map_mod, hashset, hashset as set_mod,
};
use support::hashers::{Constant, Good, LowBits, Seeded};
use support::interp::hash_of;

fn send_sync<T: Send + Sync>() {}
fn unwind_safe<T: UnwindSafe + RefUnwindSafe>() {}

/// Fails to compile with an ambiguity if the type implements the trait after all.
macro_rules! assert_not_impl {
    ($type:ty: $trait:ident) => {{
        trait Ambiguous<A> {
            fn pick() {}
        }
        impl<T: ?Sized> Ambiguous<()> for T {}
        #[allow(dead_code, reason = "its presence is the point")]
        struct Implemented;
        impl<T: ?Sized + $trait> Ambiguous<Implemented> for T {}
        <$type as Ambiguous<_>>::pick()
    }};
}

type NotSend = Rc<u8>;
/// `Send`, not `Sync`.
type NotSync = Cell<u8>;

#[test]
fn collections_cross_threads_when_their_contents_do() {
    send_sync::<HashMap<String, String>>();
    send_sync::<HashSet<String>>();
    send_sync::<map_mod::Iter<'_, String, String>>();
    send_sync::<map_mod::IterMut<'_, String, String>>();
    send_sync::<map_mod::Keys<'_, String, String>>();
    send_sync::<map_mod::Values<'_, String, String>>();
    send_sync::<<HashMap<String, String> as IntoIterator>::IntoIter>();
    send_sync::<set_mod::Iter<'_, String>>();
    send_sync::<<HashSet<String> as IntoIterator>::IntoIter>();
    unwind_safe::<HashMap<String, String>>();
    unwind_safe::<HashSet<String>>();
}

#[test]
fn and_only_then() {
    assert_not_impl!(HashMap<NotSend, u8>: Send);
    assert_not_impl!(HashMap<u8, NotSend>: Send);
    assert_not_impl!(HashMap<u8, NotSend>: Sync);
    assert_not_impl!(HashMap<NotSend, u8>: Sync);
    // A clone on another thread reads the same node: sending needs `Sync` as well, and sharing
    // needs `Send`, for the last owner drops the contents.
    assert_not_impl!(HashMap<u8, NotSync>: Send);
    assert_not_impl!(HashMap<u8, NotSync>: Sync);
    assert_not_impl!(HashSet<NotSend>: Send);
    assert_not_impl!(HashSet<NotSend>: Sync);
    assert_not_impl!(map_mod::Iter<'static, u8, NotSync>: Send);
    assert_not_impl!(map_mod::Iter<'static, u8, NotSend>: Sync);
    assert_not_impl!(map_mod::IterMut<'static, u8, NotSend>: Send);
    assert_not_impl!(map_mod::Keys<'static, NotSend, u8>: Send);
    assert_not_impl!(map_mod::Values<'static, u8, NotSend>: Send);
    assert_not_impl!(<HashMap<u8, NotSend> as IntoIterator>::IntoIter: Send);
    assert_not_impl!(set_mod::Iter<'static, NotSend>: Send);
    assert_not_impl!(<HashSet<NotSend> as IntoIterator>::IntoIter: Sync);
    assert_not_impl!(HashMap<u8, u8>: Copy);
}

#[test]
fn versions_work_on_several_threads() {
    let map: HashMap<u32, String> = (0..2000).map(|k| (k, k.to_string())).collect();
    let sizes: Vec<usize> = std::thread::scope(|scope| {
        let spawn = |n: u32| {
            let mut mine = map.clone();
            scope.spawn(move || {
                (0..2000)
                    .filter(|k| k % 4 == n)
                    .for_each(|k| drop(mine.remove(&k)));
                mine.extend((0..n).map(|k| (5000 + k, String::new())));
                mine.len()
            })
        };
        let running: Vec<_> = (0..4).map(spawn).collect();
        running
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert_eq!(sizes, [1500, 1501, 1502, 1503]);
    assert!(map.len() == 2000 && map.iter().all(|(k, v)| *v == k.to_string()));
}

mod covariance {
    use super::*;

    #[allow(dead_code, reason = "compiling it is the test")]
    fn of_collections<'a>(
        map: HashMap<&'static str, &'static str>,
        set: HashSet<&'static str>,
    ) -> (HashMap<&'a str, &'a str>, HashSet<&'a str>) {
        (map, set)
    }

    #[allow(
        dead_code,
        clippy::type_complexity,
        reason = "compiling it is the test"
    )]
    fn of_iterators<'a>(
        iter: map_mod::Iter<'static, &'static str, &'static str>,
        keys: map_mod::Keys<'static, &'static str, u8>,
        values: map_mod::Values<'static, u8, &'static str>,
        elements: set_mod::Iter<'static, &'static str>,
    ) -> (
        map_mod::Iter<'a, &'a str, &'a str>,
        map_mod::Keys<'a, &'a str, u8>,
        map_mod::Values<'a, u8, &'a str>,
        set_mod::Iter<'a, &'a str>,
    ) {
        (iter, keys, values, elements)
    }

    #[test]
    fn a_map_of_statics_joins_one_of_locals() {
        let local = String::from("local");
        let statics: HashMap<&'static str, u8> = hashmap! {"static" => 1};
        fn joined<'a>(map: &HashMap<&'a str, u8>, key: &'a str) -> HashMap<&'a str, u8> {
            map.update(key, 2)
        }
        let both = joined(&statics, &local);
        assert_eq!(
            (both.get("local"), both.get("static")),
            (Some(&2), Some(&1))
        );
        assert_eq!(statics.len(), 1);
    }
}

#[test]
fn hash_is_independent_of_order_and_history() {
    let up: HashMap<u32, u32> = (0..300).map(|k| (k, k)).collect();
    let mut down: HashMap<u32, u32> = (0..400).rev().map(|k| (k, k)).collect();
    down.retain(|k, _| *k < 300);
    assert_eq!(hash_of(&up), hash_of(&down));
    assert_ne!(hash_of(&up), hash_of(&up.update(7, 8)), "the values count");
    assert_ne!(hash_of(&up), hash_of(&up.without(&7)), "the keys count");
    let swapped = up.update(1, 2).update(2, 1);
    assert_ne!(
        hash_of(&up),
        hash_of(&swapped),
        "which value is whose counts"
    );
    let twins: [HashMap<u32, u32>; 2] = [hashmap! {1 => 1, 2 => 2}, hashmap! {}];
    assert_ne!(
        hash_of(&twins[0]),
        hash_of(&twins[1]),
        "equal parts do not cancel out"
    );

    // Whatever the order inside a collision leaf, and whatever the hasher of the map.
    let mut there: HashMap<u32, u32, Constant> = HashMap::default();
    let mut back: HashMap<u32, u32, Constant> = HashMap::default();
    let mut other: HashMap<u32, u32, Seeded> = HashMap::default();
    for k in 0..40 {
        there.insert(k, k);
        back.insert(39 - k, 39 - k);
        other.insert(k, k);
    }
    assert!(there == back && there == other && back == other);
    assert_eq!(hash_of(&there), hash_of(&back));
    let sets: [HashSet<u32>; 2] = [(0..50_u32).collect(), (0..50_u32).rev().collect()];
    assert_eq!(hash_of(&sets[0]), hash_of(&sets[1]));
    assert_ne!(hash_of(&sets[0]), hash_of(&sets[0].without(&3)));
}

#[test]
fn maps_are_keys_of_maps() {
    let mut outer: HashMap<HashMap<u8, u8>, &str> = HashMap::new();
    outer.insert(hashmap! {1 => 2, 3 => 4}, "a");
    outer.insert(hashmap! {}, "empty");
    assert_eq!(outer.get(&hashmap! {3 => 4, 1 => 2}), Some(&"a"));
    let sets: HashSet<HashSet<u8>> = hashset![hashset![1, 2], hashset![2, 1], hashset![]];
    assert_eq!(sets.len(), 2);
}

#[test]
fn debug_prints_as_std() {
    assert_eq!(format!("{:?}", hashmap! {"key" => 1}), r#"{"key": 1}"#);
    assert_eq!(format!("{:?}", HashMap::<u8, u8>::new()), "{}");
    assert_eq!(format!("{:#?}", hashmap! {1 => 2}), "{\n    1: 2,\n}");
    assert_eq!(format!("{:?}", hashset!["element"]), r#"{"element"}"#);
    let many: HashMap<u8, u8> = (0..100).map(|k| (k, k)).collect();
    let printed = format!("{many:?}");
    assert!((0..100).all(|k| printed.contains(&format!("{k}: {k}"))));
}

#[test]
fn index_reads_writes_and_panics_for_an_absent_key() {
    let mut map: HashMap<String, u32> = hashmap! {"a".to_owned() => 1};
    map["a"] += 1;
    assert_eq!(map["a"], 2);
    let missing = std::panic::AssertUnwindSafe(&map);
    assert!(catch_unwind(|| missing["b"]).is_err());
    let mut version = map.clone();
    let result = catch_unwind(std::panic::AssertUnwindSafe(|| version["b"] = 1));
    assert!(result.is_err());
    assert!(version.ptr_eq(&map), "and copies nothing");
}

#[test]
fn eq_is_of_contents() {
    let (a, b) = (hashmap! {1 => 'a', 2 => 'b'}, hashmap! {2 => 'b', 1 => 'a'});
    assert!(a == b && a != a.update(1, 'b') && a != a.without(&1) && a != a.update(3, 'c'));
    let good: HashMap<i32, char, Good> = a.clone().into_iter().collect();
    let bad: HashMap<i32, char, LowBits> = a.clone().into_iter().collect();
    assert!(a == good && good == bad && bad == a);
    assert!(hashset![1, 2] == hashset![2, 1] && hashset![1, 2] != hashset![1, 3]);
    fn total<T: Eq>(_: &T) {}
    total(&a);
    total(&hashset![1]);
}

#[test]
fn conversions_from_std() {
    let entries = vec![(1, "a"), (2, "b"), (1, "c")];
    let expected = hashmap! {1 => "c", 2 => "b"};
    assert_eq!(
        HashMap::from(entries.clone()),
        expected,
        "the last value of a key wins"
    );
    assert_eq!(HashMap::from(&entries), expected);
    assert_eq!(HashMap::from(&entries[..]), expected);
    assert_eq!(HashMap::from([(1, "c"), (2, "b")]), expected);
    let std_map: std::collections::HashMap<_, _> = entries.iter().copied().collect();
    let btree: BTreeMap<_, _> = entries.iter().copied().collect();
    assert_eq!(HashMap::from(&std_map), expected);
    assert_eq!(HashMap::from(std_map), expected);
    assert_eq!(HashMap::from(&btree), expected);
    assert_eq!(HashMap::from(btree), expected);
    let borrowed: HashMap<&str, &str> = hashmap! {"k" => "v"};
    let owned: HashMap<String, String> = HashMap::from(&borrowed);
    assert_eq!(owned["k"], "v");

    let elements = vec![1, 2, 1];
    let expected = hashset![1, 2];
    assert_eq!(HashSet::from(elements.clone()), expected);
    assert_eq!(HashSet::from(&elements), expected);
    assert_eq!(HashSet::from(&elements[..]), expected);
    assert_eq!(HashSet::from([1, 2, 1]), expected);
    let std_set: std::collections::HashSet<i32> = elements.iter().copied().collect();
    let btree: BTreeSet<i32> = elements.iter().copied().collect();
    assert_eq!(HashSet::from(&std_set), expected);
    assert_eq!(HashSet::from(std_set), expected);
    assert_eq!(HashSet::from(&btree), expected);
    let owned: HashSet<String> = HashSet::from(&hashset!["k"]);
    assert!(owned.contains("k"));
}

#[test]
fn defaults_are_empty_and_keep_their_hasher() {
    assert!(HashMap::<u8, u8>::default().is_empty());
    assert!(HashSet::<u8, Constant>::default().is_empty());
    let map: HashMap<u8, u8, Seeded> = HashMap::with_hasher(Seeded::with_seed(42));
    let empty: HashMap<String, u8, Seeded> = map.new_from();
    assert_eq!(
        format!("{:?} {:?}", map.hasher(), empty.hasher()),
        "Seeded(42) Seeded(42)"
    );
    let cleared = {
        let mut map = map.update(1, 1);
        map.clear();
        map
    };
    assert_eq!(format!("{:?}", cleared.hasher()), "Seeded(42)");
    let _: &RandomState = HashMap::<u8, u8>::new().hasher();
}
