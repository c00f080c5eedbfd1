//! The persistent hash set: a [`HashMap`] whose values are nothing.
//!
//! Everything a set does is a map's doing; this file gives it a set's words.
//!
//! | file | what it adds |
//! |---|---|
//! | `algebra.rs` | union, intersection, differences, subsets |
//! | `diff.rs` | what changed between two versions; merging two changes of one version |
//! | `iter.rs` | the iterators |
//! | `convert.rs` | `From`, `FromIterator`, `Extend` |
//! | `traits.rs` | the other traits of std |

mod algebra;
mod convert;
mod diff;
mod iter;
mod traits;

use std::hash::{BuildHasher, Hash};

use equivalent::Equivalent;

pub use self::diff::{Diff, DiffItem};
pub use self::iter::{ConsumingIter, Iter};

use super::hash_map::HashMap;
use super::random_state::RandomState;

/// A persistent hash set.
///
/// [`clone`](Clone::clone) takes a snapshot in constant time. Snapshots share what they
/// have in common, and a snapshot never shows a change made after it was taken.
///
/// ```
/// use heptad::hashset;
///
/// let mut guests = hashset! { "ada", "alan" };
/// let invited = guests.clone();
///
/// guests.remove("alan");
/// guests.insert("grace");
///
/// assert_eq!(guests, hashset! { "ada", "grace" });
/// assert_eq!(invited, hashset! { "ada", "alan" });
/// assert_eq!(invited.relative_complement(guests), hashset! { "alan" });
/// ```
///
/// Elements need [`Hash`], [`Eq`] and, for the set to be changed, [`Clone`]. Lookups take
/// anything that is [`Equivalent`] to an element, such as a `&str` for a `String`.
///
/// # Complexity
///
/// `n` is the number of elements, `m` that of the other set, and `d` that in the parts of two
/// sets which are not shared: sets that hash alike are walked side by side, and what they
/// share is skipped. Sets hash alike when one was made from the other, and always when
/// their hasher has no state, as the default [`RandomState`]. Otherwise these operations
/// go element by element, in O(n + m).
///
/// | operation | time |
/// |---|---|
/// | [`new`](Self::new), [`len`](Self::len), [`clone`](Clone::clone), [`ptr_eq`](Self::ptr_eq) | O(1) |
/// | [`contains`](Self::contains) | O(log n) |
/// | [`insert`](Self::insert), [`remove`](Self::remove) | O(log n); in place where nothing is shared |
/// | [`update`](Self::update), [`without`](Self::without) | O(log n), copying one path |
/// | removal of an absent element | O(log n), copying nothing |
/// | [`iter`](Self::iter) | O(n) in all |
/// | [`retain`](Self::retain) | O(n) |
/// | `collect`, `From`, [`extend`](Extend::extend) of an empty set | O(n), in bulk |
/// | [`extend`](Extend::extend) of a set with elements | O(m log n) |
/// | [`union`](Self::union), [`intersection`](Self::intersection), [`relative_complement`](Self::relative_complement), [`symmetric_difference`](Self::symmetric_difference) | O(d) |
/// | `==`, [`is_subset`](Self::is_subset), [`diff`](Self::diff) | O(d) |
/// | [`merge3`](Self::merge3) | O(c log n), `c` being what `theirs` changed |
/// | `Hash` | O(n) |
///
/// What [`HashMap`] says about its logarithm, its order, panics in your code, and the
/// hasher parameter in expressions holds here too.
pub struct HashSet<A, S = RandomState> {
    pub(super) map: HashMap<A, (), S>,
}

impl<A> HashSet<A> {
    /// An empty set with the default hasher. Allocates nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::HashSet;
    ///
    /// let mut primes = HashSet::new();
    /// primes.insert(2);
    /// assert_eq!(primes.len(), 1);
    /// ```
    #[inline]
    #[must_use]
    pub fn new() -> Self {
        Self {
            map: HashMap::new(),
        }
    }

