//! How an update is made: first beside others, and after too many losses in a turn of its own.

use core::convert::Infallible;
use core::error::Error;
use core::panic::Location;

use super::super::guard::Guard;
use super::super::invalid::Invalid;
use super::super::node::Fresh;
use super::super::shared::Shared;
use super::super::word::Published;
use super::super::word::marks::is_busy;
use super::Atom;
use super::claim::{Claim, would_deadlock};
use super::compare_error::CompareError;
use super::losses::Contest;
use super::try_swap_error::TrySwapError;
use super::turns::Turns;
use crate::runtime::backoff::Backoff;
use crate::runtime::nesting::{self, Hold};

/// What an update returns: what it replaced, protected, and what it published.
pub(super) type Updated<'a, T> = (Guard<'a, T>, Shared<T>);

/// An update takes a turn when this many others were published during one attempt of its own: its
/// closure is slow, and will lose again.
const OVERTAKEN_BY: u64 = 32;

/// What an update wants to publish.
trait Proposal<T: Send + Sync + 'static> {
    type Refusal;

    /// The node that is to follow `old`.
    fn make(&mut self, old: &Guard<'_, T>) -> Result<Fresh<T>, Self::Refusal>;

    /// Takes back what lost a race.
    fn lost(&mut self, fresh: Fresh<T>);
}

/// What a closure makes of the value, again for each value.
struct Computed<'a, T: Send + Sync + 'static, F> {
    atom: &'a Atom<T>,
    f: F,
}

impl<T, E, F> Proposal<T> for Computed<'_, T, F>
where
    T: Send + Sync + 'static,
    F: FnMut(&T) -> Result<T, E>,
{
    type Refusal = TrySwapError<T, E>;

    #[inline]
    fn make(&mut self, old: &Guard<'_, T>) -> Result<Fresh<T>, Self::Refusal> {
        let value = (self.f)(old).map_err(TrySwapError::Refused)?;
        let fresh = Fresh::after(old.version(), value);
        self.atom
            .validated(old, fresh)
            .map_err(TrySwapError::Invalid)
    }

    #[inline]
    fn lost(&mut self, fresh: Fresh<T>) {
        drop(fresh);
    }
}

/// A value that is there already, to follow whatever is there, or only what is expected.
struct Ready<'a, T: Send + Sync + 'static> {
    atom: &'a Atom<T>,
    fresh: Option<Fresh<T>>,
    expected: Option<&'a Shared<T>>,
}

/// Why a ready value was not set. (The value comes back by itself.)
enum NotSet<T> {
    Invalid(Invalid<T>),
    Beaten,
}

impl<T: Send + Sync + 'static> Proposal<T> for Ready<'_, T> {
    type Refusal = NotSet<T>;

    fn make(&mut self, old: &Guard<'_, T>) -> Result<Fresh<T>, NotSet<T>> {
        if self
            .expected
            .is_some_and(|it| it.address() != old.address())
        {
            return Err(NotSet::Beaten);
        }
        let mut fresh = self.fresh.take().expect("it came back after each loss");
        fresh.follow(old.version());
        self.atom.validated(old, fresh).map_err(NotSet::Invalid)
    }

    fn lost(&mut self, fresh: Fresh<T>) {
        self.fresh = Some(fresh);
    }
}

