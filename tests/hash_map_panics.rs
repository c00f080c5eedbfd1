//! A panic in user code, at any call of `Hash`, `Eq`, `Clone`, `Drop` or a closure, reaches the
//! caller; all versions stay what they were, nothing leaks and nothing is dropped twice.
//!
//! Each operation runs again and again with the n-th call panicking, until it gets through.
//!
//! Under a leak sanitizer, `--skip panicking_destructors`: these leak by the compiler's doing.

mod support;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use heptad::hashmap::Entry;
use heptad::{HashMap, HashSet};
use support::content::{Key, Value};
use support::counted::{Call, Census, CountedKey, CountedValue, Injected, arm, disarm, tick};
use support::hashers::{Constant, Good, LevelBoundary, LowBits, Seeded};
use support::interp::{Hasherly, contents};

type Map<S> = HashMap<CountedKey, CountedValue, S>;
type Content = BTreeMap<u16, u32>;

/// Panics of destructors have tests of their own: see `Operation::only_drops`.
const CALLS: [Call; 4] = [Call::Hash, Call::Eq, Call::Clone, Call::Closure];

fn k(id: u16) -> CountedKey {
    CountedKey::new(id, 0)
}

fn v(n: u32) -> CountedValue {
    CountedValue::new(n)
}

fn called<T>(result: T) -> T {
    tick(Call::Closure);
    result
}

/// An operation on a map of the keys `0..size` and another of `size / 2..size + size / 2`.
struct Operation<S> {
    name: &'static str,
    /// Whether it changes the map all at once: after a panic elsewhere than in a destructor,
    /// nothing has happened then. The others may have come as far as some entries.
    atomic: bool,
    run: fn(&mut Map<S>, &Map<S>),
}

impl<S> Operation<S> {
    /// Whether it returns nothing. What a function returns is leaked by the compiler, not by the
    /// map, when a destructor panics behind it (rust-lang/rust#47949), so that leaks after such
    /// a panic are counted for these only.
    fn only_drops(&self) -> bool {
        matches!(self.name, "clear" | "drain" | "retain" | "iter_mut")
    }
}

macro_rules! operations {
    ($($name:ident, $atomic:ident: |$map:ident, $other:ident| $run:expr;)*) => {
        vec![$(Operation {
            name: stringify!($name),
            atomic: operations!(@ $atomic),
            run: |$map, $other| {
                let _ = $other;
                $run;
            },
        }),*]
    };
    (@ whole) => { true };
    (@ parts) => { false };
}

fn edits<S: Hasherly>() -> Vec<Operation<S>> {
    operations! {
        get, whole: |map, other| assert!(map.get(&k(3)).is_some());
        insert_new, whole: |map, other| map.insert(k(900), v(1));
        insert_present, whole: |map, other| map.insert(k(3), v(1));
        remove_present, whole: |map, other| map.remove(&k(3));
        remove_absent, whole: |map, other| map.remove(&k(900));
        remove_with_key, whole: |map, other| map.remove_with_key(&k(4));
        get_mut, whole: |map, other| map.get_mut(&k(3)).unwrap().set(1);
        index_mut, whole: |map, other| map[&k(3)].set(1);
        entry_or_insert, whole: |map, other| map.entry(k(900)).or_insert_with(|| called(v(1)));
        entry_or_insert_present, whole: |map, other| map.entry(k(3)).or_insert(v(1)).set(1);
        entry_modify, whole: |map, other| map.entry(k(3)).and_modify(|value| called(value).set(1));
        entry_insert, whole: |map, other| match map.entry(k(3)) {
            Entry::Occupied(mut entry) => entry.insert(v(1)),
            Entry::Vacant(_) => panic!("3 is there"),
        };
        entry_remove, whole: |map, other| match map.entry(k(3)) {
            Entry::Occupied(entry) => entry.remove_entry(),
            Entry::Vacant(_) => panic!("3 is there"),
        };
        extend, parts: |map, other| map.extend((0..30).map(|id| called((k(id * 7), v(1)))));
        retain, parts: |map, other| map.retain(|key, _| called(key.id() % 3 != 0));
        iter_mut, parts: |map, other| map.iter_mut().for_each(|(_, value)| called(value).set(1));
        clear, parts: |map, other| map.clear();
        drain, parts: |map, other| std::mem::take(map).into_iter().for_each(|_| called(()));
        drain_half, parts: |map, other| drop(std::mem::take(map).into_iter().nth(5));
    }
}

