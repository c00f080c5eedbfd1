//! The place of one key, found or not, and every change that is made there.
#![allow(unsafe_code, reason = "changes leaves in place through a path")]

use std::mem::{self, ManuallyDrop};

use super::fill::{Item, Newest, Source};
use super::inner::Inner;
use super::layout::{FANOUT, LEAF_MAX, leaf_max, tag_of};
use super::leaf::{Leaf, LeafRef};
use super::link::{Link, Raw, Target};
use super::path::{Hold, Path, Piece, Range};

/// The place of one key in a trie, which it holds exclusively. Finding it is
/// one walk and copies nothing; a change copies what is shared on the way.
pub(crate) struct Cursor<'a, K, V> {
    root: &'a mut Link<K, V>,
    len: &'a mut usize,
    path: Path<K, V>,
    found: Option<usize>,
}

// SAFETY: the raw pointers of the path lead to nodes of the trie that the
// cursor borrows uniquely.
unsafe impl<K: Send + Sync, V: Send + Sync> Send for Cursor<'_, K, V> {}
// SAFETY: as above.
unsafe impl<K: Send + Sync, V: Send + Sync> Sync for Cursor<'_, K, V> {}

impl<'a, K, V> Cursor<'a, K, V> {
    /// A cursor at a root that hangs at `level`, to be sent to `hash` by
    /// [`find`](Self::find). Where speed matters these are two calls: a cursor
    /// is large, and one that has found its place costs to be moved.
    #[inline(always)]
    pub(super) fn at_root(
        root: &'a mut Link<K, V>,
        len: &'a mut usize,
        hash: u64,
        level: usize,
    ) -> Self {
        // SAFETY: `root` owns its count.
        unsafe { Self::held(root, len, hash, level, Hold::Exclusive) }
    }

    /// The same for a root that may own no count.
    ///
    /// # Safety
    /// With `Hold::Alias` the word of `root` is a copy of one that outlives the
    /// cursor; once the cursor changed something, `root` owns its count.
    #[inline(always)]
    pub(super) unsafe fn held(
        root: &'a mut Link<K, V>,
        len: &'a mut usize,
        hash: u64,
        level: usize,
        hold: Hold,
    ) -> Self {
        Self {
            path: Path::new(root.raw(), hash, level, hold),
            root,
            len,
            found: None,
        }
    }

    /// Walks to the place of the key that satisfies `eq`; tells whether it is
    /// there. To be called once.
    #[inline(always)]
    pub(super) fn find(&mut self, eq: impl FnMut(&K) -> bool) -> bool {
        // SAFETY: the cursor borrows the root, which owns its count or is an
        // alias as `held` requires.
        unsafe { self.path.walk() }
        self.found = match self.leaf() {
            Some(leaf) => leaf.find(tag_of(self.path.hash()), eq),
            None => None,
        };
        self.found.is_some()
    }

    /// Walks to `hash` from a root that hangs at `level`.
    #[inline]
    pub(super) fn seek(
        root: &'a mut Link<K, V>,
        len: &'a mut usize,
        hash: u64,
        level: usize,
        eq: impl FnMut(&K) -> bool,
    ) -> Self {
        let mut cursor = Self::at_root(root, len, hash, level);
        cursor.find(eq);
        cursor
    }

