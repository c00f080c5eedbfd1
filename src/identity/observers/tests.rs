//! The feed, given values in an order that only several threads could bring about.

use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::Feed;
use crate::Atom;
use crate::identity::history::{AsOf, Keep};
use crate::identity::late::Discarded;
use crate::identity::shared::Shared;
use crate::identity::{Changes, Lag};
use crate::runtime::sync::Arc;

/// How many values come after the first one.
const VALUES: u64 = 24;

/// The values of one identity, and a feed that is told of them by the test alone.
struct Trial {
    values: Vec<Shared<u64>>,
    feed: Arc<Feed<u64>>,
}

impl Trial {
    fn new() -> Self {
        let atom = Atom::new(0);
        let mut values = vec![atom.load_full()];
        values.extend((1..=VALUES).map(|number| atom.reset(number)));
        Self {
            values,
            feed: Arc::new(Feed::new()),
        }
    }

    fn value(&self, version: u64) -> Shared<u64> {
        self.values[version as usize].clone()
    }

    fn changes(&self, lag: Lag, begin: u64) -> Changes<u64> {
        let (buffer, current) = self.feed.join(lag.limit(), || self.value(begin));
        Changes::new(Arc::clone(&self.feed), buffer, current)
    }

    fn file(&self, version: u64) -> bool {
        let mut discarded = Discarded::new();
        self.feed.note(&self.value(version), &mut discarded)
    }

    fn in_hand(&self) -> usize {
        self.feed.order.lock().early.len()
    }

    fn kept(&self) -> Vec<u64> {
        self.kept_at(0)
    }

    fn is_settled(&self, version: u64) -> bool {
        self.feed.order.lock().is_settled(version)
    }

    /// What is kept for somebody who has loaded this version.
    fn kept_at(&self, loaded: u64) -> Vec<u64> {
        let history = self.feed.history(self.value(loaded));
        history.iter().map(|version| version.version()).collect()
    }
}

/// Everything to be read, each with how many were skipped before it.
fn read(changes: &mut Changes<u64>) -> Vec<(u64, u64)> {
    let mut read = Vec::new();
    let mut at = changes.seen().version();
    while let Ok(change) = changes.try_recv() {
        assert_eq!(change.old.version(), at);
        assert_eq!(*change.new, change.version());
        at = change.version();
        read.push((at, change.skipped()));
    }
    read
}

fn unskipped(versions: RangeInclusive<u64>) -> Vec<(u64, u64)> {
    versions.map(|version| (version, 0)).collect()
}

#[test]
fn a_value_that_comes_early_waits_for_those_before() {
    let trial = Trial::new();
    let mut changes = trial.changes(Lag::Bounded(9), 0);
    assert!(!trial.file(2));
    assert!(!trial.file(4));
    assert_eq!(read(&mut changes), []);
    assert!(trial.file(1));
    assert_eq!(read(&mut changes), unskipped(1..=2));
    assert!(trial.file(3));
    assert_eq!(read(&mut changes), unskipped(3..=4));
    assert_eq!(trial.in_hand(), 0);
}

#[test]
fn a_value_that_nobody_would_be_shown_is_not_waited_for() {
    let trial = Trial::new();
    let mut small = trial.changes(Lag::Latest, 0);
    let mut large = trial.changes(Lag::Bounded(3), 0);
    // 1 is published, and its thread stands still before it files it.
    assert!(!trial.file(2) && !trial.file(3) && !trial.file(4));
    assert_eq!((read(&mut large), trial.in_hand()), (vec![], 3));
    // Had it been filed, it would be the one too many now.
    assert!(trial.file(5));
    assert_eq!(trial.in_hand(), 0);
    assert_eq!(read(&mut large), [(3, 2), (4, 0), (5, 0)]);
    assert_eq!(read(&mut small), [(5, 4)]);
    assert!(!trial.file(1), "too late");
    assert!(trial.file(6));
    assert_eq!(read(&mut large), [(6, 0)]);
}

fn versions_kept(limit: usize) -> Keep {
    Keep::nothing().versions(limit)
}

