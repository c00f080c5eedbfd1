//! The trie against a model, with every invariant of its shape checked after
//! each step.

use std::collections::BTreeMap;

use super::inner::Inner;
use super::layout::{FANOUT, LEVELS, leaf_max, slot_at, tag_of};
use super::link::{LinkRef, Node};
use super::{Change, Trie};

/// A few ways to hash badly, and one to hash well.
fn hashers() -> [fn(u64) -> u64; 7] {
    [
        |k| k.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (k << 7),
        |_| 0x5555_5555_5555_5555,
        |k| k & 0xF,
        |k| k << 60,
        |k| k << 55,
        |k| !0 << 6 | k & 0x3F,
        |k| (k & 7) << 61 | (k >> 3 & 7) << 1,
    ]
}

fn check<V>(trie: &Trie<u64, V>, hash: fn(u64) -> u64) {
    assert_eq!(subtree(trie.root.as_ref(), 0, &|_| true, hash), trie.len());
    assert_eq!(trie.root.as_ref().count(), trie.len());
    assert_eq!(trie.iter().count(), trie.len());
}

/// Checks a subtree at `level` and returns its number of entries.
fn subtree<V>(
    link: LinkRef<'_, u64, V>,
    level: usize,
    fits: &dyn Fn(u64) -> bool,
    hash: fn(u64) -> u64,
) -> usize {
    match link.node() {
        Node::Empty => 0,
        Node::Leaf(leaf) => {
            assert!(leaf.len() > 0, "an empty leaf is no leaf");
            assert!(
                leaf.len() <= leaf_max::<u64, V>() || level >= LEVELS,
                "overfull"
            );
            for (tag, (key, _)) in leaf.tagged() {
                assert_eq!(tag, tag_of(hash(*key)));
                assert!(fits(hash(*key)), "in the wrong place");
            }
            leaf.len()
        }
        Node::Inner(inner) => node(inner, level, fits, hash),
    }
}

fn node<V>(
    inner: &Inner<u64, V>,
    level: usize,
    fits: &dyn Fn(u64) -> bool,
    hash: fn(u64) -> u64,
) -> usize {
    let mut counts = [None; FANOUT];
    let mut next = 0;
    for (lo, span, child) in inner.children() {
        assert_eq!(lo, next, "children cover all slots");
        assert!(
            span.is_power_of_two() && lo % span == 0,
            "ranges are aligned"
        );
        assert!(
            (lo..lo + span).all(|slot| inner.child(slot).same(child)),
            "a leaf is repeated"
        );
        let within = |h: u64| fits(h) && (lo..lo + span).contains(&slot_at(h, level));
        let level = if span == 1 { level + 1 } else { level };
        let count = subtree(child, level, &within, hash);
        let is_inner = matches!(child.node(), Node::Inner(_));
        assert!(!is_inner || span == 1);
        assert_eq!(
            inner.leaf_len(lo, span),
            (!is_inner).then_some(count.min(254))
        );
        counts[lo] = Some((span, count));
        next = lo + span;
    }
    assert_eq!(next, FANOUT);
    // Canonical: no range that is divided would fit into one leaf.
    let total = |lo: usize, span: usize| -> usize {
        counts[lo..lo + span]
            .iter()
            .flatten()
            .map(|(_, count)| count)
            .sum()
    };
    for span in [2, 4, 8] {
        for lo in (0..FANOUT).step_by(span) {
            let divided = counts[lo].is_some_and(|(own, _)| own < span);
            assert!(
                !divided || total(lo, span) > leaf_max::<u64, V>(),
                "should be one leaf"
            );
        }
    }
    total(0, FANOUT)
}

struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

type Model = BTreeMap<u64, String>;

fn agree(trie: &Trie<u64, String>, model: &Model, hash: fn(u64) -> u64) {
    check(trie, hash);
    let content: Model = trie.iter().cloned().collect();
    assert_eq!(&content, model);
    for key in 0..8 {
        let found = trie.get(hash(key), |own| *own == key);
        assert_eq!(found.map(|(_, v)| v), model.get(&key));
    }
}