impl<T: Send + Sync + 'static> Atom<T> {
    /// Updates by a closure that never refuses, on behalf of a caller that has no way to pass on
    /// what a validator says.
    #[track_caller]
    #[inline]
    pub(super) fn must_update(
        &self,
        mut f: impl FnMut(&T) -> T,
        at: &'static Location<'static>,
    ) -> Updated<'_, T> {
        match self.update(|value| Ok::<T, Infallible>(f(value)), at) {
            Ok(updated) => updated,
            Err(TrySwapError::Refused(never)) => match never {},
            Err(TrySwapError::Invalid(invalid)) => refused_by_validator(&invalid),
        }
    }

    /// Updates by a closure.
    #[track_caller]
    #[inline]
    pub(super) fn update<E>(
        &self,
        f: impl FnMut(&T) -> Result<T, E>,
        at: &'static Location<'static>,
    ) -> Result<Updated<'_, T>, TrySwapError<T, E>> {
        self.propose(Computed { atom: self, f }, at)
    }

    /// Sets the value whatever it was.
    #[track_caller]
    pub(super) fn set(
        &self,
        value: T,
        at: &'static Location<'static>,
    ) -> Result<Updated<'_, T>, Invalid<T>> {
        let ready = Ready {
            atom: self,
            fresh: Some(Fresh::first(value)),
            expected: None,
        };
        self.propose(ready, at).map_err(|refusal| match refusal {
            NotSet::Invalid(invalid) => invalid,
            NotSet::Beaten => unreachable!("nothing was expected"),
        })
    }

    /// Sets the value if it is still the expected one.
    #[track_caller]
    pub(super) fn set_after(
        &self,
        expected: &Shared<T>,
        value: T,
        at: &'static Location<'static>,
    ) -> Result<Shared<T>, CompareError<T>> {
        self.refuse_inside_own_update(at);
        let fresh = Fresh::after(expected.version(), value);
        if let Err(cause) = nesting::running(self.id(), at, None, || self.validate(fresh.value())) {
            return Err(self.not_set(fresh.into_value(), Some(cause)));
        }
        match self.word.publish_after_handle(expected, fresh) {
            Ok((new, replaced)) => {
                let noted = self.note(&new);
                self.published(noted, || expected.clone(), &new, replaced);
                Ok(new)
            }
            Err(fresh) => self.set_later(expected, fresh, at),
        }
    }

    /// Goes on after something was in the way: another value, or the turn of another update.
    #[cold]
    #[track_caller]
    fn set_later(
        &self,
        expected: &Shared<T>,
        fresh: Fresh<T>,
        at: &'static Location<'static>,
    ) -> Result<Shared<T>, CompareError<T>> {
        // Once replaced it stays replaced: that needs no waiting for whoever has a turn.
        if !self.word.points_to(expected) {
            return Err(self.not_set(fresh.into_value(), None));
        }
        let mut ready = Ready {
            atom: self,
            fresh: Some(fresh),
            expected: Some(expected),
        };
        match self.contend(&mut ready, None, at) {
            Ok((_, new)) => Ok(new),
            Err(NotSet::Invalid(invalid)) => {
                Err(self.not_set(invalid.refused, Some(invalid.cause)))
            }
            Err(NotSet::Beaten) => Err(self.not_set(ready.into_value(), None)),
        }
    }

    #[cold]
    fn not_set(&self, refused: T, cause: Option<Box<dyn Error + Send + Sync>>) -> CompareError<T> {
        CompareError {
            refused,
            current: self.load_full(),
            cause,
        }
    }

    /// The node, if the validators let it follow `old`.
    #[inline]
    pub(super) fn validated(
        &self,
        old: &Guard<'_, T>,
        fresh: Fresh<T>,
    ) -> Result<Fresh<T>, Invalid<T>> {
        match self.validate(fresh.value()) {
            Ok(()) => Ok(fresh),
            Err(cause) => Err(self.invalid(old.version(), fresh.into_value(), cause)),
        }
    }

    /// Publishes what is proposed.
    #[track_caller]
    #[inline]
    fn propose<P: Proposal<T>>(
        &self,
        mut proposal: P,
        at: &'static Location<'static>,
    ) -> Result<Updated<'_, T>, P::Refusal> {
        self.refuse_inside_own_update(at);
        #[cfg(heptad_mutant = "atom_releases_before_updating")]
        super::super::flush();
        let old = self.word.guard();
        let lost = if is_busy(old.marks()) {
            None
        } else {
            let seen = old.version();
            match self.attempt(&mut proposal, old, at)? {
                Ok(updated) => return Ok(updated),
                Err(fresh) => {
                    proposal.lost(fresh);
                    Some(seen)
                }
            }
        };
        self.contend(proposal, lost, at)
    }

    /// One attempt beside others: the node comes back if it lost.
    // Always: the first attempt, which is nearly all there are, must not pay for the later ones.
    #[inline(always)]
    fn attempt<'a, P: Proposal<T>>(
        &'a self,
        proposal: &mut P,
        old: Guard<'a, T>,
        at: &'static Location<'static>,
    ) -> Result<Result<Updated<'a, T>, Fresh<T>>, P::Refusal> {
        let fresh = nesting::running(self.id(), at, None, || proposal.make(&old))?;
        Ok(self.finish(old, |old| self.word.publish_after(old, fresh)))
    }

    /// Publishes, and does what comes after that, in this order.
    #[inline]
    pub(super) fn finish<'a>(
        &'a self,
        old: Guard<'a, T>,
        publish: impl FnOnce(&Guard<'a, T>) -> Published<T>,
    ) -> Result<Updated<'a, T>, Fresh<T>> {
        let (new, replaced) = publish(&old)?;
        let noted = self.note(&new);
        self.published(noted, || old.to_shared(), &new, replaced);
        Ok((old, new))
    }

    /// Goes on after the first attempt has lost against another update of the value of this
    /// version, or found the word busy.
    #[cold]
    #[inline(never)]
    #[track_caller]
    fn contend<P: Proposal<T>>(
        &self,
        mut proposal: P,
        lost: Option<u64>,
        at: &'static Location<'static>,
    ) -> Result<Updated<'_, T>, P::Refusal> {
        let turns = self.turns();
        let mut contest = Contest::begin(&turns.losses, at);
        let mut overtaken = lost.is_some_and(|seen| {
            contest.begin_attempt();
            contest.lost_one();
            self.is_overtaken(seen)
        });
        let mut rounds = u32::from(lost.is_some());
        let mut backoff = Backoff::new();
        let turn = !cfg!(heptad_mutant = "atom_never_takes_a_turn");
        while !turn || rounds < turns.settings.max_attempts && !overtaken {
            rounds += 1;
            let old = self.word.guard();
            if is_busy(old.marks()) {
                drop(old);
                if let Err(deadlock) = turns.wait_for_end(&self.word) {
                    would_deadlock(deadlock.outer, at);
                }
                continue;
            }
            let seen = old.version();
            contest.begin_attempt();
            match self.attempt(&mut proposal, old, at)? {
                Ok(updated) => {
                    contest.won();
                    return Ok(updated);
                }
                Err(fresh) => proposal.lost(fresh),
            }
            contest.lost_one();
            overtaken = self.is_overtaken(seen);
            backoff.pause();
        }
        self.in_turn(proposal, turns, contest, at)
    }

    /// Publishes what is proposed in a turn of its own.
    #[track_caller]
    fn in_turn<P: Proposal<T>>(
        &self,
        mut proposal: P,
        turns: &Turns,
        mut contest: Contest<'_>,
        at: &'static Location<'static>,
    ) -> Result<Updated<'_, T>, P::Refusal> {
        loop {
            turns.announce(at, contest.attempts());
            let claim = match Claim::take(self, turns, Hold::Plain) {
                Ok(claim) => claim,
                Err(deadlock) => would_deadlock(deadlock.outer, at),
            };
            let old = self.word.guard();
            contest.begin_attempt();
            let fresh = nesting::running(self.id(), at, Some(&claim), || proposal.make(&old))?;
            let result = if claim.is_held() {
                self.finish(old, |old| Ok(claim.publish(old, fresh)))
            } else {
                // The closure had to wait for another atom, and the claim was given up for that.
                self.finish(old, |old| self.word.publish_after(old, fresh))
            };
            match result {
                Ok(updated) => {
                    contest.won();
                    return Ok(updated);
                }
                Err(fresh) => proposal.lost(fresh),
            }
            contest.lost_one();
        }
    }

    /// An update that takes a turn at once, for models, which have no time for losing first.
    #[cfg(heptad_loom)]
    #[doc(hidden)]
    #[track_caller]
    pub fn try_swap_in_turn<E>(
        &self,
        f: impl FnMut(&T) -> Result<T, E>,
    ) -> Result<Shared<T>, TrySwapError<T, E>> {
        let at = Location::caller();
        self.refuse_inside_own_update(at);
        let turns = self.turns();
        let contest = Contest::begin(&turns.losses, at);
        let updated = self.in_turn(Computed { atom: self, f }, turns, contest, at)?;
        Ok(updated.1)
    }

    /// As `try_swap_in_turn`, with a closure that never refuses.
    #[cfg(heptad_loom)]
    #[doc(hidden)]
    #[track_caller]
    pub fn swap_in_turn(&self, mut f: impl FnMut(&T) -> T) -> Shared<T> {
        self.try_swap_in_turn(|value| Ok::<T, Infallible>(f(value)))
            .expect("a model has no validators")
    }

    /// Whether others published so much since this version that the next attempt would lose too.
    fn is_overtaken(&self, seen: u64) -> bool {
        if cfg!(heptad_mutant = "atom_does_not_see_how_far_behind") {
            return false;
        }
        self.word.version() - seen >= OVERTAKEN_BY
    }
}

impl<T: Send + Sync + 'static, P: Proposal<T>> Proposal<T> for &mut P {
    type Refusal = P::Refusal;

    fn make(&mut self, old: &Guard<'_, T>) -> Result<Fresh<T>, P::Refusal> {
        (**self).make(old)
    }

    fn lost(&mut self, fresh: Fresh<T>) {
        (**self).lost(fresh);
    }
}

impl<T: Send + Sync + 'static> Ready<'_, T> {
    fn into_value(self) -> T {
        self.fresh.expect("it was not set").into_value()
    }
}

#[cold]
#[track_caller]
pub(super) fn refused_by_validator<T>(invalid: &Invalid<T>) -> ! {
    panic!("{invalid}; `try_swap` and `try_reset` return this instead of panicking")
}
