//! The end of a thread that has used atoms: it runs no `Drop` of a replaced value on its own
//! account, but leaves the values to the next updates of any other thread. So a `Drop` that panics
//! ends no process, one that waits stops nobody's memory, and nothing leaks.

mod counted;

use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use counted::{Census, Counted};
use heptad::{Atom, identity};

/// Threads of so many different lengths that some end just when old values are handed back.
const THREADS: u64 = 200;

/// Says to a run of this program that it is the child of a test.
const CHILD: &str = "HEPTAD_TEST_CHILD";

/// Runs `body` in a process of its own, which is this program with the one test `name`.
fn in_a_child_process(name: &str, body: impl FnOnce()) {
    if std::env::var_os(CHILD).is_some() {
        return body();
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{}\n{said}\n{complained}",
        output.status
    );
}

/// A counted value whose `Drop` panics.
struct Bomb {
    _value: Counted,
    armed: bool,
}

impl Drop for Bomb {
    fn drop(&mut self) {
        if self.armed && !thread::panicking() {
            // Without the message of a hundred panics.
            panic::resume_unwind(Box::new("injected"));
        }
    }
}

fn panics<R>(f: impl FnOnce() -> R) -> bool {
    catch_unwind(AssertUnwindSafe(f)).is_err()
}

#[test]
fn a_thread_may_end_while_drops_panic() {
    in_a_child_process("a_thread_may_end_while_drops_panic", || {
        let census = Census::default();
        let bomb = |armed| Bomb {
            _value: census.value(0),
            armed,
        };
        let atom = Atom::new(bomb(false));
        let stale = atom.load_full();
        atom.reset(bomb(true));
        let seen = AtomicU32::new(0);
        let count = |panicked: bool| {
            seen.fetch_add(panicked.into(), SeqCst);
        };
        for length in 0..THREADS {
            let work = || {
                for _ in 0..length {
                    count(panics(|| atom.reset(bomb(true))));
                }
                // In these calls old values may be handed back, and they leave them alone.
                for _ in 0..2 * length {
                    assert!(atom.compare_and_set(&stale, bomb(false)).is_err());
                }
            };
            // Joined by hand: a scope does not wait for the destructors of thread-locals.
            thread::scope(|threads| assert!(threads.spawn(work).join().is_ok()));
        }
        drop(stale);
        for _ in 0..10_000 {
            if census.living() == 1 {
                break;
            }
            count(panics(identity::flush));
        }
        assert_eq!(census.living(), 1);
        assert!(seen.load(SeqCst) > 0, "a panic must not be swallowed");
        assert!(panics(|| drop(atom)));
        assert_eq!(census.living(), 0);
    });
}

/// Where it is tried out whether memory is still freed.
#[derive(Default)]
struct Lab {
    busy: AtomicBool,
    trials: AtomicU32,
    stopped: AtomicBool,
}

impl Lab {
    /// Waits until another thread has replaced a value and that is dropped, unless such a trial is
    /// running already. The time is a safety net: without it the failure is that this never ends.
    fn try_out(&self) {
        if self.busy.swap(true, SeqCst) || self.stopped.load(SeqCst) {
            return;
        }
        let freed = thread::scope(|threads| threads.spawn(frees_memory).join());
        self.trials.fetch_add(1, SeqCst);
        self.stopped.fetch_or(!freed.unwrap(), SeqCst);
        self.busy.store(false, SeqCst);
    }
}

fn frees_memory() -> bool {
    let census = Census::default();
    let atom = Atom::new(census.value(0));
    atom.reset(census.value(1));
    let begin = Instant::now();
    while census.living() > 1 && begin.elapsed() < Duration::from_secs(20) {
        identity::flush();
    }
    census.living() == 1
}

/// A value whose `Drop` waits for another thread's memory.
struct Waits {
    _value: Counted,
    lab: Arc<Lab>,
}

impl Drop for Waits {
    fn drop(&mut self) {
        self.lab.try_out();
    }
}

/// Does something when it is dropped.
struct AtEnd(Box<dyn Fn()>);

impl Drop for AtEnd {
    fn drop(&mut self) {
        (self.0)();
    }
}

thread_local! {
    static AT_END: RefCell<Option<AtEnd>> = const { RefCell::new(None) };
}

