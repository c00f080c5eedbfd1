//! Running the actions of an agent, one after the other.
//!
//! A part of a turn runs on one thread, and ends when there is nothing more to do, when the next
//! action belongs on another kind of thread, when others have waited for this thread long enough,
//! or when an action fails. What is left is kept for the next part.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use super::action_scope::{as_action, holding};
use super::error::{AgentError, Cause};
use super::mailbox::{Letter, Refusal};
use super::panic_place::{forget_places, message_of, note_places, take_place};
use super::state::State;
use crate::identity::guard::Guard;
use crate::identity::invalid::Invalid;
use crate::identity::node::Fresh;
use crate::runtime::isolation::discard;
use crate::runtime::sync::plain;
use crate::runtime::workers::{self, Executor, Lane, Next, Place, Work};

/// How many actions of one agent a thread runs while others wait for it. On an executor, which
/// cannot be asked whether any do, how many it runs.
const MOST_ACTIONS: u32 = 1024;
/// How long it runs them while others wait.
const LONGEST: Duration = Duration::from_millis(1);

/// One part of a turn.
struct Part {
    place: Place,
    executor: Option<plain::Arc<dyn Executor>>,
    actions_left: u32,
    /// When it was first seen that others wait.
    others_wait_since: Option<Instant>,
}

impl Part {
    fn new(place: Place) -> Self {
        Self {
            place,
            executor: None,
            actions_left: MOST_ACTIONS,
            others_wait_since: None,
        }
    }

    /// Where the turn goes on with `first`, if not here.
    #[inline]
    fn leaves_for<T: 'static>(&mut self, first: &Letter<T>) -> Option<Lane> {
        if !self.is_place_of(first) || self.others_waited_enough() {
            return Some(self.lane_to(first));
        }
        None
    }

    #[inline]
    fn is_place_of<T: 'static>(&mut self, first: &Letter<T>) -> bool {
        if first.place() != self.place {
            return false;
        }
        match (first.executor(), &self.executor) {
            (None, _) => true,
            (Some(wanted), Some(this)) => plain::Arc::ptr_eq(wanted, this),
            // The part begins: this is the letter for whose sake it runs here.
            (Some(wanted), None) => {
                self.executor = Some(plain::Arc::clone(wanted));
                true
            }
        }
    }

    /// An executor may run what it is given at once, inside the call. So it is not called from a
    /// job of an executor, or they could end up one inside the other without limit.
    fn lane_to<T: 'static>(&self, letter: &Letter<T>) -> Lane {
        match self.place {
            Place::Executor if !cfg!(heptad_mutant = "drain_nests_executors") => Lane::Worker,
            _ => letter.lane(),
        }
    }

    #[inline]
    fn others_waited_enough(&mut self) -> bool {
        if cfg!(heptad_mutant = "drain_never_leaves") {
            return false;
        }
        if self.place != Place::Executor && !workers::others_wait(self.place) {
            return false;
        }
        if self.actions_left == 0 {
            return true;
        }
        self.actions_left -= 1;
        let since = self.others_wait_since.get_or_insert_with(Instant::now);
        since.elapsed() >= LONGEST
    }
}

/// All of a part is an action to whom it calls: while the turn is held, nothing that is run or
/// dropped here may wait for the agent, which would wait for itself.
impl<T: Send + Sync + 'static> Work for State<T> {
    fn run(&self, place: Place) -> Next {
        note_places();
        if cfg!(heptad_mutant = "drain_drops_outside_of_actions") {
            return self.run_part(place);
        }
        let next = as_action(|| self.run_part(place));
        forget_places();
        next
    }

    fn abandoned(&self) -> Next {
        let next = as_action(|| self.abandon_first());
        forget_places();
        next
    }
}

