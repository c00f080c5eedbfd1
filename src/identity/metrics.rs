//! What identities tell about contention: how often updates lost, waited and took turns.
//!
//! Counting costs nothing while updates of an atom win at once: its counters are touched by updates
//! that have just lost a race. [`Atom::metrics`](crate::Atom::metrics) and
//! [`Agent::metrics`](crate::Agent::metrics) read the counters of one identity, [`snapshot`] those of
//! all that have a name.

use core::fmt;
use core::panic::Location;
use std::time::Duration;

use crate::runtime::sync::plain::{Arc, Mutex, Weak};

/// How many buckets a histogram of attempts has.
pub(super) const BUCKETS: usize = 8;

/// The largest number of attempts of each bucket but the last.
const BOUNDS: [u32; BUCKETS - 1] = [1, 2, 3, 4, 8, 16, 32];

pub(super) fn bucket_of(attempts: u32) -> usize {
    BOUNDS.partition_point(|bound| *bound < attempts)
}

/// The counters of an atom since it was made.
///
/// They are read one after the other while updates go on, so they may be apart by what happened
/// meanwhile.
///
/// # Examples
///
/// ```
/// let atom = heptad::Atom::new(0);
/// atom.swap(|n| {
///     if *n == 0 {
///         // Another thread is faster, once.
///         std::thread::scope(|threads| {
///             threads.spawn(|| atom.reset(5));
///         });
///     }
///     n + 1
/// });
/// let metrics = atom.metrics();
/// assert_eq!((metrics.attempts, metrics.conflicts, metrics.most_attempts), (3, 1, 2));
/// println!("{metrics}");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AtomMetrics {
    /// Attempts to publish a value that succeeded (one for each version) or were lost to another
    /// update. Those that a closure, a validator or a panic ended are not counted.
    pub attempts: u64,
    /// Attempts that were lost to another update: what their closures returned was dropped.
    pub conflicts: u64,
    /// How often an update took a turn, because it had lost too often or the others were too fast.
    pub escalations: u64,
    /// The most runs of a closure in one update.
    pub most_attempts: u64,
    /// How many updates there were by their number of attempts: 1, 2, 3, 4, up to 8, 16, 32, and
    /// more. An update that had to wait for another's turn before its first attempt counts too.
    pub histogram: [u64; BUCKETS],
    /// How often a thread parked, for the end of another's turn or for its own.
    pub waits: u64,
    /// An estimate of the time that lost attempts and waiting took: for each update that lost, the
    /// time from its first loss to its end. That leaves out its first run and includes its last.
    pub wasted: Duration,
    /// How often an update that waited for this atom gave up the turn that it had at another one,
    /// so that no circle of waiting threads could arise.
    pub dropped_claims: u64,
    /// The update that wasted the most time.
    pub longest_loser: Option<Loser>,
}

/// An update that lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Loser {
    /// How often its closure ran.
    pub attempts: u32,
    /// The time from its first loss to its end.
    pub wasted: Duration,
    /// Where it was called.
    pub location: &'static Location<'static>,
}

impl Loser {
    pub(super) fn new(
        attempts: u32,
        wasted: Duration,
        location: &'static Location<'static>,
    ) -> Self {
        Self {
            attempts,
            wasted,
            location,
        }
    }
}

impl AtomMetrics {
    /// Of an atom on which no update ever lost.
    pub(super) fn without_losses(updates: u64) -> Self {
        let mut histogram = [0; BUCKETS];
        histogram[0] = updates;
        Self {
            attempts: updates,
            conflicts: 0,
            escalations: 0,
            most_attempts: updates.min(1),
            histogram,
            waits: 0,
            wasted: Duration::ZERO,
            dropped_claims: 0,
            longest_loser: None,
        }
    }

    /// The counters that are numbers, by their names. `attempts` and the histogram are left out:
    /// they need the atom's version.
    pub(super) fn counters(&self) -> Vec<(&'static str, u64)> {
        vec![
            ("conflicts", self.conflicts),
            ("escalations", self.escalations),
            ("most_attempts", self.most_attempts),
            ("waits", self.waits),
            ("wasted_nanoseconds", nanoseconds(self.wasted)),
            ("dropped_claims", self.dropped_claims),
        ]
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

impl fmt::Display for AtomMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} attempts, {} lost, {} turns, {} waits, {:?} wasted",
            self.attempts, self.conflicts, self.escalations, self.waits, self.wasted
        )?;
        if let Some(loser) = &self.longest_loser {
            write!(f, "; longest loser: {loser}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Loser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}, {} attempts in {:?}",
            self.location, self.attempts, self.wasted
        )
    }
}

