//! What the collections that can tell their differences have in common.

use core::hash::{BuildHasher, Hash};

use super::hash_map::{self, HashMap};
use super::hash_set::{self, HashSet};

/// A value that can tell what changed between two versions of it.
///
/// It is what lets a [`Change`](crate::identity::Change) or a
/// [`History`](crate::identity::History) say what changed in a collection. Each collection of this
/// crate has it, and the cost is that of its own `diff`: in the number of changes, not in the size.
///
/// # Examples
///
/// Implement it for a type that holds a collection:
///
/// ```
/// use heptad::{Diffable, HashMap, hashmap};
///
/// struct Stock {
///     pieces: HashMap<&'static str, u32>,
/// }
///
/// impl Diffable for Stock {
///     type Diff<'a> = hashmap::Diff<'a, 'a, &'static str, u32>;
///
///     fn diff_to<'a>(&'a self, new: &'a Self) -> Self::Diff<'a> {
///         self.pieces.diff(&new.pieces)
///     }
/// }
///
/// let old = Stock { pieces: hashmap! { "nail" => 7 } };
/// let new = Stock { pieces: old.pieces.update("nail", 6) };
/// assert_eq!(old.diff_to(&new).count(), 1);
/// ```
pub trait Diffable {
    /// Iterates over the differences.
    type Diff<'a>: Iterator
    where
        Self: 'a;

    /// What changed from this value to `new`.
    fn diff_to<'a>(&'a self, new: &'a Self) -> Self::Diff<'a>;
}

impl<K, V, S> Diffable for HashMap<K, V, S>
where
    K: Hash + Eq,
    V: PartialEq,
    S: BuildHasher,
{
    type Diff<'a>
        = hash_map::Diff<'a, 'a, K, V, S>
    where
        Self: 'a;

    fn diff_to<'a>(&'a self, new: &'a Self) -> Self::Diff<'a> {
        self.diff(new)
    }
}

impl<A, S> Diffable for HashSet<A, S>
where
    A: Hash + Eq,
    S: BuildHasher,
{
    type Diff<'a>
        = hash_set::Diff<'a, 'a, A, S>
    where
        Self: 'a;

    fn diff_to<'a>(&'a self, new: &'a Self) -> Self::Diff<'a> {
        self.diff(new)
    }
}
