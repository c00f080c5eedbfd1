//! What an atom notes about the races that its updates lost.
//!
//! Nothing here is touched by an update that wins at once. The counters have cache lines of their
//! own and order nothing.

use core::panic::Location;
use std::time::{Duration, Instant};

use super::super::metrics::{AtomMetrics, BUCKETS, Loser, bucket_of};
use crate::runtime::sync::{AtomicU64, Ordering, plain};

/// The counters of one atom.
#[repr(align(128))]
pub(super) struct Losses {
    conflicts: AtomicU64,
    escalations: AtomicU64,
    waits: AtomicU64,
    dropped_claims: AtomicU64,
    wasted_nanos: AtomicU64,
    most_attempts: AtomicU64,
    /// Updates that lost an attempt or had to wait, by their number of attempts.
    histogram: [AtomicU64; BUCKETS],
    /// Those of them that published a value, which the atom's version counts too.
    published: AtomicU64,
    longest: plain::Mutex<Option<Loser>>,
    /// Of `longest`, to see without the lock that another was not longer.
    longest_nanos: AtomicU64,
}

impl Losses {
    pub(super) fn new() -> Self {
        Self {
            conflicts: AtomicU64::new(0),
            escalations: AtomicU64::new(0),
            waits: AtomicU64::new(0),
            dropped_claims: AtomicU64::new(0),
            wasted_nanos: AtomicU64::new(0),
            most_attempts: AtomicU64::new(0),
            histogram: core::array::from_fn(|_| AtomicU64::new(0)),
            published: AtomicU64::new(0),
            longest: plain::Mutex::new(None),
            longest_nanos: AtomicU64::new(0),
        }
    }

    pub(super) fn escalated(&self) {
        self.escalations.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn waited(&self) {
        self.waits.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn dropped_claims(&self, count: u32) {
        self.dropped_claims
            .fetch_add(u64::from(count), Ordering::Relaxed);
    }

    /// Notes an update at its end.
    fn add(&self, loser: Loser, lost: u32, published: bool) {
        self.published
            .fetch_add(u64::from(published), Ordering::Relaxed);
        self.conflicts.fetch_add(u64::from(lost), Ordering::Relaxed);
        self.histogram[bucket_of(loser.attempts)].fetch_add(1, Ordering::Relaxed);
        self.most_attempts
            .fetch_max(u64::from(loser.attempts), Ordering::Relaxed);
        let nanos = u64::try_from(loser.wasted.as_nanos()).unwrap_or(u64::MAX);
        self.wasted_nanos.fetch_add(nanos, Ordering::Relaxed);
        if nanos > self.longest_nanos.load(Ordering::Relaxed) {
            let mut longest = self.longest.lock();
            if longest.is_none_or(|longest| loser.wasted > longest.wasted) {
                self.longest_nanos.store(nanos, Ordering::Relaxed);
                *longest = Some(loser);
            }
        }
    }

    /// The counters, and what follows from them and the number of updates that there have been.
    pub(super) fn metrics(&self, updates: u64) -> AtomMetrics {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let mut metrics = AtomMetrics::without_losses(updates);
        metrics.conflicts = read(&self.conflicts);
        metrics.attempts = updates + metrics.conflicts;
        metrics.escalations = read(&self.escalations);
        metrics.waits = read(&self.waits);
        metrics.dropped_claims = read(&self.dropped_claims);
        metrics.wasted = Duration::from_nanos(read(&self.wasted_nanos));
        metrics.most_attempts = metrics.most_attempts.max(read(&self.most_attempts));
        for (bucket, counter) in metrics.histogram.iter_mut().zip(&self.histogram) {
            *bucket = read(counter);
        }
        metrics.histogram[0] += updates.saturating_sub(read(&self.published));
        metrics.longest_loser = *self.longest.lock();
        metrics
    }
}

/// One update that has lost an attempt or had to wait, until its end.
pub(super) struct Contest<'a> {
    losses: &'a Losses,
    at: &'static Location<'static>,
    since: Instant,
    /// Runs of the closure that began.
    attempts: u32,
    lost: u32,
    published: bool,
}

impl<'a> Contest<'a> {
    #[inline(never)]
    pub(super) fn begin(losses: &'a Losses, at: &'static Location<'static>) -> Self {
        Self {
            losses,
            at,
            since: Instant::now(),
            attempts: 0,
            lost: 0,
            published: false,
        }
    }

    /// The update has published its value.
    pub(super) fn won(&mut self) {
        self.published = true;
    }

    pub(super) fn attempts(&self) -> u32 {
        self.attempts
    }

    pub(super) fn begin_attempt(&mut self) {
        self.attempts += 1;
    }

    /// The attempt that was begun last was lost.
    pub(super) fn lost_one(&mut self) {
        self.lost += 1;
    }
}

impl Drop for Contest<'_> {
    /// However the update ends.
    fn drop(&mut self) {
        let loser = Loser::new(self.attempts, self.since.elapsed(), self.at);
        self.losses.add(loser, self.lost, self.published);
    }
}