    /// A set of one element, with the default hasher.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::{HashSet, hashset};
    ///
    /// assert_eq!(HashSet::unit(2), hashset! { 2 });
    /// ```
    #[inline]
    #[must_use]
    pub fn unit(a: A) -> Self
    where
        A: Hash + Eq + Clone,
    {
        Self {
            map: HashMap::unit(a, ()),
        }
    }
}

impl<A, S> HashSet<A, S> {
    /// An empty set with the given hasher. Allocates nothing.
    ///
    /// Sets given separate hashers are merged and compared element by element, unless `S` has
    /// size zero. To make sets that can be merged structurally, make one from the
    /// other by `clone` or [`new_from`](Self::new_from).
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::HashSet;
    /// use std::hash::RandomState;
    ///
    /// let mut set = HashSet::with_hasher(RandomState::new());
    /// set.insert("ada");
    /// assert!(set.contains("ada"));
    /// ```
    #[inline]
    #[must_use]
    pub fn with_hasher(hasher: S) -> Self {
        Self {
            map: HashMap::with_hasher(hasher),
        }
    }

    /// The set's hasher.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::{HashSet, hashset};
    ///
    /// let set = hashset! { 1 };
    /// let other: HashSet<&str> = HashSet::with_hasher(*set.hasher());
    /// assert!(other.is_empty());
    /// ```
    #[inline]
    #[must_use]
    pub fn hasher(&self) -> &S {
        self.map.hasher()
    }

    /// An empty set, of another type perhaps, with this set's hasher.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::HashSet;
    /// use std::hash::RandomState;
    ///
    /// let few: HashSet<u32, RandomState> = HashSet::default();
    /// let mut more = few.new_from();
    /// more.insert(1);
    /// assert_eq!(few.union(more).len(), 1); // they hash alike
    /// ```
    #[inline]
    #[must_use]
    pub fn new_from<A2>(&self) -> HashSet<A2, S>
    where
        S: Clone,
    {
        HashSet {
            map: self.map.new_from(),
        }
    }

    /// The number of elements.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashset;
    ///
    /// assert_eq!(hashset! { 2, 3, 5, 3 }.len(), 3);
    /// ```
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// Whether the set has no element.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::{HashSet, hashset};
    ///
    /// assert!(HashSet::<u32>::new().is_empty());
    /// assert!(!hashset! { 2 }.is_empty());
    /// ```
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// Whether the two sets are one tree in memory, and so surely equal. O(1).
    ///
    /// `false` says nothing: separate trees may hold equal elements. Two empty sets have no
    /// tree and count as one.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashset;
    ///
    /// let set = hashset! { 2, 3 };
    /// let mut copy = set.clone();
    /// copy.remove(&5); // absent: nothing to change
    /// assert!(set.ptr_eq(&copy));
    /// copy.insert(5);
    /// assert!(!set.ptr_eq(&copy));
    /// ```
    #[inline]
    #[must_use]
    pub fn ptr_eq(&self, other: &Self) -> bool {
        self.map.ptr_eq(&other.map)
    }

    /// The nodes of the tree, as for [`HashMap`]. Not part of the API.
    #[doc(hidden)]
    #[must_use]
    pub fn __shape(&self) -> Vec<(Vec<(usize, usize)>, Option<usize>)> {
        self.map.__shape()
    }

    /// Removes all elements. The hasher stays.
    ///
    /// O(1) where another version shares the tree, otherwise as long as it takes
    /// to drop the elements.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashset;
    ///
    /// let mut set = hashset! { 2, 3 };
    /// set.clear();
    /// assert!(set.is_empty());
    /// ```
    pub fn clear(&mut self) {
        self.map.clear();
    }

    /// The elements, in the set's order.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashset;
    ///
    /// assert_eq!(hashset! { 2, 3, 5 }.iter().sum::<i32>(), 10);
    /// ```
    #[inline]
    #[must_use]
    pub fn iter(&self) -> Iter<'_, A> {
        Iter::new(self)
    }
}

