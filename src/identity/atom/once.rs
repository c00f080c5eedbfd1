//! The update whose closure runs once: it claims the word first.

use core::error::Error;
use core::fmt;
use core::panic::Location;

use super::super::invalid::Invalid;
use super::super::node::Fresh;
use super::super::word::marks::{Marked, is_busy};
use super::Atom;
use super::claim::Claim;
use super::losses::Contest;
use super::turns::{Deadlock, claim_mark};
use super::update::Updated;
use crate::runtime::backoff::Backoff;
use crate::runtime::nesting::{self, Hold};

/// `Atom::swap_once` did nothing: it could not wait, or a validator refused the value.
///
/// # Examples
///
/// ```
/// use heptad::Atom;
/// use heptad::identity::SwapOnceError;
///
/// let atom = Atom::new(1);
/// match atom.swap_once(|n| n + 1) {
///     Ok(new) => assert_eq!(*new, 2),
///     // In the closure of another `swap_once`: `f` comes back for a later attempt.
///     Err(SwapOnceError::WouldDeadlock { f, .. }) => drop(f),
///     Err(other) => panic!("{other}"),
/// }
/// ```
#[non_exhaustive]
pub enum SwapOnceError<T, F> {
    /// The call came from the closure of another `swap_once` and found the atom in the hands of
    /// a `swap_once` of another thread. As neither closure may run twice, the two threads could
    /// wait for each other for ever.
    ///
    /// Call it again after the outer one, or use `swap` for the outer one.
    #[non_exhaustive]
    WouldDeadlock {
        /// The closure, which has not been called.
        f: F,
        /// Where the outer `swap_once` was called.
        outer: &'static Location<'static>,
        /// Where this one was called.
        inner: &'static Location<'static>,
    },
    /// A validator refused the value of the closure.
    Invalid(Invalid<T>),
}

impl<T, F> fmt::Debug for SwapOnceError<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WouldDeadlock { outer, inner, .. } => f
                .debug_struct("WouldDeadlock")
                .field("outer", outer)
                .field("inner", inner)
                .finish_non_exhaustive(),
            Self::Invalid(invalid) => f.debug_tuple("Invalid").field(invalid).finish(),
        }
    }
}

impl<T, F> fmt::Display for SwapOnceError<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WouldDeadlock { outer, inner, .. } => write!(
                f,
                "the `swap_once` at {inner} would have to wait for another thread's, inside the \
                 closure of the one at {outer}: the threads could wait for each other for ever; \
                 call it after the outer one, or use `swap` for the outer one"
            ),
            Self::Invalid(invalid) => invalid.fmt(f),
        }
    }
}

impl<T, F> Error for SwapOnceError<T, F> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::WouldDeadlock { .. } => None,
            Self::Invalid(invalid) => invalid.source(),
        }
    }
}

type Claimed<'a, T> = (Claim<'a, T>, Option<Contest<'a>>);

impl<T: Send + Sync + 'static> Atom<T> {
    /// Updates by a closure that runs once.
    #[track_caller]
    pub(super) fn update_once<F: FnOnce(&T) -> T>(
        &self,
        f: F,
        at: &'static Location<'static>,
    ) -> Result<Updated<'_, T>, SwapOnceError<T, F>> {
        self.refuse_inside_own_update(at);
        let (claim, contest) = match self.claim_once(at) {
            Ok(claimed) => claimed,
            Err(Deadlock { outer }) => {
                return Err(SwapOnceError::WouldDeadlock {
                    f,
                    outer,
                    inner: at,
                });
            }
        };
        let old = self.word.guard();
        let fresh = nesting::running(self.id(), at, Some(&claim), || {
            let fresh = Fresh::after(old.version(), f(&old));
            self.validated(&old, fresh)
        });
        let fresh = fresh.map_err(SwapOnceError::Invalid)?;
        match self.finish(old, |old| Ok(claim.publish(old, fresh))) {
            Ok(updated) => {
                contest.into_iter().for_each(|mut contest| contest.won());
                Ok(updated)
            }
            Err(_) => unreachable!("a claim that is for one run is not given up"),
        }
    }

    /// The claim, and what is to be noted of it if it was not there for the taking.
    fn claim_once(&self, at: &'static Location<'static>) -> Result<Claimed<'_, T>, Deadlock> {
        if self.claim_in_passing() {
            return Ok((Claim::taken(self, Hold::Once), None));
        }
        let (claim, contest) = self.claim_after_others(at)?;
        Ok((claim, Some(contest)))
    }

    /// Claims the word if nothing is in the way.
    fn claim_in_passing(&self) -> bool {
        let seen = self.word.look();
        !is_busy(seen) && self.word.mark(seen, claim_mark(Hold::Once))
    }

    /// Tries a few times more before it queues: when everybody queues, each turn costs a wake-up.
    #[cold]
    fn claim_after_others(
        &self,
        at: &'static Location<'static>,
    ) -> Result<(Claim<'_, T>, Contest<'_>), Deadlock> {
        let turns = self.turns();
        let mut contest = Contest::begin(&turns.losses, at);
        let mut backoff = Backoff::new();
        contest.begin_attempt();
        for _ in 1..turns.settings.max_attempts {
            if is_busy(self.word.look()) {
                turns.wait_for_end(&self.word)?;
            } else {
                backoff.pause();
            }
            if self.claim_in_passing() {
                return Ok((Claim::taken(self, Hold::Once), contest));
            }
        }
        turns.announce(at, contest.attempts());
        Ok((Claim::take(self, turns, Hold::Once)?, contest))
    }
}
