//! The mailbox of an agent: one word, to which any thread adds and from which one takes.
//!
//! The word is null while the agent is idle. Else it is scheduled: the word is a mark, or points to
//! the newest of the letters that nobody has taken yet, each of which points to the one before it.
//! Who finds null when adding gets the *turn*: the right, and the duty, to see that the letters are
//! taken, until the word is null again. The turn may change hands, but there is only one.
//!
//! A letter is one allocation: the link, what it takes to run the action, and the action itself.

#![allow(
    unsafe_code,
    reason = "letters are linked by raw pointers and know their type at run time only; see the \
              invariants of Letter::header and Mailbox::newest"
)]

#[cfg(all(test, heptad_loom))]
mod models;

use core::marker::PhantomData;
use core::mem;
use core::panic::Location;
use core::ptr::{self, NonNull};
use std::error::Error;

use crate::runtime::isolation::isolated;
#[cfg(heptad_loom)]
use crate::runtime::reclaim::model;
use crate::runtime::sync::{AtomicPtr, Ordering, plain};
use crate::runtime::workers::{Executor, Lane, Place};

/// What an action refuses with.
pub(super) type Refusal = Box<dyn Error + Send + Sync>;

/// What a letter asks for.
pub(super) trait Action<T>: Send + 'static {
    /// The kind of thread that it wants to run on.
    const PLACE: Place;

    /// The executor that it wants to run on, if that is its place.
    fn executor(&self) -> Option<&plain::Arc<dyn Executor>> {
        None
    }

    /// The next value.
    fn run(self, value: &T) -> Result<T, Refusal>;
}

/// What all letters have in common.
struct Header<T: 'static> {
    /// The letter that was added before this one, or after it once the order was reversed.
    next: *mut Header<T>,
    kind: &'static Kind<T>,
    sent_at: &'static Location<'static>,
}

/// What the header knows of the action's type. All functions are given the header of a letter whose
/// action has that type.
struct Kind<T: 'static> {
    place: Place,
    executor: unsafe fn(NonNull<Header<T>>) -> *const plain::Arc<dyn Executor>,
    /// Frees the letter and runs its action.
    run: unsafe fn(NonNull<Header<T>>, &T) -> Result<T, Refusal>,
    /// Frees the letter and drops its action.
    discard: unsafe fn(NonNull<Header<T>>),
}

#[repr(C)]
struct Envelope<T: 'static, A> {
    /// First, so that a pointer to the envelope is one to the header.
    header: Header<T>,
    action: A,
}

impl<T: 'static, A: Action<T>> Envelope<T, A> {
    const KIND: &'static Kind<T> = &Kind {
        place: A::PLACE,
        executor: Self::executor,
        run: Self::run,
        discard: Self::discard,
    };

    /// # Safety
    ///
    /// `header` is that of a letter with an action of this type.
    unsafe fn executor(header: NonNull<Header<T>>) -> *const plain::Arc<dyn Executor> {
        // SAFETY: by the contract, it is an envelope that nobody changes while it is looked at.
        let action = unsafe { &(*header.cast::<Self>().as_ptr()).action };
        action
            .executor()
            .map_or(ptr::null::<plain::Arc<dyn Executor>>(), ptr::from_ref)
    }

    /// # Safety
    ///
    /// As for `executor`, and the caller owns the letter and gives it up.
    unsafe fn open(header: NonNull<Header<T>>) -> A {
        #[cfg(heptad_loom)]
        model::freed(header.as_ptr());
        // SAFETY: `Letter::new` made the header of a `Box` of this type, with a pointer to all of
        // it, and the caller owns it.
        unsafe { Box::from_raw(header.cast::<Self>().as_ptr()) }.action
    }

    /// # Safety
    ///
    /// As for `open`.
    unsafe fn run(header: NonNull<Header<T>>, value: &T) -> Result<T, Refusal> {
        // SAFETY: passed on to the caller.
        unsafe { Self::open(header) }.run(value)
    }

    /// # Safety
    ///
    /// As for `open`.
    unsafe fn discard(header: NonNull<Header<T>>) {
        // SAFETY: passed on to the caller.
        drop(unsafe { Self::open(header) });
    }
}