    #[inline]
    pub(super) fn leaf(&self) -> Option<LeafRef<'_, K, V>> {
        self.path.end().as_leaf()
    }

    /// The leaf at the end, to be changed in place.
    #[inline]
    pub(super) fn owned_leaf(&mut self) -> Option<ManuallyDrop<Leaf<K, V>>> {
        match self.path.end_raw().target() {
            Target::Leaf(leaf) if self.path.end_is_owned() => {
                // SAFETY: nobody else can reach the leaf; the trie keeps
                // owning it, so it is not dropped here.
                Some(ManuallyDrop::new(unsafe { Leaf::from_raw(leaf) }))
            }
            _ => None,
        }
    }

    /// The entry, when the key was found.
    #[inline]
    pub(crate) fn entry(&self) -> Option<&(K, V)> {
        self.leaf()?.entries().get(self.found?)
    }

    #[inline]
    pub(super) fn path(&self) -> &Path<K, V> {
        &self.path
    }

    /// The index of the entry in its leaf.
    #[inline]
    pub(super) fn found(&self) -> Option<usize> {
        self.found
    }

    /// Entries of the trie.
    #[inline]
    pub(super) fn len_mut(&mut self) -> &mut usize {
        self.len
    }

    /// Whether the key was found.
    #[inline]
    pub(crate) fn is_found(&self) -> bool {
        self.found.is_some()
    }

    /// Where the end hangs, as a range of its parent.
    #[inline]
    fn end_range(&self) -> Range {
        self.path.end_range().unwrap_or(Range {
            lo: 0,
            span: FANOUT,
        })
    }

    /// Hangs `link` in the place of the end; the trie has `len` entries then.
    #[inline]
    pub(super) fn replace_end(&mut self, link: Link<K, V>, len: usize) {
        let (range, keep) = (self.end_range(), self.path.depth());
        self.graft(keep, range, Piece::One(link), len);
    }

    /// See [`Path::graft`]; the trie has `len` entries then.
    #[inline]
    pub(super) fn graft(&mut self, keep: usize, range: Range, piece: Piece<'_, K, V>, len: usize) {
        // Before the graft: a panic there comes from the release of what was
        // replaced, when all else is done.
        *self.len = len;
        // SAFETY: the path was walked from this root, and is walked anew
        // before it is used for a leaf again.
        unsafe { self.path.graft(self.root, keep, range, piece) }
    }

    /// Tells the parent the place and length of a leaf changed in place.
    #[inline]
    pub(super) fn changed_in_place(&mut self, leaf: &Leaf<K, V>) {
        let raw = Raw::leaf(leaf.as_raw());
        let moved = !raw.same(self.path.end_raw());
        match self.path.owned_parent() {
            None => *self.root.raw_mut() = raw,
            Some((parent, slot)) => {
                let lo = parent.start_of(slot);
                parent.set_leaf_len(lo, leaf.len());
                if moved {
                    let span = parent.span_of(lo);
                    parent.repoint(lo, span, raw);
                }
            }
        }
    }
}

impl<'a, K: Clone, V: Clone> Cursor<'a, K, V> {
    /// The entries of a leaf that is ours, copied first where it was shared.
    #[inline]
    fn entries_mut(&mut self) -> &mut [(K, V)] {
        if !self.path.end_is_owned() {
            self.own_leaf();
        }
        let mut leaf = self.owned_leaf().expect("own_leaf left an owned leaf");
        // SAFETY: the leaf stays as long as the cursor's borrow of the trie,
        // through which alone it can be reached.
        unsafe { leaf.entries_mut_unbound() }
    }

    /// Replaces a shared leaf by a copy of our own.
    #[cold]
    #[inline(never)]
    fn own_leaf(&mut self) {
        let copy = self.leaf().expect("an entry was found in a leaf").copy(0);
        let len = *self.len;
        self.replace_end(Link::from_leaf(copy), len);
        self.walk_again();
    }

    /// Follows the path anew after a graft, from a root that is ours now.
    fn walk_again(&mut self) {
        let (hash, level) = (self.path.hash(), self.path.level_of(0));
        self.path = Path::new(self.root.raw(), hash, level, Hold::Exclusive);
        // SAFETY: the root owns its count after a graft, and stays borrowed.
        unsafe { self.path.walk() }
    }

    /// The value, when the key was found.
    #[inline]
    pub(crate) fn value_mut(&mut self) -> Option<&mut V> {
        let index = self.found?;
        Some(&mut self.entries_mut()[index].1)
    }

    /// The entry for as long as the trie is borrowed, when the key was found.
    #[inline]
    pub(crate) fn into_entry_mut(mut self) -> Option<(&'a K, &'a mut V)> {
        let index = self.found?;
        let entries: *mut [(K, V)] = self.entries_mut();
        // SAFETY: the entries are borrowed from the trie, which is borrowed
        // for 'a by the cursor that ends here.
        let (key, value) = unsafe { &mut (&mut *entries)[index] };
        Some((key, value))
    }

