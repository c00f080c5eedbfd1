//! What the tests do with an identity of any kind.

use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use heptad::identity::{AsOf, Change, Changes, History, Keep, Lag, NotKept, RefusedByValidator};
use heptad::{Atom, Shared};

use crate::counted::Counted;

pub(crate) type Cause = Box<dyn Error + Send + Sync>;

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
        f: impl Fn(&Counted) -> Result<(), Cause> + Send + Sync + 'static,
    ) -> Result<(), RefusedByValidator<Counted>>;
    fn clear_validator(&self) -> bool;
    fn watch(&self, key: &str, f: impl Fn(&Change<Counted>) + Send + Sync + 'static) -> bool;
    fn unwatch(&self, key: &str) -> bool;
    fn watch_panics(&self) -> u64;
    fn changes(&self, lag: Lag) -> Changes<Counted>;
    fn keep_history(&self, keep: Keep);
    fn history(&self) -> History<Counted>;
    fn as_of(&self, wanted: AsOf) -> Result<Shared<Counted>, NotKept>;

    /// Adds one to the number.
    fn step(&self) {
        let done = self.update(|old| old.another(old.number + 1));
        assert_eq!(done, Ok(()), "nobody refuses this");
    }
}

macro_rules! as_inherent {
    () => {
        fn load_full(&self) -> Shared<Counted> {
            self.load_full()
        }
        fn version(&self) -> u64 {
            self.version()
        }
        fn set_validator(
            &self,
            f: impl Fn(&Counted) -> Result<(), Cause> + Send + Sync + 'static,
        ) -> Result<(), RefusedByValidator<Counted>> {
            self.set_validator(f)
        }
        fn clear_validator(&self) -> bool {
            self.clear_validator()
        }
        fn watch(&self, key: &str, f: impl Fn(&Change<Counted>) + Send + Sync + 'static) -> bool {
            self.watch(key, f)
        }
        fn unwatch(&self, key: &str) -> bool {
            self.unwatch(key)
        }
        fn watch_panics(&self) -> u64 {
            self.watch_panics()
        }
        fn changes(&self, lag: Lag) -> Changes<Counted> {
            self.changes(lag)
        }
        fn keep_history(&self, keep: Keep) {
            self.keep_history(keep);
        }
        fn history(&self) -> History<Counted> {
            self.history()
        }
        fn as_of(&self, wanted: AsOf) -> Result<Shared<Counted>, NotKept> {
            self.as_of(wanted)
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

    as_inherent!();
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
