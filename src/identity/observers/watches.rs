//! Functions that are called after each update, on the thread that made it.

use super::super::change::Change;
use super::super::late::Discarded;
use super::super::shared::Shared;
use crate::runtime::isolation::isolated;
use crate::runtime::replaceable::Replaceable;
use crate::runtime::sync::{Arc, AtomicU64, Ordering, plain};

/// What is called.
pub(super) type Call<T> = Box<dyn Fn(&Change<T>) + Send + Sync>;

/// A function with its key.
pub(super) struct Watch<T> {
    key: plain::Arc<str>,
    call: Call<T>,
}

impl<T> Watch<T> {
    pub(super) fn new(key: plain::Arc<str>, call: Call<T>) -> Self {
        Self { key, call }
    }
}

/// The watches of one identity, in the order in which their keys were added.
pub(super) struct Watches<T> {
    list: Replaceable<Vec<Arc<Watch<T>>>>,
    panics: AtomicU64,
}

impl<T: Send + Sync + 'static> Watches<T> {
    pub(super) fn new() -> Self {
        Self {
            list: Replaceable::new(Vec::new()),
            panics: AtomicU64::new(0),
        }
    }

    /// How many calls have panicked.
    pub(super) fn panics(&self) -> u64 {
        self.panics.load(Ordering::Relaxed)
    }

    /// Adds a watch, in the place of the one of the same key if there is one.
    pub(super) fn set(&self, watch: Watch<T>) -> bool {
        let watch = Arc::new(watch);
        let before = self.list.replace(|list| {
            let mut list = list.clone();
            match list.iter_mut().find(|other| other.key == watch.key) {
                Some(other) => *other = Arc::clone(&watch),
                None => list.push(Arc::clone(&watch)),
            }
            list
        });
        before.iter().any(|other| other.key == watch.key)
    }

    pub(super) fn remove(&self, key: &str) -> bool {
        let before = self.list.replace(|list| {
            let others = list.iter().filter(|watch| &*watch.key != key);
            others.cloned().collect()
        });
        before.iter().any(|watch| &*watch.key == key)
    }

    /// The last owners of the watches of an identity that ends.
    pub(super) fn remove_all(&self) -> Vec<Arc<Watch<T>>> {
        self.list.replace(|_| Vec::new()).to_vec()
    }

    /// Calls every watch. A panic of one is counted and keeps no other from being called.
    pub(super) fn tell(
        &self,
        old: impl FnOnce() -> Shared<T>,
        new: &Shared<T>,
        discarded: &mut Discarded<T>,
    ) {
        let list = self.list.load();
        if list.is_empty() {
            return;
        }
        let mut change = Change::new(old(), new.clone());
        for watch in list.iter() {
            change.set_key(&watch.key);
            self.isolated(|| (watch.call)(&change));
        }
        // A watch that was removed meanwhile ends here, and with it whatever it owned.
        self.isolated(|| drop(list));
        discarded.push(change.old);
    }

    fn isolated(&self, f: impl FnOnce()) {
        if isolated(f).is_none() && !cfg!(heptad_mutant = "watches_count_no_panics") {
            self.panics.fetch_add(1, Ordering::Relaxed);
        }
    }
}
