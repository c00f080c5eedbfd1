//! Rows about a map of 10,000 entries in one place: one key is changed, the version before stays
//! whole for whoever holds it.
//!
//! heptad's atom and the locks hold heptad's map, arc-swap holds imbl's; all hash alike.

use arc_swap::ArcSwap;
use foldhash::fast::FixedState;
use heptad::{Atom, HashMap};
use imbl::shared_ptr::DefaultSharedPtr;

use super::systems::{PlMutex, Place};
use crate::harness::{Entry, Gauge, Job, Placement, SHIFT, Shift, Work, assert_shared, together};

const ENTRIES: u64 = 10_000;

/// Updates between two looks at the end of the time.
const BATCH: u64 = 16;

/// Updates of each thread whose result is compared between the systems.
const COMPARED: u64 = 100;

type HeptadMap = HashMap<u64, u64, FixedState>;
type ImblMap = imbl::GenericHashMap<u64, u64, FixedState, DefaultSharedPtr>;

/// A persistent map from ids to how often they were drawn.
trait Counts: Clone + Send + Sync + FromIterator<(u64, u64)> + 'static {
    fn count(&mut self, id: u64);
    fn total(&self) -> u64;
}

impl Counts for HeptadMap {
    fn count(&mut self, id: u64) {
        *self.get_mut(&id).expect("all ids are there") += 1;
    }
    fn total(&self) -> u64 {
        self.values().sum()
    }
}

impl Counts for ImblMap {
    fn count(&mut self, id: u64) {
        *self.get_mut(&id).expect("all ids are there") += 1;
    }
    fn total(&self) -> u64 {
        self.values().sum()
    }
}

/// The entries of the row with so many threads.
pub(super) fn updates(threads: usize) -> Vec<Entry<'static>> {
    vec![
        update::<HeptadMap, Atom<_>>(threads),
        update::<ImblMap, ArcSwap<_>>(threads),
        update::<HeptadMap, PlMutex<_>>(threads),
    ]
}

fn update<M: Counts, P: Place<M> + 'static>(threads: usize) -> Entry<'static> {
    let place = P::new((0..ENTRIES).map(|id| (id, 0)).collect());
    std::thread::scope(|scope| {
        for first in 0..threads as u64 {
            let place = &place;
            scope.spawn(move || {
                draws(first)
                    .take(COMPARED as usize)
                    .for_each(|id| add(place, id))
            });
        }
    });
    Entry {
        system: P::NAME.to_owned(),
        peer: P::PEER,
        witness: place.read(M::total),
        gauge: gauge(place, threads),
    }
}

fn gauge<M: Counts, P: Place<M> + 'static>(place: P, threads: usize) -> Gauge<'static> {
    Gauge::Value(Box::new(move || {
        let before = place.read(M::total);
        let place = &place;
        let job = |i| -> Job<'_, _> { Box::new(move |shift| drawing(shift, place, i)) };
        let work = together(SHIFT, Placement::Apart, (0..threads).map(job).collect());
        assert_shared(&work);
        let counted = place.read(M::total) - before;
        let done = work.iter().map(|work| work.operations).sum::<u64>();
        assert_eq!(counted, done, "no update is lost");
        work.iter().map(Work::rate).sum()
    }))
}

fn drawing<M: Counts, P: Place<M>>(shift: &Shift, place: &P, first: usize) -> Work {
    let mut ids = draws(first as u64);
    shift.repeat(BATCH, || add(place, ids.next().unwrap_or_default()))
}

fn add<M: Counts>(place: &impl Place<M>, id: u64) {
    place.update(|counts| {
        let mut next = counts.clone();
        next.count(id);
        next
    });
}

/// Ids at random, without end; another sequence for each `first`.
fn draws(first: u64) -> impl Iterator<Item = u64> {
    let mut state = first;
    std::iter::repeat_with(move || {
        state = state
            .wrapping_mul(0x5851_F42D_4C95_7F2D)
            .wrapping_add(2 * first + 1);
        (state >> 33) % ENTRIES
    })
}
