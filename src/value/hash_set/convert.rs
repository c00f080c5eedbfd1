//! Making sets of other collections and of iterators.
//!
//! An empty set is filled in bulk, as a map is. Of equal elements the first stays.

use std::collections::{self, BTreeSet};
use std::hash::{BuildHasher, Hash};

use super::{HashSet, RandomState};

/// The two ways to make a set that Rust programs call by path. Being inherent, they win over
/// the trait functions of the same names and settle the hasher, which nothing else would.
impl<A> HashSet<A, RandomState> {
    /// A set of what `elements` holds, with the default hasher.
    ///
    /// It takes everything a [`From`] implementation exists for: arrays, slices, vectors and
    /// std's sets. `HashSet::from(..)` needs no type annotation; to get another
    /// hasher, use `into()` or `collect()`, or name it: `HashSet::<_, S>::from(..)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::HashSet;
    ///
    /// let primes = HashSet::from([2, 3, 5]);
    /// assert!(primes.contains(&3));
    ///
    /// let sipped: HashSet<_, std::hash::RandomState> = vec![2, 3, 5].into();
    /// assert_eq!(sipped, primes);
    /// ```
    #[inline]
    #[must_use]
    pub fn from<T>(elements: T) -> Self
    where
        Self: From<T>,
    {
        From::from(elements)
    }

    /// A set of the elements that `elements` yields, with the default hasher.
    ///
    /// The elements may be converted on the way, so their type must be known from elsewhere.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::HashSet;
    ///
    /// let names = HashSet::<String>::from_iter(["ada", "alan"]);
    /// assert!(names.contains("ada"));
    /// ```
    #[expect(
        clippy::should_implement_trait,
        reason = "the trait is implemented, for all hashers; this fixes the default one"
    )]
    #[inline]
    #[must_use]
    pub fn from_iter<I, R>(elements: I) -> Self
    where
        A: Hash + Eq + Clone + From<R>,
        I: IntoIterator<Item = R>,
    {
        elements.into_iter().collect()
    }
}

impl<A, R, S> FromIterator<R> for HashSet<A, S>
where
    A: Hash + Eq + Clone + From<R>,
    S: BuildHasher + Default,
{
    fn from_iter<I>(elements: I) -> Self
    where
        I: IntoIterator<Item = R>,
    {
        Self {
            map: elements.into_iter().map(|r| (A::from(r), ())).collect(),
        }
    }
}

/// Puts elements in one by one, or in bulk if the set is empty.
impl<A, S, R> Extend<R> for HashSet<A, S>
where
    A: Hash + Eq + Clone + From<R>,
    S: BuildHasher,
{
    fn extend<I>(&mut self, elements: I)
    where
        I: IntoIterator<Item = R>,
    {
        self.map.extend(elements.into_iter().map(|r| (r, ())));
    }
}

impl<A, S, const N: usize> From<[A; N]> for HashSet<A, S>
where
    A: Hash + Eq + Clone,
    S: BuildHasher + Default,
{
    fn from(elements: [A; N]) -> Self {
        elements.into_iter().collect()
    }
}

impl<A, S> From<&[A]> for HashSet<A, S>
where
    A: Hash + Eq + Clone,
    S: BuildHasher + Default,
{
    fn from(elements: &[A]) -> Self {
        elements.iter().cloned().collect()
    }
}

impl<A, S> From<Vec<A>> for HashSet<A, S>
where
    A: Hash + Eq + Clone,
    S: BuildHasher + Default,
{
    fn from(elements: Vec<A>) -> Self {
        elements.into_iter().collect()
    }
}

impl<A, S> From<&Vec<A>> for HashSet<A, S>
where
    A: Hash + Eq + Clone,
    S: BuildHasher + Default,
{
    fn from(elements: &Vec<A>) -> Self {
        elements.iter().cloned().collect()
    }
}

impl<A, S, S2> From<collections::HashSet<A, S2>> for HashSet<A, S>
where
    A: Hash + Eq + Clone,
    S: BuildHasher + Default,
{
    fn from(set: collections::HashSet<A, S2>) -> Self {
        set.into_iter().collect()
    }
}

impl<A, S, S2> From<&collections::HashSet<A, S2>> for HashSet<A, S>
where
    A: Hash + Eq + Clone,
    S: BuildHasher + Default,
{
    fn from(set: &collections::HashSet<A, S2>) -> Self {
        set.iter().cloned().collect()
    }
}

impl<A, S> From<BTreeSet<A>> for HashSet<A, S>
where
    A: Hash + Eq + Clone,
    S: BuildHasher + Default,
{
    fn from(set: BTreeSet<A>) -> Self {
        set.into_iter().collect()
    }
}

impl<A, S> From<&BTreeSet<A>> for HashSet<A, S>
where
    A: Hash + Eq + Clone,
    S: BuildHasher + Default,
{
    fn from(set: &BTreeSet<A>) -> Self {
        set.iter().cloned().collect()
    }
}

/// From a set of borrowed elements to one of owned.
impl<A, OA, S, S2> From<&HashSet<&A, S2>> for HashSet<OA, S>
where
    A: ToOwned<Owned = OA> + ?Sized,
    OA: Hash + Eq + Clone + std::borrow::Borrow<A>,
    S: BuildHasher + Default,
{
    fn from(set: &HashSet<&A, S2>) -> Self {
        set.iter().map(|a| (*a).to_owned()).collect()
    }
}
