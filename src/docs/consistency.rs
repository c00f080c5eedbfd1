//! What each operation guarantees, and which test would fail if it did not.
//!
//! The tests are in `tests/`, by the names given here. Those of collections keep several versions
//! alive and look at all of them again after each operation, and run over good hashers as well as
//! bad ones: constant, the low bits only, the high bits only.
//!
//! # `HashMap`, `HashSet`
//!
//! | guarantee | test |
//! |---|---|
//! | each operation returns and leaves what the standard library's map or set would | `hash_map_model`, `hash_set_model` |
//! | a clone taken before a change never shows it | `hash_map_model`, `hash_set_model` |
//! | `insert` of a present key keeps the first key object; `HashSet::insert` stores the new one | `hash_map_model`, `hash_set_model` |
//! | equal content means the same shape, `==` and equal `Hash`, whatever the history | `hash_map_canonical`, `hash_map_traits` |
//! | an iterator yields each entry once, and its `len` is exact at each step, also with colliding hashes | `hash_map_iterators` |
//! | clones of one version iterate in the same order; nothing more is said about order | `hash_map_iterators` |
//! | `old.diff(&new)` yields each key that differs once, and applied to `old` gives `new` | `hash_map_diff` |
//! | union, intersection and complement obey the laws of sets; where both have a key, the documented side wins | `hash_map_algebra` |
//! | `merge3` keeps what one side changed, and asks `resolve` about what both changed | `hash_map_merge3` |
//! | a panic in `Hash`, `Eq`, `Clone`, `Drop` or a closure reaches the caller; every version stays valid, nothing leaks and nothing is dropped twice | `hash_map_panics` |
//! | `Hash` and `Eq` that contradict each other give wrong answers, never undefined behaviour | `hash_map_liars` |
//! | entries of any size and alignment, also none | `hash_map_layouts` |
//! | maps made from one another are merged and compared by structure, also with a hasher that has a state | `hash_map_algebra` |
//! | one seed a process for the default hasher, and another for the next process | `random_state` |
//! | an empty map, a clone, a read and the removal of an absent key allocate nothing; memory goes back as entries are removed | `hash_map_memory` |
//! | `Send` and `Sync` exactly when keys, values and hasher are; covariant | `hash_map_traits` |
//! | a program written for imbl's maps and sets passes after its `use` lines changed | `imbl_migration` |
//! | removing, updating or borrowing an absent key copies nothing, and other bugs that persistent maps have shipped | `regressions_of_others` |
//!
//! ```
//! use heptad::HashMap;
//!
//! let old: HashMap<u32, u32> = (0..1000).map(|n| (n, n)).collect();
//! let mut new = old.clone();
//! new.insert(7, 0);
//! assert_eq!(old[&7], 7); // the older version never shows the change
//! assert_eq!(old.diff(&new).count(), 1);
//!
//! new.insert(7, 7);
//! assert_eq!(old, new); // equal content, whatever the history
//! ```
//!
//! # `Atom`
//!
//! Every operation takes effect at one moment between its call and its return, in one order that
//! all threads agree on (it is *linearizable*): `atom_linearizable` searches recorded histories
//! for such an order, and `loom_atom` runs small programs through every interleaving.
//!
//! | operation | guarantee | test |
//! |---|---|---|
//! | `with`, `load`, `load_full` | one value that the atom held, never a mixture; waits for no writer | `loom_atom`, `atom_linearizable` |
//! | `load`, `load_full` | the value lives as long as the handle, and is freed once when the last holder is gone | `loom_refcount`, `loom_atom` |
//! | `swap`, `swap_vals` | the new value was computed from the very value it replaced: no update is lost | `atom_lost_update`, `loom_atom` |
//! | `swap`, `swap_vals` | a panic in the closure reaches the caller; the old value stays and the atom works on | `atom_panics` |
//! | `reset` | replaces whatever is there, and counts as one update | `atom_linearizable` |
//! | `compare_and_set` | replaces the very value that `expected` holds or nothing; gives both values back when refused | `atom_linearizable`, `loom_atom` |
//! | `version` | goes up by one with each update | `atom_lost_update`, `atom_linearizable` |
//! | all updates | what a thread wrote before it published a value is visible to whoever reads that value | `loom_atom` |
//!
//! `compare_and_set` compares identity, not equality. A value that was replaced and put back is a
//! different one, so there is no ABA problem:
//!
//! ```
//! use heptad::Atom;
//!
//! let atom = Atom::new(1);
//! let seen = atom.load_full();
//! atom.reset(2);
//! atom.reset(1);
//! let refused = atom.compare_and_set(&seen, 3).unwrap_err();
//! assert_eq!((*refused.current, refused.refused), (1, 3));
//! assert_eq!(refused.current.version(), seen.version() + 2);
//! ```
//!
//! # What is not guaranteed
//!
//! - Two atoms are never seen at one moment. What must agree belongs into one value.
//! - Values read one after the other may lie several updates apart; `Shared::version` tells.
//! - A `swap` among faster ones may run its closure without limit: see [`limitations`].
//! - When, and on which thread, a replaced value is dropped: see [`limitations`].
//!
//! [`limitations`]: super::limitations
