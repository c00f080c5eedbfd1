//! Each thread's record, and the calls of the backend.

#![allow(
    unsafe_code,
    reason = "passes on the contracts of reclaim; gives up what a scan has judged"
)]

use core::cell::Cell;
use core::iter;

use super::super::release::release_all;
use super::super::{Counted, Retired};
use super::Protected;
use super::domain::Domain;
use super::fence;
use super::record::Record;
use super::retirement::Due;
use crate::runtime::sync::{AtomicPtr, per_thread, yield_now};

/// How often `flush` tries before it leaves the rest to later: readers are out in nanoseconds, so
/// this is only reached beside a thread that the system has suspended inside a read.
const FLUSH_ROUNDS: u32 = 1 << 14;

/// So many left by ended threads are judged by a thread that is ending itself.
const MANY_LEFTOVERS: usize = 1024;

static DOMAIN: Domain = Domain::new();

per_thread! {
    /// The short way to this thread's record, for reads that need no more than a compiler's fence:
    /// there is none where the fence is a real one. Needs no destructor, so looking is one load.
    static SHORT_WAY: Cell<Option<&'static Record>> = Cell::new(None);
}

thread_local! {
    static MEMBERSHIP: Membership = Membership::join();
}

/// A record that this thread has for as long as this exists.
struct Membership(&'static Record);

impl Membership {
    #[cold]
    fn join() -> Self {
        Self(DOMAIN.join())
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        SHORT_WAY.set(None);
        DOMAIN.leave(self.0);
    }
}

/// Calls `f` with the record of this thread; with none if that is gone already, as the destructors
/// of the thread are running.
#[cold]
#[inline(never)]
fn long_way<R>(f: impl FnOnce(Option<&'static Record>) -> R) -> R {
    let record = MEMBERSHIP.try_with(|membership| membership.0).ok();
    if fence::is_asymmetric() {
        SHORT_WAY.set(record);
    }
    f(record)
}

/// As [`long_way`], and with a record for one call in the place of none.
fn with_any_record<R>(f: impl FnOnce(&'static Record) -> R) -> R {
    long_way(|record| match record {
        Some(record) => f(record),
        None => f(Membership::join().0),
    })
}

impl<N: Counted> Protected<N> {
    /// Loads `word` and keeps the node that it points to alive.
    ///
    /// # Safety
    ///
    /// As for [`read`](super::super::read).
    #[inline]
    pub(crate) unsafe fn load(word: &AtomicPtr<N>) -> Self {
        // SAFETY: passed on to the caller.
        Self::new(unsafe {
            match SHORT_WAY.get() {
                Some(record) => record.protect(fence::light_if_asymmetric, word),
                None => with_any_record(|record| record.protect(fence::light, word)),
            }
        })
    }
}

/// Loads `word` and runs `look` while nothing retired from now on is given up.
///
/// # Safety
///
/// As for [`read`](super::super::read), and `look` gets what the word holds, marks included.
#[inline]
pub(in super::super) unsafe fn read<N: Counted, R>(
    word: &AtomicPtr<N>,
    look: impl FnOnce(*mut N) -> R,
) -> R {
    // SAFETY: passed on to the caller.
    let result = unsafe {
        match SHORT_WAY.get() {
            Some(record) => record.look(fence::light_if_asymmetric, word, look),
            None => with_any_record(|record| record.look(fence::light, word, look)),
        }
    };
    if cfg!(heptad_mutant = "reclaim_reads_release") {
        flush();
    }
    result
}

/// Gives up `retired` when nobody protects it any more.
///
/// # Safety
///
/// No later read can meet the node.
#[inline]
pub(in super::super) unsafe fn retire(retired: Retired) {
    match SHORT_WAY.get() {
        Some(record) => retire_at(record, retired),
        None => long_way(|record| match record {
            Some(record) => retire_at(record, retired),
            None => retire_while_ending(retired),
        }),
    }
}

/// Has this released by later updates of any thread.
///
/// # Safety
///
/// Nobody can be looking at the node.
#[cold]
pub(in super::super) unsafe fn leave(retired: Retired) {
    DOMAIN.leftovers.put([retired]);
}

#[inline]
fn retire_at(record: &Record, retired: Retired) {
    let due = record.retirement().add(retired);
    match due {
        Due::Nothing => {}
        Due::Release => release_some(record),
        Due::Scan => scan_and_release(record),
    }
}

/// Every call of a thread that has lost its own record leaves what it retires to others, but not
/// without end.
fn retire_while_ending(retired: Retired) {
    let passing = Membership::join();
    let _ = passing.0.retirement().add(retired);
    if DOMAIN.leftovers.waiting() >= MANY_LEFTOVERS {
        passing.0.retirement().scan(&DOMAIN);
        release_as_long_as(|| passing.0.retirement().next_ready());
    }
}

#[inline(never)]
fn release_some(record: &Record) {
    let portion = record.retirement().portion();
    if portion != 0 {
        let mut rest = 0..portion;
        release_as_long_as(|| rest.next().and_then(|_| record.retirement().next_ready()));
    }
}

#[cold]
#[inline(never)]
fn scan_and_release(record: &Record) {
    record.retirement().scan(&DOMAIN);
    release_some(record);
}

fn release_as_long_as(next: impl FnMut() -> Option<Retired>) {
    // SAFETY: what is ready was found by a scan: no read and no guard can be using it.
    unsafe { release_all(|| iter::from_fn(next)) }
}

pub(in super::super) fn flush() {
    with_any_record(|record| {
        let mut rounds = 0..FLUSH_ROUNDS;
        let mut waits = true;
        release_as_long_as(|| {
            loop {
                let ready = record.retirement().next_ready();
                if ready.is_some() || !waits || rounds.next().is_none() {
                    return ready;
                }
                record.retirement().scan(&DOMAIN);
                waits = record.retirement().waits_for_readers();
                if waits {
                    yield_now();
                }
            }
        });
    });
}
