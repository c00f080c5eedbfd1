//! Keys and values that are counted while they live, that know when they are used or dropped
//! after their end, and that panic at the n-th call of the user code that a test has armed.
//! Everything is kept per thread, so tests may run side by side.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::panic::resume_unwind;

use super::content::{Key, Value};

/// The kinds of user code that a collection calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Hash,
    Eq,
    Clone,
    Drop,
    Closure,
}

/// What an armed call panics with.
#[derive(Debug)]
pub(crate) struct Injected;

#[derive(Default)]
struct Ledger {
    live: HashSet<u64>,
    created: u64,
    dropped_twice: u64,
    used_dead: u64,
}

thread_local! {
    static LEDGER: RefCell<Ledger> = RefCell::default();
    static ARMED: Cell<Option<(Call, u64)>> = const { Cell::new(None) };
    static CALLS: Cell<[u64; 5]> = const { Cell::new([0; 5]) };
}

/// Makes the `nth` call (from 1) of this kind panic, once.
pub(crate) fn arm(call: Call, nth: u64) {
    ARMED.set(Some((call, nth)));
}

/// Takes the charge out; true if it never went off.
pub(crate) fn disarm() -> bool {
    ARMED.take().is_some()
}

/// How often user code of this kind ran on this thread.
pub(crate) fn calls(call: Call) -> u64 {
    CALLS.get()[call as usize]
}

/// Counts one call, and panics if it is the armed one. Silent: it does not run the panic hook.
pub(crate) fn tick(call: Call) {
    let mut calls = CALLS.get();
    calls[call as usize] += 1;
    CALLS.set(calls);
    match ARMED.get() {
        Some((armed, nth)) if armed == call && !std::thread::panicking() => {
            if nth > 1 {
                ARMED.set(Some((armed, nth - 1)));
            } else {
                ARMED.set(None);
                resume_unwind(Box::new(Injected));
            }
        }
        _ => {}
    }
}

/// Asserts, at its end, that all that came to life since its start is gone, once each.
#[must_use]
pub(crate) struct Census {
    live: usize,
}

impl Census {
    pub(crate) fn start() -> Self {
        LEDGER.with_borrow_mut(|ledger| {
            ledger.dropped_twice = 0;
            ledger.used_dead = 0;
            Census {
                live: ledger.live.len(),
            }
        })
    }

    pub(crate) fn finish(self, context: &str) {
        let live = self.live;
        self.finish_but_for_leaks(context);
        assert_eq!(self::live(), live, "leaked: {context}");
    }

    pub(crate) fn finish_but_for_leaks(self, context: &str) {
        LEDGER.with_borrow(|ledger| {
            assert_eq!(ledger.dropped_twice, 0, "dropped twice: {context}");
            assert_eq!(ledger.used_dead, 0, "used after drop: {context}");
            assert!(ledger.live.len() >= self.live, "gone too early: {context}");
        });
    }
}

/// How many counted contents are alive on this thread.
pub(crate) fn live() -> usize {
    LEDGER.with_borrow(|ledger| ledger.live.len())
}

/// One living thing. Its number is on the heap, so that an address sanitizer sees misuse too.
#[derive(Debug)]
struct Instance {
    serial: u64,
    number: Option<Box<u32>>,
}

impl Instance {
    fn new(number: u32) -> Self {
        let serial = LEDGER.with_borrow_mut(|ledger| {
            ledger.created += 1;
            ledger.live.insert(ledger.created);
            ledger.created
        });
        Instance {
            serial,
            number: Some(Box::new(number)),
        }
    }

    fn is_live(&self) -> bool {
        LEDGER.with_borrow_mut(|ledger| {
            let live = ledger.live.contains(&self.serial);
            ledger.used_dead += u64::from(!live);
            live
        })
    }

    /// A dead one reads as a number that no test uses, rather than from freed memory.
    fn number(&self) -> u32 {
        match &self.number {
            Some(number) if self.is_live() => **number,
            _ => u32::MAX,
        }
    }

    fn set(&mut self, n: u32) {
        if self.is_live() {
            self.number = Some(Box::new(n));
        }
    }
}

impl Clone for Instance {
    fn clone(&self) -> Self {
        tick(Call::Clone);
        Instance::new(self.number())
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let first = LEDGER.with_borrow_mut(|ledger| {
            let first = ledger.live.remove(&self.serial);
            ledger.dropped_twice += u64::from(!first);
            first
        });
        if !first {
            // Freeing the number again would end the process before the test can report.
            std::mem::forget(self.number.take());
        }
        tick(Call::Drop);
    }
}

/// A key with all of this. Equal by `id`, as [`super::content::Plain`].
#[derive(Clone, Debug)]
pub(crate) struct CountedKey {
    tag: u16,
    instance: Instance,
}

impl Key for CountedKey {
    fn new(id: u16, tag: u16) -> Self {
        CountedKey {
            tag,
            instance: Instance::new(u32::from(id)),
        }
    }
    fn id(&self) -> u16 {
        self.instance.number() as u16
    }
    fn tag(&self) -> u16 {
        self.tag
    }
}

impl PartialEq for CountedKey {
    fn eq(&self, other: &Self) -> bool {
        tick(Call::Eq);
        self.id() == other.id()
    }
}

impl Eq for CountedKey {}

impl Hash for CountedKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        tick(Call::Hash);
        state.write_u16(self.id());
    }
}

/// A value with all of this.
#[derive(Clone, Debug)]
pub(crate) struct CountedValue(Instance);

impl Value for CountedValue {
    fn new(n: u32) -> Self {
        CountedValue(Instance::new(n))
    }
    fn n(&self) -> u32 {
        self.0.number()
    }
    fn set(&mut self, n: u32) {
        self.0.set(n);
    }
}

impl Default for CountedValue {
    fn default() -> Self {
        CountedValue::new(0)
    }
}

impl PartialEq for CountedValue {
    fn eq(&self, other: &Self) -> bool {
        tick(Call::Eq);
        self.n() == other.n()
    }
}

impl Eq for CountedValue {}

impl Hash for CountedValue {
    fn hash<H: Hasher>(&self, state: &mut H) {
        tick(Call::Hash);
        state.write_u32(self.n());
    }
}
