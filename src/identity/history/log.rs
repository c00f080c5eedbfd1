//! The versions that are kept, in order.

use std::collections::VecDeque;
use std::time::Instant;

use super::super::late::Discarded;
use super::super::shared::Shared;
use super::{AsOf, History, Keep, NotKept, Version, find};

/// The old versions of one identity and the newest that has been filed.
pub(in super::super) struct Log<T> {
    keep: Keep,
    /// Invariant: not empty, versions are consecutive, oldest first. Either each has a time or
    /// none has; times never go back.
    versions: VecDeque<Version<T>>,
    /// With this version, and later ones, the log has all that its rule keeps: what was skipped is
    /// older than that.
    ///
    /// Invariant: it has been published.
    whole_from: u64,
}

impl<T: Send + Sync + 'static> Log<T> {
    /// Begins with the current value.
    pub(in super::super) fn new(keep: Keep, current: Shared<T>) -> Self {
        let time = keep.has_times().then(Instant::now);
        Self {
            keep,
            whole_from: current.version(),
            versions: VecDeque::from([Version::new(current, time)]),
        }
    }

    /// How many old versions there can be at the most.
    pub(in super::super) fn limit(&self) -> usize {
        self.keep.limit()
    }

    /// The versions before this one that have not been added will not be. The last version that
    /// could have one of them beside it has been published.
    pub(in super::super) fn skip_to(&mut self, next: u64) {
        if next > self.newest() + 1 {
            // What the limit is now: with a later and larger one, this might not be published.
            self.whole_from = next + self.limit() as u64;
        }
    }

    /// Whether no version is missing that the rule keeps.
    pub(in super::super) fn is_whole(&self) -> bool {
        self.newest() >= self.whole_from || cfg!(heptad_mutant = "history_shows_what_was_skipped")
    }

    /// Adds the next version, which had been published by this moment; what it began with and what
    /// came before is no news.
    pub(in super::super) fn push(
        &mut self,
        value: &Shared<T>,
        published_by: Option<Instant>,
        discarded: &mut Discarded<T>,
    ) {
        if value.version() <= self.newest() {
            return;
        }
        let now = self.now();
        let follows = value.version() == self.newest() + 1;
        // No moment may be known if times are kept only since then, and two steps back and forth
        // between the rules could mix them up.
        let before = self.versions.back().and_then(|version| version.time);
        let time = now.map(|now| published_by.unwrap_or(now)).max(before);
        let time = now.and(time);
        if !follows && !cfg!(heptad_mutant = "log_has_holes") {
            for version in self.versions.drain(..) {
                discarded.push(version.value);
            }
        }
        self.versions.push_back(Version::new(value.clone(), time));
        self.trim(now, discarded);
    }

    /// Keeps by other rules from now on. What was not kept until now cannot be had back, and what
    /// had no time has come now, as far as is known.
    pub(in super::super) fn set_keep(&mut self, keep: Keep, discarded: &mut Discarded<T>) {
        let had_times = self.keep.has_times();
        self.keep = keep;
        let now = self.now();
        if keep.has_times() != had_times {
            for version in &mut self.versions {
                version.time = now;
            }
        }
        self.trim(now, discarded);
    }

    pub(in super::super) fn discard(self, discarded: &mut Discarded<T>) {
        for version in self.versions {
            discarded.push(version.value);
        }
    }

    pub(in super::super) fn history(&mut self, discarded: &mut Discarded<T>) -> History<T> {
        self.trim(self.now(), discarded);
        History {
            versions: self.versions.clone(),
        }
    }

    pub(in super::super) fn as_of(
        &mut self,
        wanted: AsOf,
        discarded: &mut Discarded<T>,
    ) -> Result<Shared<T>, NotKept> {
        self.trim(self.now(), discarded);
        find(&self.versions, wanted).map(Version::to_shared)
    }

    fn newest(&self) -> u64 {
        self.versions.back().map_or(0, Version::version)
    }

    /// The clock is only looked at when times are kept.
    pub(in super::super) fn now(&self) -> Option<Instant> {
        self.keep.has_times().then(Instant::now)
    }

    fn trim(&mut self, now: Option<Instant>, discarded: &mut Discarded<T>) {
        while let Some(next) = self.versions.get(1) {
            let replaced = now
                .zip(next.time)
                .map(|(now, time)| now.duration_since(time));
            let wanted = self.keep.wants(self.versions.len() - 1, replaced);
            if wanted || cfg!(heptad_mutant = "log_never_trims") {
                break;
            }
            if let Some(oldest) = self.versions.pop_front() {
                discarded.push(oldest.value);
            }
        }
    }
}
