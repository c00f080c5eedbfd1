//! Equality, submaps, and the hash of a whole map.
//!
//! Equal subtrees of maps that hash alike are often one subtree, which is skipped. This is
//! why a map equals its clone in constant time, and why values are compared only where
//! the trees differ.

use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash, Hasher};

use foldhash::quality::FixedState;

use super::HashMap;
use crate::value::hash_trie::Change;

impl<K, V, S> HashMap<K, V, S>
where
    K: Hash + Eq,
    S: BuildHasher,
{
    /// Whether each key of this map is in `other` too, with a value that `cmp` accepts.
    ///
    /// `cmp` gets this map's value and then the other's; it is called at most once for
    /// each key, and no longer after it refused one.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashmap;
    ///
    /// let spent = hashmap! { "ada" => 3 };
    /// let budget = hashmap! { "ada" => 5, "alan" => 5 };
    /// assert!(spent.is_submap_by(&budget, |spent, budget| spent <= budget));
    /// ```
    #[must_use]
    pub fn is_submap_by<B, RM, F>(&self, other: RM, mut cmp: F) -> bool
    where
        F: FnMut(&V, &B) -> bool,
        RM: Borrow<HashMap<K, B, S>>,
    {
        let other = other.borrow();
        self.len() <= other.len()
            && self
                .iter()
                .all(|(k, v)| other.get(k).is_some_and(|theirs| cmp(v, theirs)))
    }

    /// Like [`is_submap_by`](Self::is_submap_by), and `other` has more keys.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashmap;
    ///
    /// let spent = hashmap! { "ada" => 3 };
    /// let budget = hashmap! { "ada" => 5 };
    /// assert!(!spent.is_proper_submap_by(&budget, |spent, budget| spent <= budget));
    /// ```
    #[must_use]
    pub fn is_proper_submap_by<B, RM, F>(&self, other: RM, cmp: F) -> bool
    where
        F: FnMut(&V, &B) -> bool,
        RM: Borrow<HashMap<K, B, S>>,
    {
        self.len() < other.borrow().len() && self.is_submap_by(other, cmp)
    }

    /// Whether each entry of this map is in `other` too.
    ///
    /// Structural: what the maps share is neither walked nor compared.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashmap;
    ///
    /// let few = hashmap! { 1 => "one" };
    /// assert!(few.is_submap(hashmap! { 1 => "one", 2 => "two" }));
    /// assert!(!few.is_submap(hashmap! { 1 => "uno", 2 => "two" }));
    /// assert!(few.is_submap(&few));
    /// ```
    #[inline]
    #[must_use]
    pub fn is_submap<RM>(&self, other: RM) -> bool
    where
        V: PartialEq,
        RM: Borrow<Self>,
    {
        let other = other.borrow();
        if self.hashes_like(other) {
            self.len() <= other.len()
                && self.trie.is_subtrie_by(
                    &other.trie,
                    |key| self.hasher.hash_one(key),
                    |ours, theirs| ours == theirs,
                )
        } else {
            self.is_submap_by(other, PartialEq::eq)
        }
    }

    /// Whether each entry of this map is in `other` too, and `other` has more.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::hashmap;
    ///
    /// let few = hashmap! { 1 => "one" };
    /// assert!(few.is_proper_submap(hashmap! { 1 => "one", 2 => "two" }));
    /// assert!(!few.is_proper_submap(&few));
    /// ```
    #[inline]
    #[must_use]
    pub fn is_proper_submap<RM>(&self, other: RM) -> bool
    where
        V: PartialEq,
        RM: Borrow<Self>,
    {
        self.len() < other.borrow().len() && self.is_submap(other)
    }

    /// Whether `change`, said to lead from this map to `other`, is one in truth: looked
    /// up by each map's own hasher.
    fn differs_by<S2: BuildHasher>(
        &self,
        other: &HashMap<K, V, S2>,
        change: &Change<'_, '_, K, V>,
    ) -> bool {
        match change {
            Change::Add((key, _)) => !self.contains_key(key),
            Change::Remove((key, _)) => !other.contains_key(key),
            Change::Update(..) => true,
        }
    }
}

/// Two maps are equal if they hold equal entries, whatever their hashers and histories.
///
/// Structural: what the maps share is taken to equal itself and not compared. A map that
/// holds a value which differs from itself, such as a NaN, therefore equals its clones.
///
/// Two maps of the same size that hash differently, which takes two hasher types or separate
/// hashers with state, are compared entry by entry.
///
/// # Examples
///
/// ```
/// use heptad::hashmap;
///
/// let mut one = hashmap! { 1 => "one", 2 => "two" };
/// let two = one.clone();
/// one.insert(3, "three");
/// assert_ne!(one, two);
/// one.remove(&3);
/// assert_eq!(one, two);
/// ```
impl<K, V, S1, S2> PartialEq<HashMap<K, V, S2>> for HashMap<K, V, S1>
where
    K: Hash + Eq,
    V: PartialEq,
    S1: BuildHasher,
    S2: BuildHasher,
{
    /// The two hasher types may differ, and nothing on hand could tell if they hash alike
    /// (`HasherId` compares hashers of one type). Nothing has to: the tries are compared as
    /// if they did, and the answer is checked.
    ///
    /// - "Equal" is right in any case, because each entry met its equal.
    /// - "Unequal" is certified by one differing key, looked up in either map by that map's
    ///   own hasher. The tries give one that stands the test whenever the hashers agree.
    /// - Otherwise the hashers disagree, and the entries are looked up one by one.
    fn eq(&self, other: &HashMap<K, V, S2>) -> bool {
        if self.len() != other.len() {
            return false;
        }
        let hash = |key: &K| self.hasher.hash_one(key);
        let same = |ours: &V, theirs: &V| ours == theirs;
        if self.trie.equals_by(&other.trie, same) {
            return true;
        }
        match self.trie.diff(&other.trie).next_by(hash, same) {
            Some(change) if self.differs_by(other, &change) => false,
            _ => self
                .iter()
                .all(|(key, ours)| other.get(key).is_some_and(|theirs| ours == theirs)),
        }
    }
}

impl<K, V, S> Eq for HashMap<K, V, S>
where
    K: Hash + Eq,
    V: Eq,
    S: BuildHasher,
{
}

/// Equal maps have equal hashes, whatever their hashers, histories and orders.
///
/// Each entry is hashed by itself, with a key that is the same in all maps and
/// all processes, and the sum of these hashes is what a map adds to `state`. O(n).
///
/// # Examples
///
/// ```
/// use heptad::{HashMap, hashmap};
///
/// let mut by_position = HashMap::new();
/// by_position.insert(hashmap! { "x" => 1, "y" => 2 }, "here");
/// assert_eq!(by_position[&hashmap! { "y" => 2, "x" => 1 }], "here");
/// ```
impl<K, V, S> Hash for HashMap<K, V, S>
where
    K: Hash,
    V: Hash,
{
    fn hash<H: Hasher>(&self, state: &mut H) {
        let each = FixedState::default();
        let sum = self
            .iter()
            .fold(0_u64, |sum, entry| sum.wrapping_add(each.hash_one(entry)));
        state.write_usize(self.len());
        state.write_u64(sum);
    }
}
