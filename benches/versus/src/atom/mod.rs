//! Area `atom`: one shared value, read and replaced by several threads.

mod cells;
mod epoch;
mod maps;
mod numbers;
mod starved;
mod systems;

use arc_swap::ArcSwap;
use heptad::Atom;

use crate::harness::{Area, Entry, Row, Session};
use epoch::Epoch;
use systems::{PlMutex, PlRwLock, StdMutex};

pub(crate) const AREA: Area = Area {
    name: "atom",
    about: &[
        "atom: the value is a u64; a lock holds an Arc of it; :THREADS work for 300 ms, each on a processor of its own if there are enough",
        "read: heptad with, arc-swap load, crossbeam-epoch under a pin, a mutex clones the Arc out, pl-rwlock looks under the lock; read_full: a counted handle out",
        "read, read_full: time of one read in one thread; read_beside_writer: beside a thread that updates without pause",
        "update: the value plus one, by swap, rcu, compare-and-set or under the lock; contended: the same, all threads together",
        "map10k_update: one key of 10,000 changed, earlier versions stay whole; heptad and pl-mutex hold heptad's map, arc-swap imbl's",
        "cell: heptad's AtomCell and locks around a plain u64; std-atomic, the machine's own, is no peer",
        "starved: one thread's function takes SLOWus, on a processor of its own; FASTTHREADS others update without pause on the rest (all figures from the same runs)",
        "starved_done: its updates a second; starved_attempts: most runs of its function in one update, fewer are better; starved_fast: updates of all others",
        "once_starved: its function runs once and no more, by swap_once or under the lock",
    ],
    systems: &[
        "heptad",
        "arc-swap",
        "crossbeam-epoch",
        "pl-mutex",
        "pl-rwlock",
        "std-mutex",
        "std-atomic",
    ],
    ops: names,
    run,
};

/// A row but for starvation.
struct Op {
    name: &'static str,
    unit: &'static str,
    entries: fn() -> Vec<Entry<'static>>,
}

/// A function's entries for several systems.
macro_rules! entries {
    ($make:ident $arguments:tt: $($system:ty)*) => {
        || vec![$(entries!(@one $make $system, $arguments)),*]
    };
    (@one $make:ident $system:ty, ($($argument:expr)?)) => {
        numbers::$make::<$system>($($argument)?)
    };
}

/// A row's entries, of all systems.
macro_rules! all {
    ($make:ident $arguments:tt) => {
        entries!($make $arguments:
            Atom<_> ArcSwap<_> Epoch<_> PlMutex<_> PlRwLock<_> StdMutex<_>)
    };
}

/// A row's entries, of the systems that hand out the value.
macro_rules! lending {
    ($make:ident $arguments:tt) => {
        entries!($make $arguments:
            Atom<_> ArcSwap<_> PlMutex<_> PlRwLock<_> StdMutex<_>)
    };
}

const OPS: &[Op] = &[
    op("read:1", "ns", all!(read(1))),
    op("read:2", "ns", all!(read(2))),
    op("read_full:1", "ns", lending!(read_full(1))),
    op("read_full:2", "ns", lending!(read_full(2))),
    op("read_beside_writer", "ns", all!(read_beside_writer())),
    op("update:1", "ns", all!(update())),
    op("contended:2", "M/s", all!(contended(2))),
    op("contended:8", "M/s", all!(contended(8))),
    op("map10k_update:1", "M/s", || maps::updates(1)),
    op("map10k_update:2", "M/s", || maps::updates(2)),
    op("map10k_update:8", "M/s", || maps::updates(8)),
    op("cell_read", "ns", cells::reads),
    op("cell_update", "ns", cells::updates),
];

const fn op(name: &'static str, unit: &'static str, entries: fn() -> Vec<Entry<'static>>) -> Op {
    Op {
        name,
        unit,
        entries,
    }
}

fn names() -> Vec<String> {
    let names = OPS.iter().map(|op| op.name.to_owned());
    names.chain(starved::names()).collect()
}

fn run(session: &mut Session) {
    for op in OPS {
        let row = Row {
            op: op.name.to_owned(),
            n: Some(1),
            unit: op.unit,
            // One thread in a map is mostly the map.
            quick: op.name != "map10k_update:1",
        };
        if session.wants(&row) {
            session.row(&row, (op.entries)());
        }
    }
    starved::run(session);
}
