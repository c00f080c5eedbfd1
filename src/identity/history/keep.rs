//! Which old versions an identity keeps.

use core::time::Duration;

/// Which versions an identity keeps besides the current one, which is always there.
///
/// An old version is kept while at least one of the rules asks for it, so each rule holds whatever
/// the others say: with `.versions(10).span(minute)` the last ten are there even if they are days
/// old, and so is everything of the last minute even if that is a million. [`at_most`](Self::at_most)
/// puts a limit on that, which is stronger than both.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use heptad::{Atom, identity::Keep};
///
/// let atom = Atom::new(1);
/// atom.keep_history(Keep::nothing().versions(10).span(Duration::from_secs(60)).at_most(100_000));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use = "give it to an identity"]
pub struct Keep {
    versions: usize,
    span: Option<Duration>,
    at_most: usize,
}

impl Keep {
    /// Only the current version.
    pub fn nothing() -> Self {
        Self {
            versions: 0,
            span: None,
            at_most: usize::MAX,
        }
    }

    /// The last `older` versions before the current one.
    pub fn versions(self, older: usize) -> Self {
        Self {
            versions: older,
            ..self
        }
    }

    /// Every version that was the current one at some time within the last `span`, so that the
    /// value of any moment in it can be asked for.
    ///
    /// Versions come with times only under this rule: `span(Duration::ZERO)` keeps nothing more
    /// and gives times to what the other rules keep. It costs a look at the clock for each update,
    /// and the memory of as many versions as there are updates in that time.
    pub fn span(self, span: Duration) -> Self {
        Self {
            span: Some(span),
            ..self
        }
    }

    /// Never more than `older` versions besides the current one, whatever the other rules ask for.
    pub fn at_most(self, older: usize) -> Self {
        Self {
            at_most: older,
            ..self
        }
    }

    /// Whether there is anything to do about it.
    pub(in super::super) fn is_nothing(&self) -> bool {
        let counts_nothing = self.versions == 0 || self.at_most == 0;
        counts_nothing && self.span.is_none()
    }

    pub(super) fn has_times(&self) -> bool {
        self.span.is_some()
    }

    /// How many old versions are kept at the most; as many as come if that is bounded by time.
    pub(super) fn limit(&self) -> usize {
        let asked = if self.span.is_some() {
            usize::MAX
        } else {
            self.versions
        };
        asked.min(self.at_most)
    }

    /// Whether an old version is kept. There are `older` old ones from it on, and `replaced` is
    /// how long ago it stopped being the current one, if times are kept.
    pub(super) fn wants(&self, older: usize, replaced: Option<Duration>) -> bool {
        let by_time = match (self.span, replaced) {
            (Some(span), Some(replaced)) => replaced < span,
            _ => false,
        };
        older <= self.at_most && (older <= self.versions || by_time)
    }
}

impl Default for Keep {
    /// As [`nothing`](Self::nothing).
    fn default() -> Self {
        Self::nothing()
    }
}