/// An action that was sent and has not run.
pub(super) struct Letter<T: 'static> {
    /// Invariant: the header of an envelope whose action has the type that `kind` was made for.
    /// This owns it.
    header: NonNull<Header<T>>,
    _owns: PhantomData<Header<T>>,
}

// SAFETY: an action is `Send`, and a letter is nothing else; the `T` is met by reference, at `run`.
unsafe impl<T: 'static> Send for Letter<T> {}

impl<T: 'static> Letter<T> {
    pub(super) fn new<A: Action<T>>(action: A, sent_at: &'static Location<'static>) -> Self {
        let envelope = Box::new(Envelope {
            header: Header {
                next: ptr::null_mut(),
                kind: Envelope::<T, A>::KIND,
                sent_at,
            },
            action,
        });
        // Not by a reference to the header, which would give access to nothing but the header.
        let header = NonNull::from(Box::leak(envelope)).cast();
        #[cfg(heptad_loom)]
        model::created(header.as_ptr());
        Self {
            header,
            _owns: PhantomData,
        }
    }
}

impl<T: 'static> Letter<T> {
    fn header(&self) -> &Header<T> {
        // SAFETY: by the invariant the header exists, and nobody changes it while it is owned.
        unsafe { self.header.as_ref() }
    }

    /// Where it was sent.
    pub(super) fn sent_at(&self) -> &'static Location<'static> {
        self.header().sent_at
    }

    /// Where it is to run.
    #[inline]
    pub(super) fn place(&self) -> Place {
        self.header().kind.place
    }

    /// The executor that it is to run on, if that is its place.
    pub(super) fn executor(&self) -> Option<&plain::Arc<dyn Executor>> {
        // SAFETY: by the invariant the function fits the header, and what it returns is borrowed
        // from the action, which lives as long as the letter.
        unsafe { (self.header().kind.executor)(self.header).as_ref() }
    }

    /// Where it is to be scheduled.
    #[inline]
    pub(super) fn lane(&self) -> Lane {
        match (self.place(), self.executor()) {
            (Place::Blocking, _) => Lane::Blocking,
            (Place::Executor, Some(executor)) => Lane::Via(plain::Arc::clone(executor)),
            _ => Lane::Worker,
        }
    }

    /// Runs the action. The letter's memory is freed before, so a panic leaks nothing.
    #[inline]
    pub(super) fn run(self, value: &T) -> Result<T, Refusal> {
        let run = self.header().kind.run;
        // SAFETY: by the invariant the function fits the header, which is given up.
        unsafe { run(self.into_header(), value) }
    }

    fn into_header(self) -> NonNull<Header<T>> {
        let header = self.header;
        mem::forget(self);
        header
    }

    /// # Safety
    ///
    /// The header is that of a letter which nobody owns.
    unsafe fn from_header(header: NonNull<Header<T>>) -> Self {
        #[cfg(heptad_loom)]
        model::assert_exists(header.as_ptr());
        Self {
            header,
            _owns: PhantomData,
        }
    }
}

impl<T: 'static> Drop for Letter<T> {
    fn drop(&mut self) {
        // SAFETY: by the invariant the function fits the header, which is not used again.
        unsafe { (self.header().kind.discard)(self.header) }
    }
}

/// Letters in the order in which they were sent.
pub(super) struct Letters<T: 'static> {
    /// Invariant: this owns the letter that its `next` points to, if it is not null, and so on.
    first: Option<Letter<T>>,
}

impl<T: 'static> Letters<T> {
    pub(super) const fn none() -> Self {
        Self { first: None }
    }

    /// The oldest one, to be looked at.
    #[inline]
    pub(super) fn first(&self) -> Option<&Letter<T>> {
        self.first.as_ref()
    }

    /// Takes the oldest one.
    #[inline]
    pub(super) fn take_first(&mut self) -> Option<Letter<T>> {
        let letter = self.first.take()?;
        let next = NonNull::new(letter.header().next);
        // SAFETY: by the invariant this owned the letter that `next` points to.
        self.first = next.map(|header| unsafe { Letter::from_header(header) });
        Some(letter)
    }
}

impl<T: 'static> Drop for Letters<T> {
    /// Drops every action, also if the `Drop` of one panics.
    fn drop(&mut self) {
        while let Some(letter) = self.take_first() {
            isolated(|| drop(letter));
        }
    }
}