fn versions<S: Hasherly>() -> Vec<Operation<S>> {
    operations! {
        update_new, whole: |map, other| *map = map.update(k(900), v(1));
        update_present, whole: |map, other| *map = map.update(k(3), v(1));
        update_with, whole: |map, other| *map = map.update_with(k(3), v(1), |_, new| called(new));
        update_lookup, whole: |map, other| {
            *map = map.update_lookup_with_key(k(3), v(1), |_, _, new| called(new)).1
        };
        alter, whole: |map, other| *map = map.alter(|_| called(None), k(3));
        without, whole: |map, other| *map = map.without(&k(3));
        extract, whole: |map, other| *map = map.extract(&k(3)).unwrap().1;
        collect, whole: |map, other| *map = (0..40).map(|id| called((k(id * 5 % 99), v(1)))).collect();
        recollect, whole: |map, other| *map = map.clone().into_iter().collect();
        union, whole: |map, other| *map = map.clone().union(other.clone());
        union_by_value, parts: |map, other| *map = std::mem::take(map).union(other.clone());
        union_with, whole: |map, other| {
            *map = map.clone().union_with(other.clone(), |left, _| called(left))
        };
        intersection, whole: |map, other| *map = map.clone().intersection(other.clone());
        intersection_with, whole: |map, other| {
            *map = map.clone().intersection_with(other.clone(), |_, right: CountedValue| called(right))
        };
        complement, whole: |map, other| *map = map.clone().relative_complement(other.clone());
        symmetric_difference, whole: |map, other| {
            *map = map.clone().symmetric_difference(other.clone())
        };
        symmetric_difference_with, whole: |map, other| {
            *map = map.clone().symmetric_difference_with(other.clone(), |left, _| called(Some(left)))
        };
        merge3, whole: |map, other| {
            *map = HashMap::merge3(&map.without(&k(7)), map, other, |_, _, ours, _| {
                called(ours.cloned())
            })
        };
        diff, whole: |map, other| map.diff(other).for_each(|_| called(()));
        equal, whole: |map, other| assert!(*map != *other);
        submap, whole: |map, other| assert!(!map.is_submap_by(other, |_, _: &CountedValue| called(true)));
    }
}

fn base<S: Hasherly>(size: u16) -> Map<S> {
    (0..size)
        .map(|id| (k(id), v(100 + u32::from(id))))
        .collect()
}

fn content<S>(map: &Map<S>) -> Content {
    contents(map)
        .into_iter()
        .map(|(id, _, n)| (id, n))
        .collect()
}

/// Runs it with the `nth` call panicking. True if that call came.
fn injected(call: Call, nth: u64, f: impl FnOnce()) -> bool {
    arm(call, nth);
    let result = catch_unwind(AssertUnwindSafe(f));
    let unused = disarm();
    match result {
        Ok(()) => assert!(unused, "the panic must reach the caller"),
        Err(panic) => assert!(panic.is::<Injected>(), "no other panic than ours"),
    }
    !unused
}

/// Each key is as before or as after, and nothing else is there.
fn is_between(now: &Content, before: &Content, after: &Content) -> bool {
    let keys = before.keys().chain(after.keys()).chain(now.keys());
    keys.into_iter()
        .all(|id| now.get(id) == before.get(id) || now.get(id) == after.get(id))
}

fn assert_usable<S: Hasherly>(map: &mut Map<S>) {
    assert_eq!(map.len(), map.iter().count());
    for id in content(map).into_keys() {
        assert!(map.contains_key(&k(id)), "what is iterated is found");
    }
    for id in 0..40 {
        map.insert(k(2000 + id), v(1));
    }
    for id in 0..40 {
        assert!(map.remove(&k(2000 + id)).is_some());
    }
}

