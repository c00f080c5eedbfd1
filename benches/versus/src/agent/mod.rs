//! Area `agent`: a value that changes by functions sent to it, which run in turn on a pool.

mod ops;
mod systems;

use crate::harness::{Area, Entry, Row, Session};
use systems::{Heptad, Tokio};

pub(crate) const AREA: Area = Area {
    name: "agent",
    about: &[
        "agent: the state is a u64, an action adds a number that it carries; tokio-task: a task of the multi-thread runtime owns it and runs the boxed closures of an unbounded channel",
        "send_one, send_1000: actions sent by one thread and done, to one agent or to 1,000 in turn; after each 100,000 the sender waits for all",
        "send_await: one action sent and waited for, in a thread outside the pool; bytes_idle: live bytes asked from the allocator by an agent that has done one action and was never waited for",
    ],
    systems: &["heptad", "tokio-task"],
    ops: names,
    run,
};

struct Op {
    name: &'static str,
    unit: &'static str,
    entries: fn() -> Vec<Entry<'static>>,
}

/// A function's entries for all systems.
macro_rules! all {
    ($make:ident $arguments:tt) => {
        || vec![all!(@one $make Heptad, $arguments), all!(@one $make Tokio, $arguments)]
    };
    (@one $make:ident $system:ty, ($($argument:expr)?)) => {
        ops::$make::<$system>($($argument)?)
    };
}

const OPS: [Op; 4] = [
    op("send_one", "M/s", all!(send(1))),
    op("send_1000", "M/s", all!(send(1_000))),
    op("send_await", "us", all!(send_await())),
    op("bytes_idle", "B", all!(bytes_idle())),
];

const fn op(name: &'static str, unit: &'static str, entries: fn() -> Vec<Entry<'static>>) -> Op {
    Op {
        name,
        unit,
        entries,
    }
}

fn names() -> Vec<String> {
    OPS.iter().map(|op| op.name.to_owned()).collect()
}

fn run(session: &mut Session) {
    for op in OPS {
        let row = Row {
            op: op.name.to_owned(),
            n: None,
            unit: op.unit,
            quick: true,
        };
        if session.wants(&row) {
            session.row(&row, (op.entries)());
        }
    }
}
