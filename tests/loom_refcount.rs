//! Models of the reference count that the nodes of collections and of identities share, run
//! through loom.
//!
//! `.ci/with-cfg heptad_loom -- cargo test --profile loom --test loom_refcount`; without the cfg
//! this is an empty test.

#![cfg(heptad_loom)]
#![allow(
    unsafe_code,
    reason = "a node shared by a raw pointer, as the collections do it"
)]

#[path = "../src/runtime/explore.rs"]
mod explore;
/// The file itself: the count is private to the crate.
#[path = "../src/runtime/sync.rs"]
#[allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "only the count is used"
)]
mod sync;

use explore::explore;
use loom::thread;
use sync::RefCount;

struct Node {
    count: RefCount,
    value: loom::cell::UnsafeCell<u64>,
    _leak_check: loom::alloc::Track<()>,
}

/// An owner of a node, as small as it can be.
struct Owner(*mut Node);

// SAFETY: the count decides who may write and who frees; that is what is modelled.
unsafe impl Send for Owner {}

impl Owner {
    fn new(value: u64) -> Self {
        Self(Box::into_raw(Box::new(Node {
            count: RefCount::new(),
            value: loom::cell::UnsafeCell::new(value),
            _leak_check: loom::alloc::Track::new(()),
        })))
    }

    fn node(&self) -> &Node {
        // SAFETY: this owner's count keeps the node.
        unsafe { &*self.0 }
    }

    fn get(&self) -> u64 {
        // SAFETY: loom checks that nobody writes at the same time.
        self.node().value.with(|value| unsafe { *value })
    }

    /// Edits in place if this is the only owner, as a collection does.
    fn edit(&mut self, value: u64) -> bool {
        let unique = self.node().count.is_unique();
        if unique {
            // SAFETY: loom checks that nobody reads at the same time.
            self.node()
                .value
                .with_mut(|place| unsafe { *place = value });
        }
        unique
    }
}

impl Owner {
    /// Ends as a node's owners do who are often the only one left.
    fn leave(self) {
        if self.node().count.leave() {
            self.free();
        }
        std::mem::forget(self);
    }

    fn free(&self) {
        // SAFETY: the last owner has the node to itself; loom checks the cell.
        let node = unsafe { Box::from_raw(self.0) };
        // SAFETY: as above.
        node.value.with_mut(|value| unsafe { *value = u64::MAX });
    }
}

impl Clone for Owner {
    fn clone(&self) -> Self {
        self.node().count.increment();
        Self(self.0)
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        if self.node().count.decrement() {
            self.free();
        }
    }
}

#[test]
fn the_last_owner_frees_after_every_other_has_read() {
    explore(10, None, || {
        let mine = Owner::new(7);
        let (one, two) = (mine.clone(), mine.clone());
        let one = thread::spawn(move || assert_eq!(one.get(), 7));
        let two = thread::spawn(move || assert_eq!(two.get(), 7));
        assert_eq!(mine.get(), 7);
        drop(mine);
        one.join().unwrap();
        two.join().unwrap();
    });
}

#[test]
fn an_owner_who_is_the_only_one_left_frees_after_the_reads_of_the_others() {
    explore(20, None, || {
        let mine = Owner::new(7);
        let (one, two) = (mine.clone(), mine.clone());
        let read_and_leave = |owner: Owner| {
            assert_eq!(owner.get(), 7);
            owner.leave();
        };
        let one = thread::spawn(move || read_and_leave(one));
        let two = thread::spawn(move || {
            read_and_leave(two.clone());
            read_and_leave(two);
        });
        read_and_leave(mine);
        one.join().unwrap();
        two.join().unwrap();
    });
}

#[test]
fn an_edit_in_place_comes_after_the_reads_of_owners_who_left() {
    explore(3, None, || {
        let mut mine = Owner::new(7);
        let theirs = mine.clone();
        let reader = thread::spawn(move || assert_eq!(theirs.get(), 7));
        let edited = mine.edit(8);
        assert_eq!(mine.get(), if edited { 8 } else { 7 });
        reader.join().unwrap();
        assert!(mine.edit(9), "the only owner left");
    });
}

#[test]
fn a_clone_on_one_thread_and_a_drop_on_another_free_once() {
    explore(10, None, || {
        let mine = Owner::new(7);
        let theirs = mine.clone();
        let other = thread::spawn(move || {
            let copy = theirs.clone();
            drop(theirs);
            assert_eq!(copy.get(), 7);
        });
        let copy = mine.clone();
        drop(mine);
        assert_eq!(copy.get(), 7);
        drop(copy);
        other.join().unwrap();
    });
}