/// How the map is held while the operation runs.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Held {
    Alone,
    ByAnotherVersion,
    /// The root is shared, and half of what is below it is not.
    InParts,
}

fn hold<S: Hasherly>(start: &Map<S>, held: Held) -> (Map<S>, Vec<Map<S>>) {
    match held {
        Held::Alone => (
            start.iter().map(|(k, v)| (k.clone(), v.clone())).collect(),
            vec![],
        ),
        Held::ByAnotherVersion => (start.clone(), vec![start.clone()]),
        Held::InParts => {
            let mut edited = start.clone();
            edited.insert(k(3), v(103));
            let other = edited.without(&k(1));
            (edited, vec![start.clone(), other])
        }
    }
}

fn survives<S: Hasherly>(operation: &Operation<S>, call: Call, size: u16, held: Held) -> u64 {
    let (start, other) = (base::<S>(size), {
        let range = size / 2..size + size / 2;
        start_from::<S>(range)
    });
    let before = content(&start);
    let after = {
        let mut map = start.clone();
        (operation.run)(&mut map, &other);
        content(&map)
    };
    let (mut nth, mut fired) = (1, 0);
    loop {
        let context = format!("{} {call:?} {nth} of {size} {held:?}", operation.name);
        let (mut map, others) = hold(&start, held);
        let kept: Vec<_> = others.iter().map(content).collect();
        let came = injected(call, nth, || (operation.run)(&mut map, &other));
        assert!(
            others.iter().map(content).eq(kept),
            "an old version changed: {context}"
        );
        assert_eq!(content(&start), before, "{context}");
        let now = content(&map);
        let taken = operation.name == "union_by_value" || operation.name.starts_with("drain");
        if came && operation.atomic && call != Call::Drop {
            assert_eq!(now, before, "{context}");
        } else if came && !taken {
            assert!(is_between(&now, &before, &after), "{context}: {now:?}");
        }
        assert_usable(&mut map);
        if !came {
            assert_eq!(now, after, "{context}");
            return fired;
        }
        fired += 1;
        nth += 1 + nth / 3;
    }
}

fn start_from<S: Hasherly>(ids: std::ops::Range<u16>) -> Map<S> {
    ids.map(|id| (k(id), v(500 + u32::from(id)))).collect()
}

fn all_operations_survive<S: Hasherly>(
    operations: fn() -> Vec<Operation<S>>,
    calls: &[Call],
    size: u16,
) {
    let mut fired = vec![0; calls.len()];
    for operation in operations() {
        for (&call, fired) in calls.iter().zip(&mut fired) {
            for held in [Held::Alone, Held::ByAnotherVersion, Held::InParts] {
                let census = Census::start();
                *fired += survives(&operation, call, size, held);
                let context = format!("{} {call:?} {held:?}", operation.name);
                if call == Call::Drop && !operation.only_drops() {
                    census.finish_but_for_leaks(&context);
                } else {
                    census.finish(&context);
                }
            }
        }
    }
    assert!(
        fired.iter().all(|n| *n > 0),
        "each kind of call panicked: {calls:?} {fired:?}"
    );
}

macro_rules! hashers {
    ($($test:ident: $hasher:ty, $size:expr;)*) => {
        $(
            mod $test {
                use super::*;

                #[test]
                fn edits_in_place() {
                    all_operations_survive::<$hasher>(edits, &CALLS, $size);
                }

                #[test]
                fn new_versions() {
                    all_operations_survive::<$hasher>(versions, &CALLS, $size);
                }

                #[test]
                fn edits_with_panicking_destructors() {
                    all_operations_survive::<$hasher>(edits, &[Call::Drop], $size);
                }

                #[test]
                fn new_versions_with_panicking_destructors() {
                    all_operations_survive::<$hasher>(versions, &[Call::Drop], $size);
                }
            }
        )*
    };
}