impl<A, S> HashSet<A, S>
where
    S: BuildHasher,
{
    /// Whether `value` is in the set.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashset;
    ///
    /// let guests = hashset! { "ada".to_string() };
    /// assert!(guests.contains("ada"));
    /// assert!(!guests.contains("bob"));
    /// ```
    #[inline]
    #[must_use]
    pub fn contains<Q>(&self, value: &Q) -> bool
    where
        Q: Hash + Equivalent<A> + ?Sized,
    {
        self.map.contains_key(value)
    }
}

impl<A, S> HashSet<A, S>
where
    A: Hash + Eq + Clone,
    S: BuildHasher,
{
    /// Puts `a` into the set and returns the equal element it replaced, if there was one.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::HashSet;
    ///
    /// let mut guests = HashSet::new();
    /// assert_eq!(guests.insert("ada"), None);
    /// assert_eq!(guests.insert("ada"), Some("ada"));
    /// assert_eq!(guests.len(), 1);
    /// ```
    #[inline]
    pub fn insert(&mut self, a: A) -> Option<A> {
        let HashMap { trie, hasher, .. } = &mut self.map;
        trie.replace(hasher.hash_one(&a), (a, ()), |a| hasher.hash_one(a))
            .map(|(replaced, ())| replaced)
    }

    /// Removes `value` and returns it. An absent element copies nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashset;
    ///
    /// let mut guests = hashset! { "ada".to_string() };
    /// assert_eq!(guests.remove("ada"), Some("ada".to_string()));
    /// assert_eq!(guests.remove("ada"), None);
    /// ```
    #[inline]
    pub fn remove<Q>(&mut self, value: &Q) -> Option<A>
    where
        Q: Hash + Equivalent<A> + ?Sized,
    {
        self.map.remove_with_key(value).map(|(removed, ())| removed)
    }

    /// This set with `a` in it, instead of an equal element if there is one.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashset;
    ///
    /// let set = hashset! { 2, 3 };
    /// assert_eq!(set.update(5), hashset! { 2, 3, 5 });
    /// assert_eq!(set.len(), 2);
    /// ```
    #[must_use]
    pub fn update(&self, a: A) -> Self
    where
        S: Clone,
    {
        let mut out = self.clone();
        out.insert(a);
        out
    }

    /// This set without `value`; the very same set if it is absent.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashset;
    ///
    /// let set = hashset! { 2, 3 };
    /// assert_eq!(set.without(&3), hashset! { 2 });
    /// assert!(set.without(&5).ptr_eq(&set));
    /// ```
    #[must_use]
    pub fn without<Q>(&self, value: &Q) -> Self
    where
        Q: Hash + Equivalent<A> + ?Sized,
        S: Clone,
    {
        Self {
            map: self.map.without(value),
        }
    }

    /// Keeps the elements for which `f` returns `true` and removes the others.
    ///
    /// `f` is called once for each element. If it keeps them all, nothing is copied.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashset;
    ///
    /// let mut set = hashset! { 1, 2, 3, 4 };
    /// set.retain(|n| n % 2 == 0);
    /// assert_eq!(set, hashset! { 2, 4 });
    /// ```
    pub fn retain<F>(&mut self, mut f: F)
    where
        F: FnMut(&A) -> bool,
    {
        self.map.retain(|a, ()| f(a));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{RefUnwindSafe, UnwindSafe};

    const fn is_shareable<T: Send + Sync>() {}
    const fn survives_panics<T: UnwindSafe + RefUnwindSafe>() {}

    const _: () = {
        is_shareable::<HashSet<String>>();
        is_shareable::<Iter<'static, String>>();
        is_shareable::<ConsumingIter<String>>();
        is_shareable::<Diff<'static, 'static, String>>();
        survives_panics::<HashSet<String>>();
    };

    /// These compile only if the types are covariant in what they hold.
    #[expect(dead_code, reason = "the check is that they compile")]
    mod covariance {
        use super::*;

        fn set<'a>(it: HashSet<&'static str>) -> HashSet<&'a str> {
            it
        }

        fn iter<'a>(it: Iter<'a, &'static str>) -> Iter<'a, &'a str> {
            it
        }

        fn consuming<'a>(it: ConsumingIter<&'static str>) -> ConsumingIter<&'a str> {
            it
        }
    }
}
