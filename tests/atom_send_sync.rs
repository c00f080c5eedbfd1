//! Which of the atom's types may cross threads, and that they take no more than they should.

use std::cell::Cell;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;

use heptad::identity::{CompareError, Guard};
use heptad::{Atom, Shared};

/// `is_not!(Type: Trait)` compiles only if the type does not have the trait: if it has, two
/// implementations fit and the call is ambiguous.
macro_rules! is_not {
    ($type:ty: $bound:path) => {{
        trait Probe<Marker> {
            fn probe() {}
        }
        impl<T: ?Sized> Probe<()> for T {}
        struct HasIt;
        impl<T: ?Sized + $bound> Probe<HasIt> for T {}
        <$type as Probe<_>>::probe();
    }};
}

fn is_send<T: Send>() {}
fn is_sync<T: Sync>() {}
fn is_unwind_safe<T: UnwindSafe + RefUnwindSafe>() {}

#[test]
fn handles_cross_threads_exactly_when_their_values_may() {
    is_send::<Atom<String>>();
    is_sync::<Atom<String>>();
    is_send::<Shared<String>>();
    is_sync::<Shared<String>>();
    is_send::<CompareError<String>>();
    is_sync::<CompareError<String>>();

    // A handle lends its value to several threads and drops it on any: both are needed for both.
    is_not!(Shared<Cell<u8>>: Send);
    is_not!(Shared<Cell<u8>>: Sync);
    is_not!(Shared<Rc<u8>>: Send);
    is_not!(Shared<std::sync::MutexGuard<'static, u8>>: Send);
    is_not!(Shared<std::sync::MutexGuard<'static, u8>>: Sync);
}

#[test]
fn guards_stay_on_their_thread() {
    is_not!(Guard<'static, String>: Send);
    is_not!(Guard<'static, String>: Sync);
}

#[test]
fn atoms_and_handles_may_be_used_after_a_caught_panic() {
    is_unwind_safe::<Atom<String>>();
    is_unwind_safe::<Shared<String>>();
}

#[test]
fn handles_are_covariant() {
    fn shorten<'a>(handle: Shared<&'static str>, _: &'a str) -> Shared<&'a str> {
        handle
    }
    fn shorten_guard<'a>(guard: Guard<'static, u8>, _: &'a str) -> Guard<'a, u8> {
        guard
    }
    let atom = Atom::new("a");
    let short = String::from("lives shorter");
    assert_eq!(*shorten(atom.load_full(), &short), "a");
    let _ = shorten_guard;
}

#[test]
fn handles_are_one_pointer_and_atoms_are_small() {
    // The word, and what is null until it is first needed.
    assert!(size_of::<Atom<String>>() <= 4 * size_of::<usize>());
    assert_eq!(size_of::<Shared<String>>(), size_of::<usize>());
    assert_eq!(size_of::<Option<Shared<String>>>(), size_of::<usize>());
    // Where the node is, and which place of the thread keeps it.
    assert!(size_of::<Guard<'static, String>>() <= 2 * size_of::<usize>());
}

#[test]
fn values_of_any_size_and_alignment_are_fine() {
    #[derive(Clone, Copy, PartialEq, Debug)]
    #[repr(align(256))]
    struct Aligned(u8);

    let unit = Atom::new(());
    unit.swap(|()| ());
    assert_eq!(unit.version(), 1);
    let aligned = Atom::new(Aligned(1));
    let new = aligned.swap(|a| Aligned(a.0 + 1));
    assert_eq!((&raw const *new).addr() % 256, 0);
    assert_eq!(*new, Aligned(2));
    let large = Atom::new([7_u8; 10_000]);
    assert_eq!(
        large.with(|bytes| bytes.iter().map(|b| u32::from(*b)).sum::<u32>()),
        70_000
    );
}