hashers! {
    one_leaf: Good, 9;
    good_hash: Good, 90;
    collisions_only: Constant, 24;
    sixteen_hashes: LowBits, 60;
    one_leaf_a_level: LevelBoundary, 60;
    a_seed_a_map: Seeded, 60;
}

#[test]
fn a_set_survives_too() {
    set_survives(&CALLS);
}

#[test]
fn a_set_survives_panicking_destructors() {
    set_survives(&[Call::Drop]);
}

fn set_survives(calls: &[Call]) {
    type Set = HashSet<CountedKey, Good>;
    let set = |ids: std::ops::Range<u16>| -> Set { ids.map(k).collect() };
    let ids = |set: &Set| {
        let mut ids: Vec<u16> = set.iter().map(Key::id).collect();
        ids.sort_unstable();
        ids
    };
    let operations: [fn(&mut Set, &Set); 7] = [
        |set, _| {
            let mut owner: Set = set.iter().cloned().collect();
            owner.retain(|key| key.id() % 2 == 0);
        },
        |set, _| drop(set.insert(k(3))),
        |set, _| drop(set.insert(k(900))),
        |set, _| drop(set.remove(&k(3))),
        |set, other| *set = set.clone().union(other.clone()),
        |set, other| *set = set.clone().intersection(other.clone()),
        |set, other| *set = set.clone().symmetric_difference(other.clone()),
    ];
    let mut fired = 0;
    for operation in operations {
        for &call in calls {
            let census = Census::start();
            let mut nth = 1;
            loop {
                let (mut now, other) = (set(0..70), set(35..105));
                let version = now.clone();
                let came = injected(call, nth, || operation(&mut now, &other));
                assert!(ids(&version).into_iter().eq(0..70) && ids(&other).into_iter().eq(35..105));
                assert_eq!(now.len(), now.iter().count());
                if !came {
                    break;
                }
                fired += 1;
                nth += 1 + nth / 3;
            }
            // See `Operation::only_drops`.
            if call == Call::Drop {
                census.finish_but_for_leaks("sets");
            } else {
                census.finish("sets");
            }
        }
    }
    assert!(fired > 20, "{fired} panics were injected");
}

/// Dropping goes on behind a destructor that panics, in every node.
#[test]
fn the_last_version_may_panic_while_it_is_dropped() {
    for size in [1, 16, 17, 40, 300] {
        for nth in [1, 2, 15, 16, 17, 33, u64::from(size), 2 * u64::from(size)] {
            let census = Census::start();
            let map = base::<Good>(size);
            let came = injected(Call::Drop, nth, || drop(map));
            assert_eq!(
                came,
                nth <= 2 * u64::from(size),
                "{size} keys and as many values"
            );
            census.finish(&format!("drop {nth} of {size}"));
        }
    }
}

#[test]
fn an_owning_iterator_may_be_dropped_at_any_entry() {
    for shared in [false, true] {
        for taken in [0, 1, 15, 16, 17, 100, 299, 300] {
            let census = Census::start();
            let map = base::<Good>(300);
            let version = shared.then(|| map.clone());
            let mut entries = map.into_iter();
            assert_eq!(entries.by_ref().take(taken).count(), taken);
            let copy = entries.clone();
            assert_eq!(copy.len(), 300 - taken);
            injected(Call::Drop, 3, || drop(entries));
            assert_eq!(copy.count(), 300 - taken);
            assert!(version.is_none_or(|map| content(&map).len() == 300));
            census.finish(&format!("{taken} taken, shared: {shared}"));
        }
    }
}

#[test]
fn a_panicking_source_leaves_the_map_with_what_it_gave() {
    let census = Census::start();
    let mut map = base::<Good>(50);
    let version = map.clone();
    let source = (0..1000).map(|id| {
        assert!(id < 20, "the source ends badly");
        (k(1000 + id), v(1))
    });
    let result = catch_unwind(AssertUnwindSafe(|| map.extend(source)));
    assert!(result.is_err());
    assert!((50..=70).contains(&map.len()), "{} entries", map.len());
    assert_eq!(version.len(), 50);
    assert_usable(&mut map);
    drop((map, version));
    census.finish("a panicking source");
}
