//! The contract of `reclaim`, as a backend for the model checker.
//!
//! What is retired is released the moment that every look ends which was going on when it was
//! retired: at once if there was none. A real reclaimer is later, never earlier, so a use after
//! free in the code above shows here and cannot hide behind a lucky delay.
//!
//! The bookkeeping is invisible to loom, as loom runs one thread of a model at a time: it is no
//! scheduling point and orders nothing. Only the fences order, and they are those that an epoch
//! reclaimer has: one when a look begins, so that it cannot meet what was retired before, and one
//! when a look ends, so that freeing comes after it. Each fence comes after a `turn`: loom tries
//! two orders only of operations on one object, and of a fence not at all.
//!
//! It also keeps a list of the nodes that exist. Whoever touches a node says so, and touching a
//! freed one is a failure with a name instead of undefined behaviour.

#![allow(
    unsafe_code,
    reason = "releases retired counts, and shares state that loom's scheduler keeps exclusive"
)]

use core::cell::RefCell;
use core::mem;
use std::collections::BTreeSet;

pub(crate) use super::counted::Protected;
use super::{Counted, Retired, load};
use crate::runtime::nesting;
use crate::runtime::sync::{AtomicPtr, AtomicU32, Ordering, fence};

#[derive(Default)]
struct Reclaimer {
    looks_begun: u64,
    looks: BTreeSet<u64>,
    /// Each with the looks that were going on when it was retired.
    waiting: Vec<(BTreeSet<u64>, Retired)>,
    nodes: BTreeSet<usize>,
}

struct Untracked(RefCell<Reclaimer>);

/// Makes loom try every order of the begins, the ends and the retirements.
fn turn() {
    TURN.fetch_add(1, Ordering::Relaxed);
}

// SAFETY: loom runs the threads of a model in turns on one system thread, and switches only at its
// own operations, of which there is none while the state is borrowed.
unsafe impl Sync for Untracked {}
// SAFETY: as above.
unsafe impl Send for Untracked {}

loom::lazy_static! {
    // A static of loom's begins anew in every execution.
    static ref STATE: Untracked = Untracked(RefCell::default());
    static ref TURN: AtomicU32 = AtomicU32::new(0);
}

fn with_state<R>(f: impl FnOnce(&mut Reclaimer) -> R) -> R {
    f(&mut STATE.0.borrow_mut())
}

impl Reclaimer {
    fn begin_look(&mut self) -> u64 {
        self.looks_begun += 1;
        self.looks.insert(self.looks_begun);
        self.looks_begun
    }

    fn end_look(&mut self, look: u64) -> Vec<Retired> {
        self.looks.remove(&look);
        for (looks, _) in &mut self.waiting {
            looks.remove(&look);
        }
        let (free, waiting): (Vec<_>, Vec<_>) = mem::take(&mut self.waiting)
            .into_iter()
            .partition(|(looks, _)| looks.is_empty());
        self.waiting = waiting;
        free.into_iter().map(|(_, retired)| retired).collect()
    }
}

/// A model has no panics to keep away: it releases at the earliest, also in a read.
///
/// # Safety
///
/// As for the other backends.
pub(super) unsafe fn read<N: Counted, R>(
    word: &AtomicPtr<N>,
    mut look: impl FnMut(*mut N) -> R,
) -> R {
    if cfg!(heptad_mutant = "reclaim_look_unprotected") {
        let late = protected(|| load(word));
        return look(late);
    }
    protected(|| look(load(word)))
}

fn protected<R>(f: impl FnOnce() -> R) -> R {
    turn();
    let look = with_state(Reclaimer::begin_look);
    // SeqCst: pairs with the fence in `retire`. A look that begins after it sees what was written
    // to the word before.
    fence(Ordering::SeqCst);
    let result = f();
    turn();
    // SeqCst: pairs with the fence in `release`.
    fence(Ordering::SeqCst);
    release(with_state(|state| state.end_look(look)));
    result
}

/// # Safety
///
/// As for the other backends: no later look can meet the node.
pub(super) unsafe fn retire(retired: Retired) {
    turn();
    // SeqCst: pairs with the fence at the begin of a look.
    fence(Ordering::SeqCst);
    let free = with_state(|state| {
        if state.looks.is_empty() {
            return vec![retired];
        }
        state.waiting.push((state.looks.clone(), retired));
        Vec::new()
    });
    release(free);
}

fn release(free: Vec<Retired>) {
    if free.is_empty() {
        return;
    }
    // SeqCst: pairs with the fence at the end of each look that these waited for.
    fence(Ordering::SeqCst);
    for retired in free {
        // SAFETY: every look that was going on when this was retired has ended.
        nesting::outside(|| unsafe { retired.release() });
    }
}

/// # Safety
///
/// Nobody can be looking at the node.
pub(super) unsafe fn leave(retired: Retired) {
    release(vec![retired]);
}

pub(super) fn flush() {}

/// Notes that a node exists from now on.
pub(crate) fn created<N>(node: *const N) {
    assert!(
        with_state(|state| state.nodes.insert(node.addr())),
        "two nodes in one place"
    );
}

/// Notes that a node is about to be freed.
pub(crate) fn freed<N>(node: *const N) {
    assert!(
        with_state(|state| state.nodes.remove(&node.addr())),
        "node freed twice"
    );
}

/// Fails unless the node exists.
pub(crate) fn assert_exists<N>(node: *const N) {
    assert!(
        with_state(|state| state.nodes.contains(&node.addr())),
        "node used after it was freed"
    );
}
