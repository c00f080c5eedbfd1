//! Models of the reclaimer that Linux gets, run through loom: its own code, with the reader's light
//! fence replaced by a full one, as loom knows no `membarrier`. (That the pair of fences does what
//! the models assume is tried out on the machine, by the tests of `src/runtime/reclaim/hazard/fence.rs`.)
//!
//! `.ci/with-cfg heptad_loom -- cargo test --profile loom --test loom_hazard`; without the cfg this
//! is an empty test.

#![cfg(heptad_loom)]
#![allow(
    unsafe_code,
    reason = "nodes shared by raw pointers, as identities do it"
)]

#[path = "../src/runtime/explore.rs"]
mod explore;
/// The files themselves: the reclaimer is private to the crate.
#[path = "../src/runtime/mod.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    unused_macros,
    reason = "only the reclaimer is used"
)]
mod runtime;

use std::ptr::NonNull;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;

use explore::explore;
use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicPtr, Ordering};
use loom::thread::{self, ThreadId};

use runtime::reclaim::Counted;
use runtime::reclaim::hazard::Protected;
use runtime::reclaim::hazard::member::{Club, Member};
use runtime::sync::RefCount;

/// What is in the place of a node that was given up.
const GONE: u64 = u64::MAX;

#[repr(align(16))]
struct Node {
    count: RefCount,
    /// loom sees to it that it is written when nobody else can be reading.
    value: UnsafeCell<u64>,
    /// Where its place goes afterwards.
    places: &'static Places,
}

/// Places of nodes that were given up. The next node is put in one of them, so that the same address
/// comes back as soon as it can.
#[derive(Default)]
struct Places {
    free: Mutex<Vec<Place>>,
    /// How many nodes were ever given up.
    given_up: AtomicUsize,
}

/// A node that was given up, and by whom. Only that thread takes it again: what orders the threads
/// otherwise would be the list, and would hide what the reclaimer fails to order.
struct Place(NonNull<Node>, ThreadId);

// SAFETY: whoever takes it from the list has it alone.
unsafe impl Send for Place {}
// SAFETY: counts and loom's cell; places are handed on under a lock.
unsafe impl Send for Node {}
// SAFETY: as above.
unsafe impl Sync for Node {}

impl Node {
    /// A node with one count, in the place of another one if there is any.
    fn place(places: &'static Places, value: u64) -> NonNull<Self> {
        let mut free = places.free.lock().unwrap();
        let own = free
            .iter()
            .position(|place| place.1 == thread::current().id());
        let Some(Place(node, _)) = own.map(|own| free.swap_remove(own)) else {
            return NonNull::from(Box::leak(Box::new(Self {
                count: RefCount::new(),
                value: UnsafeCell::new(value),
                places,
            })));
        };
        // SAFETY: what was there was given up, and its place is nobody else's.
        unsafe { node.as_ref() }.set(value);
        node
    }

    fn get(&self) -> u64 {
        // SAFETY: loom checks that nobody writes at the same time.
        self.value.with(|value| unsafe { *value })
    }

    fn set(&self, new: u64) {
        // SAFETY: loom checks that nobody reads at the same time.
        self.value.with_mut(|value| unsafe { *value = new });
    }
}

// SAFETY: each count is given up once, and the last one is told so; the alignment is 16.
unsafe impl Counted for Node {
    fn acquire(&self) {
        self.count.increment();
    }

    unsafe fn give_up(node: NonNull<Self>) -> bool {
        // SAFETY: the caller's count keeps the node.
        let count = &unsafe { node.as_ref() }.count;
        let last = count.leave();
        if last && !count.is_unique() {
            count.increment(); // for the next one in this place
        }
        last
    }

    unsafe fn free(node: NonNull<Self>) {
        // SAFETY: nobody has a count any more.
        let this = unsafe { node.as_ref() };
        this.set(GONE);
        this.places.given_up.fetch_add(1, SeqCst);
        let place = Place(node, thread::current().id());
        this.places.free.lock().unwrap().push(place);
    }
}

/// One word, and those who use it.
struct World {
    club: Club,
    word: AtomicPtr<Node>,
    places: &'static Places,
}

impl World {
    fn new() -> Arc<Self> {
        let places = Box::leak(Box::default());
        Arc::new(Self {
            club: Club::new(),
            word: AtomicPtr::new(Node::place(places, 0).as_ptr()),
            places,
        })
    }

    fn join(&self) -> Member {
        self.club.join()
    }

    fn load(&self, member: &Member) -> Protected<Node> {
        // SAFETY: the word has a count of its node, which is retired after it was replaced.
        unsafe { member.load(&self.word) }
    }

    /// A counted handle to the current node.
    fn load_full(&self, member: &Member) -> Handle {
        // SAFETY: as in `load`; the look takes a count.
        unsafe {
            member.read(&self.word, |node| {
                node.as_ref().acquire();
                Handle(node)
            })
        }
    }

    /// For a single writer: replaces the node, retires it, and does not scan.
    fn publish(&self, member: &Member, value: u64) {
        let new = Node::place(self.places, value);
        // Release: the content goes with it.
        let old = self.word.swap(new.as_ptr(), Ordering::AcqRel);
        // SAFETY: the word pointed to it and no longer does.
        unsafe { member.retire(NonNull::new(old).unwrap()) };
    }

