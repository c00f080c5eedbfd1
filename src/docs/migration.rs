//! Coming from `im` or `imbl`: name by name what differs, and why.
//!
//! For `HashMap` and `HashSet`, change the `use` line; the public names of imbl 7 are here with the
//! same meaning:
//!
//! ```
//! // use imbl::{HashMap, HashSet, hashmap, hashset};
//! use heptad::{HashMap, HashSet, hashmap, hashset};
//!
//! let map: HashMap<&str, u32> = hashmap! {"a" => 1, "b" => 2};
//! let more = map.update_with("b", 40, |old, new| old + new);
//! assert_eq!(map.union(more.without("a")), hashmap! {"a" => 1, "b" => 2});
//!
//! let set: HashSet<u32> = hashset! {1, 2, 3};
//! assert!(hashset! {1, 2}.is_subset(&set));
//! ```
//!
//! # From `imbl`
//!
//! | in imbl | here | why |
//! |---|---|---|
//! | `HashMap::insert` of a present key stores the new key object | keeps the first one, as the standard library does; `HashSet::insert` stores the new element, as in imbl | a key that others may have kept a clone of should not change with its value |
//! | `GenericHashMap`, `GenericHashSet`, `shared_ptr`, a pointer parameter `P` on maps and iterators | absent; `HashMap<K, V, S>` has its hasher as third parameter, iterators have none | the counts are in the nodes, so there is no pointer type to choose |
//! | `let m = HashMap::default();` without a type | needs one: `HashMap::<K, V>::default()`, or `HashMap::new()` | `S` has a default, but inference does not use it, as for the standard library's map |
//! | hasher: the standard library's `RandomState`, a seed for each map | [`RandomState`](crate::RandomState), a seed for each process | maps built apart can be merged by structure; the standard library's still fits as `S` |
//! | iteration order | another one | it was never promised |
//! | `difference` is `symmetric_difference`, and deprecated | the same | what the standard library calls difference is `relative_complement`, as in imbl |
//! | features `quickcheck`, `bincode` | absent | little used; planned are `serde`, `rayon`, `proptest`, `arbitrary` |
//! | features `serde`, `rayon`, `proptest`, `arbitrary` | not yet | |
//! | `OrdMap`, `OrdSet`, `Vector`, their macros, and conversions from and to them | not yet | use imbl's beside heptad's maps until then |
//!
//! # From `im`
//!
//! All of the above, and:
//!
//! | in im | here | why |
//! |---|---|---|
//! | `K: Borrow<Q>, Q: Hash + Eq` on lookups | `Q: Hash + Equivalent<K>`, as in imbl 7 | accepts all that `Borrow` does, and keys such as `(&str, &str)` for `(String, String)` |
//! | `im_rc`, with counts that are not atomic | absent | one kind of map that may always be sent |
//! | `Hash` of a map depends on the order in which it iterates | does not | equal maps must have equal hashes |
//! | removing an absent key may copy | never copies | |
//!
//! # Beyond both
//!
//! | new | what for |
//! |---|---|
//! | [`HashMap::diff`](crate::HashMap::diff), [`HashSet::diff`](crate::HashSet::diff) | what changed between two versions, at the price of what changed |
//! | [`HashMap::merge3`](crate::HashMap::merge3) | two edited copies of one map into one |
//! | `Hash` on maps, whatever `S` | maps as keys and members of sets |
//! | `Clone` on every iterator that does not borrow exclusively | look ahead |
//! | `IntoIterator for &mut HashMap` | `for (key, value) in &mut map` |
//! | `==`, `is_submap`, `union`, `intersection`, `relative_complement` by structure | parts that two versions share are skipped, and a result that is one side's is that side's very tree |
//!
//! ```
//! use heptad::{HashMap, hashmap, hashmap::DiffItem};
//!
//! let base = hashmap! {"title" => "draft", "author" => "ann"};
//! let ours = base.update("title", "final");
//! let theirs = base.without("author");
//! let merged = HashMap::merge3(&base, &ours, &theirs, |key, _, _, _| {
//!     panic!("both sides changed {key}")
//! });
//! assert_eq!(merged, hashmap! {"title" => "final"});
//!
//! let changes: Vec<_> = base.diff(&theirs).collect();
//! assert!(matches!(changes[..], [DiffItem::Remove(&"author", &"ann")]));
//! ```