/// Where letters arrive.
pub(super) struct Mailbox<T: 'static> {
    /// Invariant: null, or `scheduled`, or the header of a letter that the mailbox owns, and so with
    /// each `next` up to null.
    newest: AtomicPtr<Header<T>>,
}

/// The word of a mailbox that is empty but scheduled: not null, and nobody's address.
const fn scheduled<T>() -> *mut Header<T> {
    ptr::without_provenance_mut(1)
}

impl<T: 'static> Mailbox<T> {
    pub(super) fn new() -> Self {
        Self {
            newest: AtomicPtr::new(ptr::null_mut()),
        }
    }

    /// Adds a letter. If the answer is true, the caller has got the turn.
    #[inline]
    #[must_use = "who has the turn must schedule the agent"]
    pub(super) fn add(&self, letter: Letter<T>) -> bool {
        let header = letter.into_header();
        // Release: pairs with the Acquire of `take_all`, the content of the letter goes with it. So
        // does all of the turn before, if this begins one: the exchange continues the release
        // sequence of `give_up_turn`.
        let release = if cfg!(heptad_mutant = "mailbox_add_relaxed") {
            Ordering::Relaxed
        } else {
            Ordering::Release
        };
        // Relaxed: only compared, and stored as a link.
        let mut newest = self.newest.load(Ordering::Relaxed);
        loop {
            let before = if newest == scheduled() {
                ptr::null_mut()
            } else {
                newest
            };
            // SAFETY: the letter is this thread's until the exchange below has succeeded.
            unsafe { (*header.as_ptr()).next = before };
            match self.newest.compare_exchange_weak(
                newest,
                header.as_ptr(),
                release,
                Ordering::Relaxed,
            ) {
                Ok(_) => return newest.is_null(),
                Err(found) => newest = found,
            }
        }
    }

    /// Takes all letters that have arrived. Only for who has the turn.
    #[inline]
    pub(super) fn take_all(&self) -> Letters<T> {
        let acquire = if cfg!(heptad_mutant = "mailbox_take_relaxed") {
            Ordering::Relaxed
        } else {
            // Acquire: pairs with the Release of every `add`. The later ones continue the release
            // sequence of the earlier ones, as they are exchanges of the same word.
            Ordering::Acquire
        };
        let mut newest = self.newest.swap(scheduled(), acquire);
        let mut later = ptr::null_mut();
        if newest == scheduled() {
            return Letters::none();
        }
        if cfg!(heptad_mutant = "mailbox_gives_newest_first") {
            mem::swap(&mut newest, &mut later);
        }
        while !newest.is_null() {
            // SAFETY: by the invariant it is a letter of the mailbox, and they are all this
            // thread's since the word was exchanged.
            let next = unsafe { &mut (*newest).next };
            let before = mem::replace(next, later);
            later = mem::replace(&mut newest, before);
        }
        // SAFETY: nobody owns the letters but this thread.
        let first = NonNull::new(later).map(|header| unsafe { Letter::from_header(header) });
        Letters { first }
    }

    /// Gives up the turn if no letter has arrived; else the answer is false, and the turn goes on.
    #[inline]
    #[must_use = "who has the turn must take the letters"]
    pub(super) fn give_up_turn(&self) -> bool {
        if cfg!(heptad_mutant = "mailbox_gives_up_unseen") {
            self.newest.store(ptr::null_mut(), Ordering::Release);
            return true;
        }
        // Release: pairs with the Acquire of the next turn's `take_all`.
        let release = if cfg!(heptad_mutant = "mailbox_gives_up_relaxed") {
            Ordering::Relaxed
        } else {
            Ordering::Release
        };
        // Relaxed on failure: what has arrived is acquired by `take_all`.
        self.newest
            .compare_exchange(scheduled(), ptr::null_mut(), release, Ordering::Relaxed)
            .is_ok()
    }
}

impl<T: 'static> Drop for Mailbox<T> {
    fn drop(&mut self) {
        // Null is no letter, so the order of the two words makes no difference.
        if !self.newest.load(Ordering::Relaxed).is_null() {
            drop(self.take_all());
        }
    }
}