    /// For several writers: adds one to the value, as an atom does it.
    fn increment(&self, member: &Member) {
        let mut fresh = None;
        loop {
            let old = self.load(member);
            let value = read(&old) + 1;
            let new = fresh.unwrap_or_else(|| Node::place(self.places, 0));
            // SAFETY: nobody else has it yet.
            unsafe { new.as_ref() }.set(value);
            #[cfg(heptad_mutant = "guard_ends_before_the_replacement")]
            old.end_early();
            let (current, new) = (old.node().as_ptr(), new.as_ptr());
            let done =
                self.word
                    .compare_exchange(current, new, Ordering::Release, Ordering::Relaxed);
            if done.is_ok() {
                // SAFETY: the word pointed to it and no longer does.
                return unsafe { member.retire(old.node()) };
            }
            fresh = NonNull::new(new);
        }
    }

    /// All threads are done: scans, and requires that this many nodes were given up.
    fn end(&self, given_up: usize) {
        self.join().scan();
        assert_eq!(self.places.given_up.load(SeqCst), given_up);
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let node = self.word.load(Ordering::Relaxed);
        // SAFETY: nobody is left, and the word's count ends here.
        unsafe { Node::release(NonNull::new(node).unwrap()) };
        for Place(node, _) in self.places.free.lock().unwrap().drain(..) {
            // SAFETY: it came from a `Box`, and nobody is left.
            drop(unsafe { Box::from_raw(node.as_ptr()) });
        }
        let places = std::ptr::from_ref(self.places).cast_mut();
        // SAFETY: it was leaked in `new`, and the nodes that knew it are gone.
        drop(unsafe { Box::from_raw(places) });
    }
}

struct Handle(NonNull<Node>);

impl Handle {
    fn get(&self) -> u64 {
        // SAFETY: the count is this handle's.
        unsafe { self.0.as_ref() }.get()
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: the count is this handle's.
        unsafe { Node::release(self.0) }
    }
}

fn read(guard: &Protected<Node>) -> u64 {
    // SAFETY: the node is protected.
    let value = unsafe { guard.node().as_ref() }.get();
    assert_ne!(value, GONE, "read after it was given up");
    value
}

fn spawn(world: &Arc<World>, f: impl FnOnce(&World, &Member) + 'static) -> thread::JoinHandle<()> {
    let world = Arc::clone(world);
    thread::spawn(move || f(&world, &world.join()))
}

/// Replaces the node and scans, twice.
fn write_twice(world: &World, member: &Member) {
    for value in 1..=2 {
        world.publish(member, value);
        member.scan();
    }
}

fn read_once(world: &World, member: &Member) {
    read(&world.load(member));
}

fn read_twice(world: &World, member: &Member) {
    let first = read(&world.load(member));
    assert!(first <= read(&world.load(member)), "a reader went back");
}

#[test]
fn what_a_guard_protects_is_not_given_up() {
    explore(10_000, 4, || {
        let world = World::new();
        let reader = spawn(&world, read_twice);
        write_twice(&world, &world.join());
        reader.join().unwrap();
        world.end(2);
    });
}

#[test]
fn what_a_look_counts_is_not_given_up() {
    explore(10_000, 3, || {
        let world = World::new();
        let reader = spawn(&world, |world, member| {
            let first = world.load_full(member);
            let second = world.load_full(member);
            assert!(first.get() <= second.get() && second.get() != GONE);
        });
        write_twice(&world, &world.join());
        reader.join().unwrap();
        world.end(2);
    });
}

#[test]
fn a_guard_without_a_slot_holds_a_count() {
    explore(1_000, 3, || {
        let world = World::new();
        let reader = spawn(&world, |world, member| {
            let first = world.load(member);
            let second = world.load(member);
            assert!(read(&first) <= read(&second));
            drop(first);
            assert!(read(&second) <= read(&world.load(member)));
        });
        write_twice(&world, &world.join());
        reader.join().unwrap();
        world.end(2);
    });
}

#[test]
fn a_read_that_writers_came_between_is_protected_all_the_same() {
    explore(10_000, 3, || {
        let world = World::new();
        let reader = spawn(&world, read_once);
        let member = world.join();
        for value in 1..=3 {
            world.publish(&member, value);
            member.scan();
        }
        drop(member);
        reader.join().unwrap();
        world.end(3);
    });
}

#[test]
fn two_readers_and_a_writer() {
    explore(10_000, 2, || {
        let world = World::new();
        let one = spawn(&world, read_once);
        let two = spawn(&world, read_once);
        let member = world.join();
        world.publish(&member, 1);
        member.scan();
        drop(member);
        one.join().unwrap();
        two.join().unwrap();
        world.end(1);
    });
}

#[test]
fn what_an_ended_thread_left_is_judged_by_a_later_fence() {
    explore(10_000, 3, || {
        let world = World::new();
        let reader = spawn(&world, read_once);
        let writer = spawn(&world, |world, member| world.publish(member, 1));
        let member = world.join();
        member.scan();
        drop(member);
        writer.join().unwrap();
        reader.join().unwrap();
        world.end(1);
    });
}

#[test]
fn two_writers_lose_no_update_to_a_node_in_the_place_of_another() {
    explore(10_000, 3, || {
        let world = World::new();
        let other = spawn(&world, |world, member| {
            world.increment(member);
            member.scan();
            world.increment(member);
            member.scan();
        });
        let member = world.join();
        world.increment(&member);
        member.scan();
        drop(member);
        other.join().unwrap();
        assert_eq!(read(&world.load(&world.join())), 3);
        world.end(3);
    });
}

#[test]
fn a_record_changes_hands_with_what_its_guards_still_show() {
    explore(100, 3, || {
        let world = World::new();
        let first = spawn(&world, |world, member| {
            std::mem::forget(world.load(member));
        });
        first.join().unwrap();
        let reader = spawn(&world, read_once);
        let member = world.join();
        world.publish(&member, 1);
        member.scan();
        // The first node is shown for ever.
        world.publish(&member, 2);
        member.scan();
        drop(member);
        reader.join().unwrap();
        world.end(1);
    });
}
