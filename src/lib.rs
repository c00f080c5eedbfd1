#![doc = include_str!("../README.md")]

// The layers, each built on those before it.
mod runtime;

mod value;

pub mod identity;

pub mod docs;

pub use equivalent::Equivalent;
pub use identity::{Agent, Atom, AtomCell, Shared, metrics};
pub use value::{Diffable, HashMap, HashSet, RandomState};

/// The persistent hash map, its iterators, entries and changes.
pub mod hashmap {
    pub use crate::value::hash_map::{
        ConsumingIter, Diff, DiffItem, Entry, HashMap, Iter, IterMut, Keys, OccupiedEntry,
        VacantEntry, Values,
    };
    pub use crate::value::random_state::DefaultHasher;
}

/// The persistent hash set, its iterators and changes.
pub mod hashset {
    pub use crate::value::hash_set::{ConsumingIter, Diff, DiffItem, HashSet, Iter};
}
