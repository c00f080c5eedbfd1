//! What a thread has retired, and the scan that finds out what of it can be given up.
//!
//! A scan, in this order: take over what ended threads have left; heavy fence; take the list of
//! records; wait until each has been seen without an announcement; look through all slots; what
//! none of them shows can be given up. A reader that was not in the list yet, or had not yet shown
//! or announced anything, comes after the fence and finds in its word what replaced the retired
//! node. One that was announced is seen without only after its slot shows the node.
//!
//! "Wait" is not done in place: a reader may have been suspended by the system in the middle of its
//! few instructions. What was retired before the fence is set aside together with the records not
//! yet seen without an announcement, and the next scan looks again at these. So each reader needs
//! to be met without one once, not all of them at one moment.

use core::{iter, mem};
use std::time::{Duration, Instant};

use super::super::Retired;
use super::domain::Domain;
use super::fence;
use super::record::Record;

/// One thread's part in reclaiming.
pub(super) struct Retirement {
    /// Retired since the fence that the old ones wait for.
    young: Vec<Retired>,
    /// Retired before that fence.
    old: Vec<Retired>,
    /// Taken over from ended threads before that fence.
    ///
    /// Apart, as this thread may never come back to them: they are given up at once, or else left to
    /// the others again.
    adopted: Vec<Retired>,
    /// The records that have not been seen without an announcement since that fence.
    readers: Vec<&'static Record>,
    /// Nobody can be using these any more.
    ready: Vec<Retired>,
    /// So many of these are given up whenever some are due.
    portion: usize,
    /// So many more the next time. Invariant: no more than there are.
    at_once: usize,
    /// So many young ones make a scan due.
    limit: usize,
    pace: Pace,
}

/// What is due after one more has been retired.
pub(super) enum Due {
    Nothing,
    /// To give up some of what is ready.
    Release,
    Scan,
}

impl Retirement {
    /// Some are due after so many updates, and if they all are this thread's, as many: an allocator
    /// that has just served a few allocations takes as many back for little.
    const PORTION: usize = 4;

    pub(super) const fn new() -> Self {
        Self {
            young: Vec::new(),
            old: Vec::new(),
            adopted: Vec::new(),
            readers: Vec::new(),
            ready: Vec::new(),
            portion: 0,
            at_once: 0,
            limit: Pace::FEWEST,
            pace: Pace::new(),
        }
    }

    /// Notes what is to be given up.
    #[inline]
    pub(super) fn add(&mut self, retired: Retired) -> Due {
        self.young.push(retired);
        if self.young.len() % Self::PORTION != 0 {
            Due::Nothing
        } else if self.young.len() >= self.limit {
            Due::Scan
        } else {
            Due::Release
        }
    }

    /// Whether something set aside waits for a reader.
    pub(super) fn waits_for_readers(&self) -> bool {
        !(self.old.is_empty() && self.adopted.is_empty())
    }

    /// What the thread has not given up at its end. The place is as new afterwards.
    pub(super) fn end(&mut self) -> Vec<Retired> {
        let Self {
            mut young,
            old,
            adopted,
            ready,
            ..
        } = mem::replace(self, Self::new());
        young.extend(old.into_iter().chain(adopted).chain(ready));
        young
    }

    /// One that can be given up.
    pub(super) fn next_ready(&mut self) -> Option<Retired> {
        self.at_once = self.at_once.saturating_sub(1);
        self.ready.pop()
    }

    /// How many to give up when that is due.
    pub(super) fn portion(&self) -> usize {
        self.ready.len().min(self.portion + self.at_once)
    }

    /// Finds out what can be given up now.
    pub(super) fn scan(&mut self, domain: &Domain) {
        self.judge_old(domain);
        if !self.waits_for_readers() && self.fence(domain) {
            self.judge_old(domain);
        }
        // Beyond what stays in any case, so that a guard held for long makes no scan due.
        self.limit = self.young.len() + self.pace.threshold;
        // All will be gone by then.
        let times = self.pace.threshold / Self::PORTION;
        self.portion = (self.ready.len() - self.at_once).div_ceil(times);
    }