#[test]
fn history_waits_for_what_its_rule_keeps_while_two_threads_stand_still() {
    let trial = Trial::new();
    trial.feed.keep_history(versions_kept(2), || trial.value(3));
    assert!(trial.file(4) && trial.file(5));
    assert_eq!(trial.kept_at(5), [5, 4, 3]);
    // 6 and 8 are published, and their threads stand still before they file them.
    assert!(!trial.file(7));
    assert!(trial.file(9), "6 is too old to be kept beside 9");
    assert!(!trial.file(10));
    assert_eq!(trial.in_hand(), 2);
    for loaded in [5, 6, 7, 10] {
        assert!(!trial.is_settled(loaded), "6 would be missing beside 7");
    }
    assert!(!trial.file(6), "too late");
    assert!(!trial.is_settled(7));
    assert!(trial.file(8));
    assert_eq!(trial.kept_at(7), [10, 9, 8]);
    assert_eq!(trial.kept_at(10), [10, 9, 8]);
}

#[test]
fn history_goes_on_without_two_threads_that_stand_still_for_long() {
    let trial = Trial::new();
    trial.feed.keep_history(versions_kept(2), || trial.value(5));
    trial.file(7);
    trial.file(9);
    trial.file(10);
    assert!(!trial.is_settled(7));
    // A larger rule does not wait for what nobody has published yet.
    trial
        .feed
        .keep_history(versions_kept(4), || trial.value(10));
    trial.file(11);
    trial.file(12);
    assert!(!trial.is_settled(7), "8 is kept beside 12");
    trial.file(13);
    assert_eq!(trial.kept_at(7), [13, 12, 11, 10, 9]);
    assert!(!trial.file(8) && !trial.file(6), "too late");
    assert_eq!(trial.kept_at(13), [13, 12, 11, 10, 9]);
}

#[test]
fn a_rule_that_is_widened_does_not_show_what_was_before_a_skipped_version() {
    let trial = Trial::new();
    trial.feed.keep_history(versions_kept(2), || trial.value(5));
    for version in [7, 9, 10] {
        trial.file(version);
    }
    trial
        .feed
        .keep_history(versions_kept(9), || trial.value(10));
    assert!(trial.file(8));
    assert_eq!(trial.kept_at(10), [10, 9, 8, 7], "6 was skipped");
}

/// A moment that differs from those before and after.
fn moment() -> Instant {
    let begin = Instant::now();
    let next = |begin| std::iter::repeat_with(Instant::now).find(|now| *now > begin);
    let moment = next(begin).unwrap_or(begin);
    next(moment);
    moment
}

#[test]
fn a_value_that_came_early_has_the_time_at_which_it_came() {
    let trial = Trial::new();
    let hour = Duration::from_secs(3600);
    trial
        .feed
        .keep_history(Keep::nothing().span(hour), || trial.value(0));
    let begin = moment();
    trial.file(4);
    let four = moment();
    trial.file(3);
    trial.file(1);
    let one = moment();
    trial.file(2);
    trial.file(5);
    // 4 was published by then, and so was all before it.
    let as_of = |at| {
        trial
            .feed
            .as_of(AsOf::Instant(at), trial.value(5))
            .unwrap()
            .version()
    };
    assert_eq!((as_of(begin), as_of(four), as_of(one)), (0, 4, 4));
    assert_eq!(as_of(moment()), 5);
    let history = trial.feed.history(trial.value(5));
    let times: Vec<_> = history.iter().rev().map(|version| version.time()).collect();
    assert_eq!(times.len(), 6);
    assert!(times.is_sorted() && times[0].is_some());
}

#[test]
fn listeners_are_told_of_what_comes_after_their_own_beginning() {
    let trial = Trial::new();
    let mut first = trial.changes(Lag::Bounded(99), 2);
    assert!(!trial.file(2) && !trial.file(1), "the stream began with 2");
    // A second one comes while 3 is published and not filed yet.
    let mut second = trial.changes(Lag::Bounded(99), 4);
    trial
        .feed
        .keep_history(Keep::nothing().versions(99), || trial.value(5));
    for version in [5, 6, 4, 3] {
        trial.file(version);
    }
    assert_eq!(read(&mut first), unskipped(3..=6));
    assert_eq!(read(&mut second), unskipped(5..=6));
    assert_eq!(trial.kept(), [6, 5]);
}