/// Runs `work` in a thread while that destroys its thread-locals: those of the reclaimer before
/// (in one of the two orders, on every platform) or after.
fn at_the_end_of_a_thread(reclaimer_first: bool, work: impl Fn() + Send + 'static) {
    let thread = thread::spawn(move || {
        let first_use = || assert_eq!(*Atom::new(0).load(), 0);
        if reclaimer_first {
            first_use();
        }
        AT_END.with(|at_end| *at_end.borrow_mut() = Some(AtEnd(Box::new(work))));
        first_use();
    });
    assert!(thread.join().is_ok());
}

#[test]
fn a_drop_that_waits_at_the_end_of_a_thread_stops_nobodys_memory() {
    let census = Census::default();
    let lab = Arc::new(Lab::default());
    let value = {
        let (census, lab) = (census.clone(), Arc::clone(&lab));
        move || Waits {
            _value: census.value(0),
            lab: Arc::clone(&lab),
        }
    };
    let atom = Arc::new(Atom::new(value()));
    for length in 0..THREADS {
        let (atom, value) = (Arc::clone(&atom), value.clone());
        let work = move || (0..length).for_each(|_| drop(atom.reset(value())));
        if length % 4 == 3 {
            at_the_end_of_a_thread(length % 8 == 3, work);
        } else {
            thread::spawn(work).join().unwrap();
        }
    }
    census.settle(1);
    assert!(lab.trials.load(SeqCst) > 0);
    assert!(!lab.stopped.load(SeqCst), "a `Drop` ran under protection");
}

#[test]
fn what_ended_threads_leave_is_dropped_by_the_updates_of_others_and_not_by_reads() {
    // Alone: another test would drop it as well.
    let name = "what_ended_threads_leave_is_dropped_by_the_updates_of_others_and_not_by_reads";
    in_a_child_process(name, || {
        let census = Census::default();
        let atom = Arc::new(Atom::new(census.value(0)));
        for length in 0..THREADS {
            let (atom, census) = (Arc::clone(&atom), census.clone());
            let work = move || (0..length).for_each(|n| drop(atom.reset(census.value(n))));
            thread::spawn(work).join().unwrap();
        }
        let left = census.living();
        assert!(left > 1, "nothing was left");
        for _ in 0..10_000 {
            assert_eq!(atom.load().number, atom.load_full().number);
            assert_eq!(atom.with(|value| value.number), THREADS - 2);
            assert!(atom.version() > 0);
        }
        assert_eq!(census.living(), left, "a read dropped something");

        let other = Atom::new(0);
        let mut updates = 0;
        while census.living() == left && updates < 2000 {
            other.swap(|n| n + 1);
            updates += 1;
        }
        if cfg!(all(target_os = "linux", not(heptad_portable))) {
            // At once, as this thread may never update anything again.
            assert_eq!(census.living(), 1, "after {updates} updates");
        }
        for _ in updates..2000 {
            other.swap(|n| n + 1);
        }
        assert_eq!(census.living(), 1);
    });
}

thread_local! {
    /// How many drops of `Busy` are running on this thread.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// A value whose `Drop` uses an atom.
struct Busy {
    _value: Counted,
    count: Arc<Atom<u64>>,
    nested: Arc<AtomicBool>,
}

impl Drop for Busy {
    fn drop(&mut self) {
        let depth = DEPTH.replace(DEPTH.get() + 1);
        // One inside another is in order: a handle that happens to be the last one drops its value
        // by itself, and the calls below give those their turn that are waiting.
        self.nested.fetch_or(depth > 1, SeqCst);
        // Each of these calls may find the next values waiting.
        for _ in 0..8 {
            self.count.swap(|n| n + 1);
        }
        DEPTH.set(depth);
    }
}

#[test]
fn drops_that_use_atoms_do_not_nest_at_the_end_of_a_thread_either() {
    const VALUES: u64 = 2000;
    let census = Census::default();
    let (count, nested) = (Arc::new(Atom::new(0)), Arc::new(AtomicBool::new(false)));
    let value = {
        let (census, count, nested) = (census.clone(), Arc::clone(&count), Arc::clone(&nested));
        move || Busy {
            _value: census.value(0),
            count: Arc::clone(&count),
            nested: Arc::clone(&nested),
        }
    };
    let atom = Arc::new(Atom::new(value()));
    for reclaimer_first in [true, false] {
        let (atom, value) = (Arc::clone(&atom), value.clone());
        at_the_end_of_a_thread(reclaimer_first, move || {
            (0..VALUES).for_each(|_| drop(atom.reset(value())));
        });
    }
    census.settle(1);
    assert!(*count.load() >= 2 * 8 * VALUES);
    assert!(!nested.load(SeqCst), "the stack grows with what is waiting");
}