/// What one named identity has counted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Named {
    /// The name that it was given. Several identities may have the same.
    pub name: Box<str>,
    /// What it is: `"atom"` or `"agent"`.
    pub kind: &'static str,
    /// Its counters, by name; they only grow. Of an atom, those that come with losses: the number of
    /// attempts and the histogram, which need its version, are in [`AtomMetrics`] only.
    pub counters: Vec<(&'static str, u64)>,
    /// The update that wasted the most time.
    pub longest_loser: Option<Loser>,
}

impl Named {
    pub(super) fn new(
        name: Box<str>,
        kind: &'static str,
        counters: Vec<(&'static str, u64)>,
        longest_loser: Option<Loser>,
    ) -> Self {
        Self {
            name,
            kind,
            counters,
            longest_loser,
        }
    }
}

/// The lazily made part of an identity, which counts and knows the name.
pub(super) trait Reporting: Send + Sync {
    fn report(&self) -> Named;
}

/// The named identities that still exist, and some that no longer do.
static REGISTRY: Mutex<Vec<Weak<dyn Reporting>>> = Mutex::new(Vec::new());

/// Lists a named identity for as long as it exists.
pub(super) fn register(identity: Weak<dyn Reporting>) {
    let mut registry = REGISTRY.lock();
    // Each doubling is an occasion to forget those that are gone.
    if registry.len() == registry.capacity() {
        registry.retain(|identity| identity.strong_count() > 0);
    }
    registry.push(identity);
}

/// The counters of all identities that were given a name and still exist, in the order in which
/// they were made.
///
/// Takes time in their number; updates go on beside it.
///
/// # Examples
///
/// ```
/// use heptad::{Atom, metrics};
///
/// let hits = Atom::builder().name("hits").build(0);
/// hits.swap(|n| n + 1);
///
/// let all = metrics::snapshot();
/// assert!(all.iter().any(|one| &*one.name == "hits" && one.kind == "atom"));
/// ```
pub fn snapshot() -> Vec<Named> {
    let living: Vec<Arc<dyn Reporting>> = {
        let mut registry = REGISTRY.lock();
        registry.retain(|identity| identity.strong_count() > 0);
        registry.iter().filter_map(Weak::upgrade).collect()
    };
    living.iter().map(|identity| identity.report()).collect()
}

/// Sets the counters of all named identities in the recorder that the program has installed for
/// the [`metrics`](https://docs.rs/metrics/0.24) facade.
///
/// They are called `heptad_atom_conflicts`, `heptad_atom_waits` and so on, after the kind and the
/// counter, and labelled `name`. Call this as often as you want them to be fresh, for instance
/// before the recorder is read: updates themselves never call a recorder. The counters of several
/// identities of one kind and name are added up.
///
/// # Examples
///
/// ```
/// let _hits = heptad::Atom::builder().name("hits").build(0);
/// heptad::metrics::export();
/// ```
#[cfg(feature = "metrics")]
pub fn export() {
    for ((kind, name, counter), value) in sums(snapshot()) {
        let counter = ::metrics::counter!(format!("heptad_{kind}_{counter}"), "name" => name);
        counter.absolute(value);
    }
}

/// Of identities with the same kind and name: the sums, and of maxima the largest.
#[cfg(feature = "metrics")]
fn sums(all: Vec<Named>) -> std::collections::BTreeMap<(&'static str, String, &'static str), u64> {
    let mut sums = std::collections::BTreeMap::new();
    for one in all {
        for (counter, value) in one.counters {
            let sum: &mut u64 = sums
                .entry((one.kind, String::from(&*one.name), counter))
                .or_default();
            *sum = if counter.starts_with("most_") {
                value.max(*sum)
            } else {
                sum.saturating_add(value)
            };
        }
    }
    sums
}
