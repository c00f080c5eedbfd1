//! Union, intersection, differences and subsets.
//!
//! Two sets that hash alike are walked side by side, and what they share is skipped.

use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash};

use super::HashSet;
use crate::value::hash_map::HashMap;

impl<A, S> HashSet<A, S>
where
    A: Hash + Eq,
    S: BuildHasher,
{
    /// Whether each element of this set is in `other` too.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashset;
    ///
    /// let few = hashset! { 2, 3 };
    /// assert!(few.is_subset(hashset! { 2, 3, 5 }));
    /// assert!(few.is_subset(&few));
    /// assert!(!few.is_subset(hashset! { 2, 5 }));
    /// ```
    #[must_use]
    pub fn is_subset<RS>(&self, other: RS) -> bool
    where
        RS: Borrow<Self>,
    {
        self.map.is_submap(&other.borrow().map)
    }

    /// Whether each element of this set is in `other` too, and `other` has more.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashset;
    ///
    /// let few = hashset! { 2, 3 };
    /// assert!(few.is_proper_subset(hashset! { 2, 3, 5 }));
    /// assert!(!few.is_proper_subset(&few));
    /// ```
    #[must_use]
    pub fn is_proper_subset<RS>(&self, other: RS) -> bool
    where
        RS: Borrow<Self>,
    {
        self.map.is_proper_submap(&other.borrow().map)
    }
}

impl<A, S> HashSet<A, S>
where
    A: Hash + Eq + Clone,
    S: BuildHasher + Clone,
{
    /// The elements of both sets; of two equal ones, this set's.
    ///
    /// O(d). This set's very tree is returned if it holds the result, `other`'s if this
    /// set is empty. If the sets do not hash alike, the result has the hasher of the larger.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashset;
    ///
    /// assert_eq!(hashset! { 1, 2 }.union(hashset! { 2, 3 }), hashset! { 1, 2, 3 });
    /// ```
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            map: self.map.union(other.map),
        }
    }

    /// The union of sets. No set gives an empty one.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::{HashSet, hashset};
    ///
    /// let teams = [hashset! { "ada" }, hashset! { "ada", "alan" }, hashset! { "grace" }];
    /// assert_eq!(HashSet::unions(teams), hashset! { "ada", "alan", "grace" });
    /// ```
    #[must_use]
    pub fn unions<I>(i: I) -> Self
    where
        I: IntoIterator<Item = Self>,
        S: Default,
    {
        Self {
            map: HashMap::unions(i.into_iter().map(|set| set.map)),
        }
    }

    /// The elements of this set that are in `other` too.
    ///
    /// O(d). This set's very tree is returned if it holds the result.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashset;
    ///
    /// assert_eq!(hashset! { 1, 2 }.intersection(hashset! { 2, 3 }), hashset! { 2 });
    /// ```
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        Self {
            map: self.map.intersection(other.map),
        }
    }

    /// The elements of this set that are not in `other`; what std calls the difference.
    ///
    /// O(d). This set's very tree is returned if it holds the result.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashset;
    ///
    /// assert_eq!(hashset! { 1, 2 }.relative_complement(hashset! { 2, 3 }), hashset! { 1 });
    /// ```
    #[must_use]
    pub fn relative_complement(self, other: Self) -> Self {
        Self {
            map: self.map.relative_complement(other.map),
        }
    }

    /// The elements that are in one of the sets only. O(d).
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashset;
    ///
    /// assert_eq!(hashset! { 1, 2 }.symmetric_difference(hashset! { 2, 3 }), hashset! { 1, 3 });
    /// ```
    #[must_use]
    pub fn symmetric_difference(self, other: Self) -> Self {
        Self {
            map: self.map.symmetric_difference(other.map),
        }
    }

    /// Another name of [`symmetric_difference`](Self::symmetric_difference).
    ///
    /// # Examples
    ///
    /// ```
    /// # #![allow(deprecated)]
    /// use heptad::hashset;
    ///
    /// assert_eq!(hashset! { 1, 2 }.difference(hashset! { 2, 3 }), hashset! { 1, 3 });
    /// ```
    #[deprecated(
        since = "0.1.0",
        note = "means `symmetric_difference`, as in `imbl`; what std calls `difference` is `relative_complement`"
    )]
    #[must_use]
    pub fn difference(self, other: Self) -> Self {
        self.symmetric_difference(other)
    }
}