    /// Takes over what ended threads have left, and lets what is young grow old by a fence.
    fn fence(&mut self, domain: &Domain) -> bool {
        let early = cfg!(heptad_mutant = "hazard_records_before_fence").then(|| domain.records());
        let fenced = cfg!(heptad_mutant = "hazard_fence_before_leftovers") && fence::heavy();
        domain
            .leftovers
            .take_all(if cfg!(heptad_mutant = "hazard_adopts_as_its_own") {
                &mut self.young
            } else {
                &mut self.adopted
            });
        if self.young.is_empty() && self.adopted.is_empty() {
            return false;
        }
        if !(fenced || fence::heavy()) {
            domain.leftovers.put(self.adopted.drain(..));
            return false;
        }
        self.pace.note(Instant::now());
        mem::swap(&mut self.young, &mut self.old);
        match early {
            Some(records) => self.readers.extend(records),
            None => self.readers.extend(domain.records()),
        }
        true
    }

    /// Moves what is old to where it belongs, if no reader stands in the way.
    fn judge_old(&mut self, domain: &Domain) {
        if !self.waits_for_readers() {
            return;
        }
        let early =
            cfg!(heptad_mutant = "hazard_slots_before_announcements").then(|| shown_by(domain));
        if !cfg!(heptad_mutant = "hazard_announcements_not_waited_for") {
            self.readers.retain(|record| record.is_announced());
        }
        if self.readers.is_empty() || cfg!(heptad_mutant = "hazard_announcements_not_waited_for") {
            let shown = early.unwrap_or_else(|| shown_by(domain));
            self.sort_out(&shown, domain);
        }
    }

    /// What somebody protects is young again, the rest is ready.
    fn sort_out(&mut self, shown: &[*mut ()], domain: &Domain) {
        self.readers.clear();
        self.young.extend(take_those_in(shown, &mut self.old));
        self.ready.append(&mut self.old);
        if !self.adopted.is_empty() {
            let protected: Vec<_> = take_those_in(shown, &mut self.adopted).collect();
            domain.leftovers.put(protected);
            self.at_once += self.adopted.len();
            self.ready.append(&mut self.adopted);
        }
    }
}

/// Removes those whose nodes are in the sorted list `shown`.
fn take_those_in(shown: &[*mut ()], from: &mut Vec<Retired>) -> impl Iterator<Item = Retired> {
    let mut place = 0;
    iter::from_fn(move || {
        while !contains(shown, from.get(place)?.node.as_ptr()) {
            place += 1;
        }
        Some(from.swap_remove(place))
    })
}

/// What the slots of all threads show, sorted.
fn shown_by(domain: &Domain) -> Vec<*mut ()> {
    let mut shown: Vec<_> = domain.records().flat_map(Record::protected).collect();
    shown.sort_unstable();
    shown
}

/// Whether a sorted list has this one. Lists are short: few threads protect something at any time.
#[inline]
fn contains(sorted: &[*mut ()], node: *mut ()) -> bool {
    if sorted.len() <= 8 {
        sorted.contains(&node)
    } else {
        sorted.binary_search(&node).is_ok()
    }
}

/// How many to retire before a scan: few, so that an idle thread keeps few; many while there is so
/// much to do that the fence would count.
struct Pace {
    threshold: usize,
    last: Option<Instant>,
}

impl Pace {
    const FEWEST: usize = 16;
    const MOST: usize = 1024;
    const HURRIED: Duration = Duration::from_micros(100);
    const IDLE: Duration = Duration::from_millis(1);

    const fn new() -> Self {
        Self {
            threshold: Self::FEWEST,
            last: None,
        }
    }

    fn note(&mut self, now: Instant) {
        let before = self.last.replace(now);
        let pause = before.map(|before| now.duration_since(before));
        if pause.is_some_and(|pause| pause < Self::HURRIED) {
            self.threshold = Self::MOST.min(self.threshold * 2);
        } else if pause.is_none_or(|pause| pause > Self::IDLE) {
            self.threshold = Self::FEWEST.max(self.threshold / 2);
        }
    }
}
