//! Published values, brought into the order of their versions for streams and history.
//!
//! Two threads that publish one after the other can come here in either order. Versions are
//! consecutive, so it shows: a value that comes early waits for the one before, which some thread
//! has published and is about to file.
//!
//! If that thread is suspended for long, so many later ones come that no listener would keep the
//! missing one any more. Then it is skipped, and what is held stays bounded. Streams go on at once,
//! as they show what was skipped. History does not: whoever asks for it waits until it has
//! come so far that the skipped version is too old for its rule, which it has as soon as all that
//! is in hand is filed.

use core::mem;
use std::collections::BTreeMap;
use std::time::Instant;

use super::super::history::{AsOf, History, Keep, Log, NotKept};
use super::super::late::Discarded;
use super::super::shared::Shared;
use super::buffer::Buffer;
use crate::runtime::isolation::isolated;
use crate::runtime::replaceable::Replaceable;
use crate::runtime::sync::{Arc, AtomicBool, Condvar, Mutex, MutexGuard, Ordering};

type Buffers<T> = Vec<Arc<Buffer<T>>>;

/// Everything of an identity that is told of its updates in order.
pub(in super::super) struct Feed<T: Send + Sync + 'static> {
    /// Whether anybody listens. Written under the lock of `order`; see `join` for how updates
    /// come to see it.
    in_use: AtomicBool,
    pub(super) order: Mutex<Order<T>>,
    /// `Order::next` has moved, or is `None` by now.
    moved: Condvar,
    /// Changed under the lock of `order` only.
    streams: Replaceable<Buffers<T>>,
}

pub(super) struct Order<T: Send + Sync + 'static> {
    /// The version that is filed next; `None` while nobody listens.
    next: Option<u64>,
    /// Values that came before their turn, each with the moment, if the log keeps times.
    ///
    /// Invariant: as what is published later has a higher version, these moments go up with the
    /// versions.
    pub(super) early: BTreeMap<u64, Early<T>>,
    log: Option<Log<T>>,
}

pub(super) struct Early<T> {
    value: Shared<T>,
    published_by: Option<Instant>,
}

impl<T: Send + Sync + 'static> Feed<T> {
    pub(super) fn new() -> Self {
        Self {
            in_use: AtomicBool::new(false),
            order: Mutex::new(Order {
                next: None,
                early: BTreeMap::new(),
                log: None,
            }),
            moved: Condvar::new(),
            streams: Replaceable::new(Vec::new()),
        }
    }

    /// Files a value; true if streams have got something to read by that.
    #[inline]
    pub(super) fn note(&self, new: &Shared<T>, discarded: &mut Discarded<T>) -> bool {
        // Relaxed: the identity's word orders this, see `join`.
        self.in_use.load(Ordering::Relaxed) && self.file(new, discarded)
    }

    fn file(&self, new: &Shared<T>, discarded: &mut Discarded<T>) -> bool {
        let mut order = self.order.lock();
        let filed = order.file(new, &self.streams.load(), discarded);
        drop(order);
        if filed {
            self.moved.notify_all();
        }
        filed
    }

    /// Wakes the readers of streams. Code of users runs here.
    pub(super) fn wake_readers(&self) {
        for stream in self.streams.load().iter() {
            isolated(|| stream.wake());
        }
    }

    /// Begins to listen, if nobody did, and loads the current value, which is the last one that
    /// the new listener is not told of.
    fn join_with<R>(
        &self,
        line_up: impl FnOnce() -> Shared<T>,
        add: impl FnOnce(&mut Order<T>, Shared<T>) -> R,
    ) -> R {
        let mut order = self.order.lock();
        // Relaxed, in this order: every update that is published after the current value is loaded
        // has read the word from a write that comes after `line_up`'s, and so sees this.
        self.in_use.store(true, Ordering::Relaxed);
        let current = line_up();
        order.next.get_or_insert(current.version() + 1);
        add(&mut order, current)
    }

    /// Stops listening if nobody is left.
    fn rest(&self, order: &mut Order<T>, discarded: &mut Discarded<T>) {
        if order.log.is_some() || !self.streams.load().is_empty() {
            return;
        }
        self.in_use.store(false, Ordering::Relaxed);
        order.next = None;
        if !cfg!(heptad_mutant = "feed_rests_in_silence") {
            self.moved.notify_all(); // what is filed from now on wakes nobody
        }
        for early in mem::take(&mut order.early).into_values() {
            discarded.push(early.value);
        }
    }

    /// A new stream, and the value that it begins with.
    pub(super) fn join(
        &self,
        limit: usize,
        line_up: impl FnOnce() -> Shared<T>,
    ) -> (Arc<Buffer<T>>, Shared<T>) {
        self.join_with(line_up, |_, current| {
            let buffer = Arc::new(Buffer::new(limit, current.version()));
            self.change_streams(|streams| streams.push(Arc::clone(&buffer)));
            (buffer, current)
        })
    }

    /// Ends a stream from its reader's side. What it held is added to `discarded`.
    pub(in super::super) fn leave(&self, buffer: &Arc<Buffer<T>>, discarded: &mut Discarded<T>) {
        let mut order = self.order.lock();
        self.change_streams(|streams| streams.retain(|other| !Arc::ptr_eq(other, buffer)));
        self.rest(&mut order, discarded);
        drop(order);
        buffer.close(discarded);
    }

    /// No code of users runs in here: buffers that go have been closed, or are held by their reader.
    fn change_streams(&self, change: impl Fn(&mut Buffers<T>)) {
        drop(self.streams.replace(|streams| {
            let mut streams = streams.clone();
            change(&mut streams);
            streams
        }));
    }

    /// Keeps history from now on, or changes what is kept of it.
    pub(super) fn keep_history(&self, keep: Keep, line_up: impl FnOnce() -> Shared<T>) {
        let mut discarded = Discarded::new();
        self.join_with(line_up, |order, current| match &mut order.log {
            Some(log) => {
                log.set_keep(keep, &mut discarded);
                discarded.push(current);
            }
            None => order.log = Some(Log::new(keep, current)),
        });
    }

    /// Keeps no history any more.
    pub(super) fn forget_history(&self) {
        let mut discarded = Discarded::new();
        let mut order = self.order.lock();
        if let Some(log) = order.log.take() {
            log.discard(&mut discarded);
        }
        self.rest(&mut order, &mut discarded);
        drop(order);
    }

    /// The lock, when everything that was published up to `version` has been filed, and the log
    /// has all that its rule keeps.
    fn settled(&self, version: u64) -> MutexGuard<'_, Order<T>> {
        let mut order = self.order.lock();
        while !order.is_settled(version) {
            if cfg!(heptad_mutant = "history_does_not_wait") {
                break;
            }
            self.moved.wait(&mut order);
        }
        order
    }

    /// The versions that are kept.
    pub(super) fn history(&self, current: Shared<T>) -> History<T> {
        let mut discarded = Discarded::new();
        let mut order = self.settled(current.version());
        let history = order.log.as_mut().map(|log| log.history(&mut discarded));
        drop(order);
        history.unwrap_or_else(|| History::only(current))
    }

    pub(super) fn as_of(&self, wanted: AsOf, current: Shared<T>) -> Result<Shared<T>, NotKept> {
        let mut discarded = Discarded::new();
        let mut order = self.settled(current.version());
        let found = order
            .log
            .as_mut()
            .map(|log| log.as_of(wanted, &mut discarded));
        drop(order);
        found.unwrap_or_else(|| {
            History::only(current)
                .as_of(wanted)
                .map(|version| version.to_shared())
        })
    }

    /// The identity is gone: streams end, and history with it.
    pub(super) fn end(&self) {
        for stream in self.streams.load().iter() {
            isolated(|| stream.end());
        }
        self.forget_history();
    }
}