impl<T: Send + Sync + 'static> State<T> {
    fn run_part(&self, place: Place) -> Next {
        let mut part = Part::new(place);
        let mut letters = self.take_rest();
        loop {
            let Some(first) = letters.first() else {
                if self.give_up_turn() {
                    return Next::Nothing;
                }
                letters = self.take_arrivals();
                continue;
            };
            if let Some(lane) = part.leaves_for(first) {
                self.put_rest(letters);
                return Next::On(lane);
            }
            let Some(letter) = letters.take_first() else {
                continue;
            };
            if self.is_cleared() {
                self.drop_letter(letter);
            } else if let Err(error) = self.perform(letter) {
                if !self.goes_on_after(error) {
                    self.stop(letters);
                    return Next::Nothing;
                }
            }
            self.settle(1);
        }
    }

    /// The first letter was dropped by its executor.
    fn abandon_first(&self) -> Next {
        let mut letters = self.take_rest();
        let Some(letter) = letters.take_first() else {
            return Next::On(Lane::Worker);
        };
        if self.is_cleared() && !cfg!(heptad_mutant = "drain_counts_no_dropped_jobs") {
            self.drop_letter(letter);
        } else {
            let sent_at = letter.sent_at();
            self.isolated(move || drop(letter));
            let error = self.error_of(Cause::Abandoned, sent_at, self.word.guard().version());
            if !self.goes_on_after(error) {
                self.stop(letters);
                return Next::Nothing;
            }
        }
        self.put_rest(letters);
        self.settle(1);
        // Not by the executor of the next letter, which may be the one that has just dropped this.
        Next::On(Lane::Worker)
    }

    /// Runs one action and publishes its value.
    #[inline]
    fn perform(&self, letter: Letter<T>) -> Result<(), AgentError> {
        if !cfg!(heptad_mutant = "drain_keeps_places") {
            forget_places(); // of what has panicked between the actions
        }
        let before = self.word.guard();
        let sent_at = letter.sent_at();
        let action = || self.validated(&before, letter.run(&before)?);
        let (outcome, held) = holding(|| catch_unwind(AssertUnwindSafe(action)));
        match outcome {
            Ok(Ok(value)) => {
                if cfg!(heptad_mutant = "agent_lets_sends_go_early") {
                    held.let_go();
                    self.publish(before, value);
                    self.count_done();
                } else {
                    self.publish(before, value);
                    self.count_done();
                    held.let_go();
                }
                Ok(())
            }
            Ok(Err(refusal)) => {
                Err(self.error_of(Cause::Refused(refusal), sent_at, before.version()))
            }
            Err(payload) => Err(self.error_of(cause_of(payload), sent_at, before.version())),
        }
    }

    fn error_of(
        &self,
        cause: Cause,
        sent_at: &'static core::panic::Location<'static>,
        version: u64,
    ) -> AgentError {
        AgentError::new(self.name().cloned(), cause, sent_at, version)
    }

    /// Makes `value` the successor of `before`. Only for who has the turn.
    #[inline]
    pub(super) fn publish(&self, before: Guard<'_, T>, value: T) {
        let fresh = Fresh::after(before.version(), value);
        let published = self.word.publish_after(&before, fresh).ok();
        let (new, replaced) = published.expect("only who has the turn publishes");
        let noted = self.observers.note(&new);
        // As an action, also on a thread that restarts the agent: a watch may not wait for the
        // agent, which goes on after it. Old values may be dropped here too, and their `Drop` may
        // panic.
        let tell = move || {
            self.observers
                .tell(noted, || before.to_shared(), &new, replaced);
        };
        if cfg!(heptad_mutant = "agent_tells_outside_of_actions") {
            self.isolated(tell);
        } else {
            self.isolated(|| as_action(tell));
        }
    }

    /// The value, if the validator lets it follow `before`.
    #[inline]
    fn validated(&self, before: &Guard<'_, T>, value: T) -> Result<T, Refusal> {
        match self.observers.validate(&value) {
            Ok(()) => Ok(value),
            Err(cause) => Err(Box::new(self.invalid(before.version(), value, cause))),
        }
    }

    #[cold]
    fn invalid(&self, version: u64, refused: T, cause: Refusal) -> Invalid<T> {
        let name = self.name().map(|name| &**name);
        Invalid::new(("agent", name), version, refused, cause)
    }

    /// Notes the error, and says whether the agent goes on with the next action.
    #[cold]
    fn goes_on_after(&self, error: AgentError) -> bool {
        self.note(error.clone());
        let Some(settings) = self.settings().filter(|settings| settings.goes_on) else {
            return false;
        };
        if let Some(handler) = &settings.handler {
            // As in an action: what the handler sends is held until it has returned.
            let handle = || handler(&error);
            if let Some(held) = self.isolated(|| holding(handle).1) {
                held.let_go();
            }
        }
        self.isolated(move || drop(error));
        true
    }
}

#[cold]
fn cause_of(payload: Box<dyn Any + Send>) -> Cause {
    let message = message_of(&*payload);
    let place = take_place(message);
    let message = message.map(Box::from);
    discard(payload);
    Cause::Panicked { message, place }
}
