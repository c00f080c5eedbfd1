//! Persistent collections: values that are cheap to keep.
//!
//! A *persistent* collection never loses an old version: `clone` takes one in
//! constant time, and a change made through one handle is invisible through every
//! other. Versions share all that they have in common, so that keeping a thousand
//! of them costs about a thousand changes, not a thousand copies. As long as nobody
//! else holds a part, it is changed in place.
//!
//! | file | what it holds |
//! |---|---|
//! | `hash_map.rs`, `hash_map/` | [`HashMap`]: the public type and everything one can do with it |
//! | `hash_set.rs`, `hash_set/` | [`HashSet`]: a map without values |
//! | `hash_trie/` | the tree under both; knows hashes and entries, no hasher |
//! | `diffable.rs` | [`Diffable`]: the collections that can tell what changed |
//! | `random_state.rs` | [`RandomState`]: the default hasher, seeded once a process |
//! | `hasher_id.rs` | how two maps find out that they hash alike |
//! | `macros.rs` | `hashmap!`, `hashset!`, `get_in!`, `update_in!` |
//!
//! This layer knows no identity, no clock and no thread, and imports nothing of the
//! crate but the atomics of `runtime::sync`. Everything above the trie is safe code.

mod diffable;
pub(crate) mod hash_map;
pub(crate) mod hash_set;
mod hash_trie;
mod hasher_id;
mod macros;
pub(crate) mod random_state;

pub use diffable::Diffable;
pub use hash_map::HashMap;
pub use hash_set::HashSet;
pub use random_state::RandomState;
