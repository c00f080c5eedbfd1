//! What the tests do with an identity of any kind.

use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use heptad::identity::{
    AgentError, AsOf, Cause, Change, Changes, ErrorMode, History, Invalid, Keep, Lag, NotKept,
    RefusedByValidator,
};
use heptad::{Agent, Atom, Shared};

use crate::counted::Counted;

pub(crate) type Refusal = Box<dyn Error + Send + Sync>;

/// An identity of counted numbers.
pub(crate) trait Subject: Sized + Send + Sync + 'static {
    fn new(first: Counted) -> Self;

    /// Updates, and returns when that is done; an error if it was refused or has panicked.
    fn update(&self, f: impl Fn(&Counted) -> Counted + Send + 'static) -> Result<(), ()>;

    /// Updates from inside a watch, where one may not be able to wait until it is done.
    fn update_from_watch(&self, f: impl Fn(&Counted) -> Counted + Send + 'static);

    /// Returns when what was begun is done.
    fn settle(&self);

    fn load_full(&self) -> Shared<Counted>;
    fn version(&self) -> u64;
    fn set_validator(
        &self,
        f: impl Fn(&Counted) -> Result<(), Refusal> + Send + Sync + 'static,
    ) -> Result<(), RefusedByValidator<Counted>>;
    fn clear_validator(&self) -> bool;
    fn watch(&self, key: &str, f: impl Fn(&Change<Counted>) + Send + Sync + 'static) -> bool;
    fn unwatch(&self, key: &str) -> bool;
    fn watch_panics(&self) -> u64;
    fn changes(&self, lag: Lag) -> Changes<Counted>;
    fn keep_history(&self, keep: Keep);
    fn history(&self) -> History<Counted>;
    fn as_of(&self, wanted: AsOf) -> Result<Shared<Counted>, NotKept>;

    /// How many refused values it keeps for whoever asks for the error.
    fn refused_values(&self) -> i64 {
        0
    }

    /// Adds one to the number.
    fn step(&self) {
        let done = self.update(|old| old.another(old.number + 1));
        assert_eq!(done, Ok(()), "nobody refuses this");
    }
}

macro_rules! as_inherent {
    ($identity:ident) => {
        fn load_full(&self) -> Shared<Counted> {
            self.$identity().load_full()
        }
        fn version(&self) -> u64 {
            self.$identity().version()
        }
        fn set_validator(
            &self,
            f: impl Fn(&Counted) -> Result<(), Refusal> + Send + Sync + 'static,
        ) -> Result<(), RefusedByValidator<Counted>> {
            self.$identity().set_validator(f)
        }
        fn clear_validator(&self) -> bool {
            self.$identity().clear_validator()
        }
        fn watch(&self, key: &str, f: impl Fn(&Change<Counted>) + Send + Sync + 'static) -> bool {
            self.$identity().watch(key, f)
        }
        fn unwatch(&self, key: &str) -> bool {
            self.$identity().unwatch(key)
        }
        fn watch_panics(&self) -> u64 {
            self.$identity().watch_panics()
        }
        fn changes(&self, lag: Lag) -> Changes<Counted> {
            self.$identity().changes(lag)
        }
        fn keep_history(&self, keep: Keep) {
            self.$identity().keep_history(keep);
        }
        fn history(&self) -> History<Counted> {
            self.$identity().history()
        }
        fn as_of(&self, wanted: AsOf) -> Result<Shared<Counted>, NotKept> {
            self.$identity().as_of(wanted)
        }
    };
}

impl Subject for Atom<Counted> {
    fn new(first: Counted) -> Self {
        Atom::new(first)
    }

    fn update(&self, f: impl Fn(&Counted) -> Counted + Send + 'static) -> Result<(), ()> {
        let update = || self.try_swap(|old| Ok::<_, std::convert::Infallible>(f(old)));
        match catch_unwind(AssertUnwindSafe(update)) {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(()),
        }
    }

    fn update_from_watch(&self, f: impl Fn(&Counted) -> Counted + Send + 'static) {
        self.swap(f);
    }

    fn settle(&self) {}

    as_inherent!(by_itself);
}

/// For the macro.
trait ByItself {
    fn by_itself(&self) -> &Self {
        self
    }
}

impl ByItself for Atom<Counted> {}

/// An agent that goes on after errors, and another one that is told which actions have succeeded:
/// what an action that fails has sent is dropped.
pub(crate) struct AgentSubject {
    agent: Agent<Counted>,
    reports: Agent<()>,
}

impl AgentSubject {
    fn agent(&self) -> &Agent<Counted> {
        &self.agent
    }
}

impl Subject for AgentSubject {
    fn new(first: Counted) -> Self {
        let builder = Agent::builder().error_mode(ErrorMode::Continue);
        Self {
            agent: builder.build(first),
            reports: Agent::new(()),
        }
    }

    fn update(&self, f: impl Fn(&Counted) -> Counted + Send + 'static) -> Result<(), ()> {
        let done = Arc::new(AtomicBool::new(false));
        let (reports, report) = (self.reports.clone(), Arc::clone(&done));
        let action = move |old: &Counted| {
            let new = f(old);
            let report = move |(): &()| report.store(true, SeqCst);
            reports.send(report).expect("it never fails");
            new
        };
        self.agent.send(action).expect("it goes on after errors");
        self.settle();
        self.reports.wait().expect("it never fails");
        done.load(SeqCst).then_some(()).ok_or(())
    }

    fn update_from_watch(&self, f: impl Fn(&Counted) -> Counted + Send + 'static) {
        self.agent.send(f).expect("it goes on after errors");
    }

    fn settle(&self) {
        self.agent.wait().expect("it goes on after errors");
    }

    fn refused_values(&self) -> i64 {
        match self.agent.error().as_ref().map(AgentError::cause) {
            Some(Cause::Refused(refusal)) => i64::from(refusal.is::<Invalid<Counted>>()),
            _ => 0,
        }
    }

    as_inherent!(agent);
}

/// Runs `work` on so many threads at once, and waits for all.
pub(crate) fn on_threads<S: Subject>(
    threads: u64,
    subject: &Arc<S>,
    work: impl Fn(&S, u64) + Send + Sync,
) {
    std::thread::scope(|scope| {
        for number in 0..threads {
            let work = &work;
            scope.spawn(move || work(subject, number));
        }
    });
}