#[test]
fn what_was_published_while_nobody_listened_is_not_waited_for() {
    let trial = Trial::new();
    let first = trial.changes(Lag::Bounded(99), 0);
    assert!(!trial.file(2));
    drop(first);
    assert_eq!(trial.in_hand(), 0);
    assert!(!trial.file(1) && !trial.file(3), "nobody listens");
    let mut second = trial.changes(Lag::Bounded(99), 7);
    assert!(!trial.file(4) && trial.file(8));
    assert_eq!(read(&mut second), unskipped(8..=8));
}

/// What a reader is left with who has read nothing and may lag so far.
fn newest(limit: usize) -> Vec<(u64, u64)> {
    let first = VALUES + 1 - (limit as u64).min(VALUES);
    (first..=VALUES)
        .map(|version| (version, if version == first { first - 1 } else { 0 }))
        .collect()
}

proptest! {
    /// The order in which threads file makes no difference to what observers end up with.
    #[test]
    fn any_order_of_filing_ends_in_the_same(
        order in Just((1..=VALUES).collect::<Vec<_>>()).prop_shuffle(),
        limits in prop::collection::vec(1..30_usize, 0..4),
        kept in prop::option::of(1..30_usize),
    ) {
        let trial = Trial::new();
        let mut streams: Vec<_> = limits
            .iter()
            .map(|limit| trial.changes(Lag::Bounded(*limit), 0))
            .collect();
        let keep = Keep::nothing().versions(kept.unwrap_or(0));
        if kept.is_some() {
            trial.feed.keep_history(keep, || trial.value(0));
        }
        let most = limits.iter().copied().chain(kept).max().unwrap_or(0);
        for version in order {
            trial.file(version);
            prop_assert!(trial.in_hand() <= most);
        }
        for (stream, limit) in streams.iter_mut().zip(&limits) {
            prop_assert_eq!(read(stream), newest(*limit));
        }
        if let Some(kept) = kept {
            let oldest = VALUES.saturating_sub(kept as u64);
            prop_assert!(trial.kept().into_iter().eq((oldest..=VALUES).rev()));
        }
    }

    /// Whatever is filed when, history is either waited for or whole.
    #[test]
    fn history_has_no_gap_at_any_time(
        order in Just((1..=VALUES).collect::<Vec<_>>()).prop_shuffle(),
        kept in 1..8_usize,
        lag in prop::option::of(1..12_usize),
    ) {
        let trial = Trial::new();
        trial.feed.keep_history(versions_kept(kept), || trial.value(0));
        let _stream = lag.map(|lag| trial.changes(Lag::Bounded(lag), 0));
        for (filed, version) in order.iter().enumerate() {
            trial.file(*version);
            let newest = order[..=filed].iter().copied().max().unwrap_or(0);
            for loaded in (0..=newest).filter(|loaded| trial.is_settled(*loaded)) {
                let versions = trial.kept_at(loaded);
                prop_assert!(versions[0] >= loaded);
                let oldest = versions[0].saturating_sub(kept as u64);
                prop_assert!(versions.iter().copied().eq((oldest..=versions[0]).rev()));
            }
        }
        prop_assert!(trial.is_settled(VALUES));
    }

    /// A reader who reads now and then is shown everything that its limit lets it see.
    #[test]
    fn whatever_is_read_in_between_leads_on(
        order in Just((1..=VALUES).collect::<Vec<_>>()).prop_shuffle(),
        limit in 1..30_usize,
        reads in prop::collection::vec(any::<bool>(), VALUES as usize),
    ) {
        let trial = Trial::new();
        let mut stream = trial.changes(Lag::Bounded(limit), 0);
        let mut shown = Vec::new();
        for (version, reads) in order.into_iter().zip(reads) {
            trial.file(version);
            if reads {
                shown.extend(read(&mut stream));
            }
        }
        shown.extend(read(&mut stream));
        let all: u64 = shown.iter().map(|(_, skipped)| skipped + 1).sum();
        prop_assert_eq!(all, VALUES);
        if limit as u64 >= VALUES {
            prop_assert_eq!(shown, unskipped(1..=VALUES));
        }
    }
}