#[test]
fn versions_stay_as_they_were() {
    for (round, hash) in hashers().into_iter().enumerate() {
        let rehash = |key: &u64| hash(*key);
        let mut random = Random(round as u64 + 1);
        let mut versions: Vec<(Trie<u64, String>, Model)> = vec![(Trie::new(), Model::new()); 5];
        for step in 0..1500_u64 {
            let at = random.below(5) as usize;
            let domain = if step / 300 % 2 == 0 { 400 } else { 60 };
            let key = random.below(domain);
            let value = format!("{key}@{step}");
            let (trie, model) = &mut versions[at];
            match random.below(10) {
                0..=4 => {
                    let old = trie.insert(hash(key), (key, value.clone()), rehash);
                    assert_eq!(old, model.insert(key, value));
                }
                5 | 6 => {
                    let old = trie.remove(hash(key), |own| *own == key);
                    assert_eq!(old.map(|(_, v)| v), model.remove(&key));
                }
                7 => {
                    *trie = trie.updated(hash(key), (key, value.clone()), rehash);
                    model.insert(key, value);
                }
                8 => {
                    let new = trie.without(hash(key), |own| *own == key);
                    assert_eq!(new.is_some(), model.remove(&key).is_some());
                    *trie = new.unwrap_or_else(|| trie.clone());
                }
                _ => versions[(at + 1) % 5] = versions[at].clone(),
            }
            if step % 10 == 0 {
                for (trie, model) in &versions {
                    agree(trie, model, hash);
                }
            }
        }
        assert!(versions.iter().any(|(trie, _)| trie.len() > 40));
    }
}

#[test]
fn bulk_building_gives_the_same_shape_as_inserting() {
    for hash in hashers() {
        let rehash = |key: &u64| hash(*key);
        for n in [0, 1, 5, 33, 100, 700, 9000] {
            let n = if hash(1) == hash(2) { n.min(700) } else { n };
            let entries = || {
                (0..n)
                    .chain(0..n / 3)
                    .zip(0..)
                    .map(|(k, i)| (k, format!("{i}")))
            };
            let bulk = Trie::from_entries(entries(), rehash);
            let mut one_by_one = Trie::new();
            for (key, value) in entries() {
                one_by_one.insert(hash(key), (key, value), rehash);
            }
            check(&bulk, hash);
            assert_eq!(bulk.shape(), one_by_one.shape());
            assert!(bulk.equals_by(&one_by_one, |a, b| a == b));
        }
    }
}