    /// The value for as long as the trie is borrowed, when the key was found.
    #[inline]
    pub(crate) fn into_mut(self) -> Option<&'a mut V> {
        self.into_entry_mut().map(|(_, value)| value)
    }

    /// Puts an entry here. A key that was found stays, with the new value.
    #[inline]
    pub(crate) fn insert(mut self, entry: (K, V), rehash: impl Fn(&K) -> u64) -> &'a mut V {
        if self.found.is_some() {
            let value = self.into_mut().expect("the key was found");
            *value = entry.1;
            return value;
        }
        self.add(entry, rehash);
        self.walk_again();
        // A new entry is always the last of its leaf.
        let last = self.leaf().expect("an entry was added to a leaf").len() - 1;
        self.found = Some(last);
        self.into_mut().expect("the new entry was found")
    }

    /// Gives a key that was found a new value; returns the old one.
    #[inline]
    pub(super) fn set_value(&mut self, value: V) -> Option<V> {
        self.value_mut().map(|old| mem::replace(old, value))
    }

    /// Replaces the entry that was found; returns the old one.
    #[inline]
    pub(super) fn set_entry(&mut self, entry: (K, V)) -> Option<(K, V)> {
        let index = self.found?;
        Some(mem::replace(&mut self.entries_mut()[index], entry))
    }

    /// Replaces the entry that was found by one made then; tells whether.
    pub(super) fn set_entry_if_found(&mut self, entry: impl FnOnce() -> (K, V)) -> bool {
        let found = self.is_found();
        if found {
            drop(self.set_entry(entry()));
        }
        found
    }

    /// Adds an entry whose key was not found.
    #[inline]
    pub(super) fn add(&mut self, entry: (K, V), rehash: impl Fn(&K) -> u64) {
        debug_assert!(self.found.is_none());
        let held = self.leaf().map_or(0, LeafRef::len);
        if held < leaf_max::<K, V>() || self.path.is_exhausted() {
            self.push(entry);
        } else {
            self.split(entry, rehash);
        }
    }

    /// Adds an entry to a leaf that may take it.
    #[inline]
    fn push(&mut self, entry: (K, V)) {
        let tag = tag_of(self.path.hash());
        if let Some(mut leaf) = self.owned_leaf() {
            leaf.push(tag, entry);
            *self.len += 1;
            return self.changed_in_place(&leaf);
        }
        let mut leaf = match self.leaf() {
            Some(shared) => shared.copy(1),
            None => Leaf::with_room(1),
        };
        leaf.push(tag, entry);
        self.replace_end(Link::from_leaf(leaf), *self.len + 1);
    }

    /// Adds an entry to a full leaf by splitting it.
    #[inline(never)]
    fn split(&mut self, entry: (K, V), rehash: impl Fn(&K) -> u64) {
        let full = self.leaf().expect("only a full leaf is split");
        let held = full.len();
        let mut items: [Item; LEAF_MAX + 1] = [(0, 0); LEAF_MAX + 1];
        for (index, (key, _)) in full.entries().iter().enumerate() {
            items[index] = (rehash(key), index as u32);
        }
        items[held] = (self.path.hash(), held as u32);
        let items = &mut items[..=held];
        // The last user code is `Clone`, where the leaf is shared.
        match self.owned_leaf() {
            Some(mut leaf) => self.spread(&mut leaf, entry, items),
            None => {
                let mut copy = self.leaf().expect("only a full leaf is split").copy(0);
                self.spread(&mut copy, entry, items);
            }
        }
    }

    /// Distributes the entries of `leaf` and a new one over the range that the
    /// leaf stands for. The emptied leaf is released where it hangs.
    fn spread(&mut self, leaf: &mut Leaf<K, V>, entry: (K, V), items: &mut [Item]) {
        let entry = ManuallyDrop::new(entry);
        let newest = Newest {
            index: items.len() as u32 - 1,
            entry: &raw const *entry,
        };
        // SAFETY: the leaf gives all of its entries up, `entry` is not dropped
        // here, and the items name each of them once.
        let source = unsafe { Source::new(leaf.give_up_entries(), Some(newest)) };
        let depth = self.path.depth();
        let scratch = &mut [(0, 0); LEAF_MAX + 1][..items.len()];
        let whole = Range {
            lo: 0,
            span: FANOUT,
        };
        match self.path.end_range() {
            Some(range) if range.span > 1 => {
                let mut part = Inner::blank();
                source.fill(
                    &mut part,
                    self.path.level_of(depth - 1),
                    range,
                    items,
                    scratch,
                );
                self.graft(depth, range, Piece::Many(&mut part), *self.len + 1);
            }
            range => {
                let mut node = Box::new(Inner::blank());
                source.fill(&mut node, self.path.level_of(depth), whole, items, scratch);
                let piece = Piece::One(Link::from_inner(node));
                self.graft(depth, range.unwrap_or(whole), piece, *self.len + 1);
            }
        }
    }
}