impl<T: Send + Sync + 'static> Order<T> {
    fn file(
        &mut self,
        new: &Shared<T>,
        streams: &Buffers<T>,
        discarded: &mut Discarded<T>,
    ) -> bool {
        let Some(next) = self.next.filter(|next| *next <= new.version()) else {
            return false; // the listeners began with this or with a later one
        };
        let published_by = self.published_by(new.version());
        if new.version() == next || cfg!(heptad_mutant = "feed_files_at_once") {
            self.deliver(new, published_by, streams, discarded);
        } else {
            let early = Early {
                value: new.clone(),
                published_by,
            };
            self.early.insert(new.version(), early);
        }
        self.skip(streams);
        while let Some(entry) = self.early.first_entry() {
            if Some(*entry.key()) != self.next {
                break;
            }
            let early = entry.remove();
            self.deliver(&early.value, early.published_by, streams, discarded);
            discarded.push(early.value);
            self.skip(streams);
        }
        self.next != Some(next)
    }

    /// Gives up waiting for versions that are too old for every listener: they would be dropped if
    /// everything up to the newest one in hand were filed. So there are never more values in
    /// hand than the largest limit of a listener.
    fn skip(&mut self, streams: &Buffers<T>) {
        let ends = self
            .early
            .first_key_value()
            .zip(self.early.last_key_value());
        let Some((first, newest)) = ends.map(|(first, last)| (*first.0, *last.0)) else {
            return;
        };
        if cfg!(heptad_mutant = "feed_waits_for_what_nobody_sees") {
            return;
        }
        let of_streams = streams.iter().map(|stream| stream.limit());
        let of_log = self.log.as_ref().map(Log::limit);
        let most = of_streams.chain(of_log).max().unwrap_or(0);
        let oldest = newest.saturating_sub(most as u64).min(first);
        if self.next.is_some_and(|next| next < oldest) {
            self.next = Some(oldest);
            if let Some(log) = &mut self.log {
                log.skip_to(oldest);
            }
        }
    }

    /// Whether history can be shown that goes up to this published version at least.
    pub(super) fn is_settled(&self, version: u64) -> bool {
        let filed = self.next.is_none_or(|next| next > version);
        filed && self.log.as_ref().is_none_or(Log::is_whole)
    }

    /// A moment at which this version, which is being filed now, had been published, if times are
    /// kept: now, or earlier if a later version came before it.
    fn published_by(&self, version: u64) -> Option<Instant> {
        let now = self.log.as_ref()?.now()?;
        let later = self.early.range(version..).next();
        let by_then = later.and_then(|(_, early)| early.published_by);
        if cfg!(heptad_mutant = "feed_takes_the_time_of_filing") {
            return Some(now);
        }
        Some(by_then.unwrap_or(now))
    }

    fn deliver(
        &mut self,
        value: &Shared<T>,
        published_by: Option<Instant>,
        streams: &Buffers<T>,
        discarded: &mut Discarded<T>,
    ) {
        self.next = Some(value.version() + 1);
        for stream in streams {
            stream.push(value, discarded);
        }
        if let Some(log) = &mut self.log {
            log.push(value, published_by, discarded);
        }
    }
}