#[test]
fn algebra_keeps_shape_and_content() {
    for (round, hash) in hashers().into_iter().enumerate() {
        let rehash = |key: &u64| hash(*key);
        let mut random = Random(round as u64 + 77);
        for step in 0..160 {
            let size = [3, 40, 300][step % 3];
            // Windows, so that whole ranges of the hash space are empty on one side.
            let draw = |random: &mut Random| -> Vec<u64> {
                let (low, width) = (random.below(400), 1 + random.below(400));
                (0..size)
                    .map(|_| (low + random.below(width)) % 400)
                    .collect()
            };
            let build = |keys: &[u64], mark: &str| {
                Trie::from_entries(keys.iter().map(|&k| (k, format!("{k}{mark}"))), rehash)
            };
            let base = draw(&mut random);
            let mut a = build(&base, "");
            let mut b = match step % 4 {
                0 => a.clone(),
                1 => build(&base, ""),
                _ => build(&draw(&mut random), "b"),
            };
            // Unrelated windows stay as they are.
            let changes = if step % 4 < 2 { size as usize / 4 } else { 0 };
            for trie in [&mut a, &mut b] {
                for key in draw(&mut random).into_iter().take(changes) {
                    if random.below(2) == 0 {
                        trie.insert(hash(key), (key, format!("{key}+{step}")), rehash);
                    } else {
                        trie.remove(hash(key), |own| *own == key);
                    }
                }
            }
            let model = |trie: &Trie<u64, String>| -> Model { trie.iter().cloned().collect() };
            let (x, y) = (model(&a), model(&b));
            let mut union = y.clone();
            union.extend(x.clone());
            agree(&a.union(&b, rehash), &union, hash);
            let mut common = x.clone();
            common.retain(|k, _| y.contains_key(k));
            agree(&a.intersection(&b, rehash), &common, hash);
            let mut rest = x.clone();
            rest.retain(|k, _| !y.contains_key(k));
            agree(&a.relative_complement(&b, rehash), &rest, hash);
            let mut kept = a.clone();
            kept.retain(|k, _| k % 3 != 0);
            let mut expected = x.clone();
            expected.retain(|k, _| k % 3 != 0);
            agree(&kept, &expected, hash);
            agree(&a, &x, hash);
            assert_eq!(a.equals_by(&b, |p, q| p == q), x == y);
            let subset = common.iter().all(|(k, v)| y.get(k) == Some(v));
            let inside = a
                .intersection(&b, rehash)
                .is_subtrie_by(&b, rehash, |p, q| p == q);
            assert_eq!(inside, subset);
            let mut changed = x.clone();
            let mut diff = a.diff(&b);
            while let Some(change) = diff.next_by(rehash, |p, q| p == q) {
                match change {
                    Change::Add((k, v)) => assert_eq!(changed.insert(*k, v.clone()), None),
                    Change::Update((k, old), (_, v)) => {
                        assert_eq!(changed.insert(*k, v.clone()).as_ref(), Some(old));
                        assert_ne!(old, v);
                    }
                    Change::Remove((k, v)) => assert_eq!(changed.remove(k).as_ref(), Some(v)),
                }
            }
            assert_eq!(changed, y);
            assert!(a.union(&a.clone(), rehash).ptr_eq(&a));
            assert!(a.union(&a.intersection(&b, rehash), rehash).ptr_eq(&a));
            assert!(a.intersection(&a.union(&b, rehash), rehash).ptr_eq(&a));
            let only = a.relative_complement(&b, rehash);
            assert!(only.relative_complement(&b, rehash).ptr_eq(&only));
        }
    }
}

#[test]
fn iteration_by_value_and_by_reference_agree() {
    for hash in hashers() {
        let trie = Trie::from_entries((0..500).map(|k| (k, k.to_string())), |key: &u64| hash(*key));
        let by_ref: Vec<_> = trie.iter().cloned().collect();
        let folded: Vec<_> = trie.iter().fold(Vec::new(), |mut all, entry| {
            all.push(entry.clone());
            all
        });
        assert_eq!(by_ref, folded);
        let shared: Vec<_> = trie.clone().into_iter().collect();
        assert_eq!(by_ref, shared);
        let mut changed = trie.clone();
        for (_, value) in changed.iter_mut() {
            value.push('!');
        }
        check(&changed, hash);
        assert!(
            changed
                .iter()
                .zip(trie.iter())
                .all(|(n, o)| n.1 == format!("{}!", o.1))
        );
        let owned: Vec<_> = trie.into_iter().collect();
        assert_eq!(by_ref, owned);
    }
}

#[test]
fn a_cursor_returns_the_place_of_the_entry_that_it_added() {
    for hash in hashers() {
        let rehash = |key: &u64| hash(*key);
        let mut trie = Trie::new();
        let mut keep = Vec::new();
        for key in 0..300_u64 {
            if key % 7 == 0 {
                keep.push(trie.clone());
            }
            let cursor = trie.seek(hash(key), |own| *own == key);
            let value = cursor.insert((key, key.to_string()), rehash);
            assert_eq!(*value, key.to_string());
            value.push('!');
            let found = trie
                .get(hash(key), |own| *own == key)
                .map(|(_, value)| value.as_str());
            assert_eq!(found, Some(format!("{key}!").as_str()));
        }
        check(&trie, hash);
    }
}
