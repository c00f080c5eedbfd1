//! Where threads park and where the wakers of tasks are kept.
//!
//! A [`Waiters`] belongs to something that changes: whoever waits brings the condition, whoever
//! changes it calls [`notify`](Waiters::notify) afterwards, which costs one fence while nobody
//! waits. Threads and tasks wait on the same one.
//!
//! No wake-up is lost, by this order: a waiter announces itself, fences, and looks at its
//! condition; a notifier changes the condition, fences, and looks for announcements. Whichever
//! fence is second sees what came before the other.

#[cfg(all(test, heptad_loom))]
mod models;

use core::task::{Context, Poll, Waker};
use std::time::Instant;

use super::isolation::isolated;
use super::sync::{AtomicUsize, Condvar, Mutex, Ordering, fence};

/// The threads and tasks that wait for one thing to change.
pub(crate) struct Waiters {
    /// Invariant: how many threads and wakers wait; written under the lock.
    waiting: AtomicUsize,
    wakers: Mutex<Wakers>,
    changed: Condvar,
}

struct Wakers {
    list: Vec<(u64, Waker)>,
    last_ticket: u64,
}

/// One task's place among the waiters, kept between its polls.
///
/// Whoever is dropped while it may still hold a place calls [`Waiters::forget`].
#[derive(Default)]
pub(crate) struct Ticket(Option<u64>);

impl Ticket {
    /// Whether there may be a place to give up.
    pub(crate) fn is_held(&self) -> bool {
        self.0.is_some()
    }
}

impl Waiters {
    pub(crate) fn new() -> Self {
        Self {
            waiting: AtomicUsize::new(0),
            wakers: Mutex::new(Wakers {
                list: Vec::new(),
                last_ticket: 0,
            }),
            changed: Condvar::new(),
        }
    }

    /// Wakes everyone who waits, so that they look at their conditions again.
    ///
    /// Wakers are called with nothing locked. They are code of users: if one panics, the others are
    /// called all the same, and nothing comes out of this call, which is made on behalf of others.
    #[inline]
    pub(crate) fn notify(&self) {
        Self::after_change();
        self.notify_after_change();
    }

    /// The first half of [`notify`](Self::notify), for who makes its waiters when they are first
    /// needed and so has to look for them after this.
    #[inline]
    pub(crate) fn after_change() {
        if !cfg!(heptad_mutant = "waiters_notify_without_fence") {
            // SeqCst: pairs with the fence in `announce`.
            fence(Ordering::SeqCst);
        }
    }

    /// The second half of [`notify`](Self::notify).
    #[inline]
    pub(crate) fn notify_after_change(&self) {
        // Relaxed: ordered by the fences.
        if self.waiting.load(Ordering::Relaxed) != 0 {
            self.wake_all();
        }
    }

    #[cold]
    fn wake_all(&self) {
        let mut wakers = self.wakers.lock();
        let woken = core::mem::take(&mut wakers.list);
        self.waiting.fetch_sub(woken.len(), Ordering::Relaxed);
        self.changed.notify_all();
        drop(wakers);
        for (_, waker) in woken {
            if cfg!(heptad_mutant = "waiters_stop_at_a_panic") {
                waker.wake();
                continue;
            }
            isolated(|| waker.wake());
        }
    }

    /// Parks this thread until `ready` says so, or the deadline has passed; returns the last
    /// answer of `ready`.
    ///
    /// `ready` is called again after each notification, with this object locked: it must be short
    /// and must not come back here.
    pub(crate) fn wait(&self, deadline: Option<Instant>, mut ready: impl FnMut() -> bool) -> bool {
        let mut wakers = self.wakers.lock();
        self.announce();
        let mut in_time = true;
        let answer = loop {
            let answer = ready();
            if answer || !in_time {
                break answer;
            }
            match deadline {
                Some(deadline) => {
                    in_time = !self.changed.wait_until(&mut wakers, deadline).timed_out();
                }
                None => self.changed.wait(&mut wakers),
            }
        };
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        answer
    }

    /// Asks `ready`; if the answer is no, the task is woken at the next notification.
    ///
    /// `ready` is called once, with this object locked, as in [`wait`](Self::wait).
    pub(crate) fn poll(
        &self,
        context: &mut Context<'_>,
        ticket: &mut Ticket,
        ready: impl FnOnce() -> bool,
    ) -> Poll<()> {
        // A waker is the user's code: cloned and dropped with nothing locked.
        let mut waker = Some(context.waker().clone());
        let mut wakers = self.wakers.lock();
        let place = wakers.place_of(ticket);
        if place.is_none() {
            self.announce();
        }
        let answer = ready();
        match (answer, place) {
            (true, None) => {
                self.waiting.fetch_sub(1, Ordering::Relaxed);
            }
            (true, Some(place)) => {
                self.waiting.fetch_sub(1, Ordering::Relaxed);
                waker = Some(wakers.list.swap_remove(place).1);
            }
            (false, None) => {
                wakers.last_ticket += 1;
                let number = wakers.last_ticket;
                wakers
                    .list
                    .extend(waker.take().map(|waker| (number, waker)));
                ticket.0 = Some(number);
            }
            (false, Some(place)) => {
                let kept = &mut wakers.list[place].1;
                waker = waker.map(|newer| core::mem::replace(kept, newer));
            }
        }
        drop(wakers);
        drop(waker);
        if answer {
            ticket.0 = None;
            return Poll::Ready(());
        }
        Poll::Pending
    }

    /// Gives up the place of a task that no longer waits.
    pub(crate) fn forget(&self, ticket: &mut Ticket) {
        if ticket.0.is_none() {
            return;
        }
        let mut wakers = self.wakers.lock();
        let place = wakers.place_of(ticket);
        let waker = place.map(|place| wakers.list.swap_remove(place));
        if waker.is_some() {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
        }
        drop(wakers);
        ticket.0 = None;
    }

    fn announce(&self) {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        if !cfg!(heptad_mutant = "waiters_look_without_fence") {
            // SeqCst: pairs with the fence in `notify`.
            fence(Ordering::SeqCst);
        }
    }
}

impl Wakers {
    fn place_of(&self, ticket: &Ticket) -> Option<usize> {
        let number = ticket.0?;
        self.list.iter().position(|(waiting, _)| *waiting == number)
    }
}
