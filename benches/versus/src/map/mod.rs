//! Area `map`: persistent hash maps from keys of three kinds to `u64`.

mod keys;
mod ops;
mod side;
mod systems;

use std::sync::Arc;

use crate::harness::{Area, Entry, Row, Session};
use keys::{Data, Key};
use ops::Op;
use side::Side;
use systems::{Heptad, ImHash, ImblHash, ImblOrd, Map, Rpds, Std, Versioned};

pub(crate) const AREA: Area = Area {
    name: "map",
    about: &[
        "map: entries are (key, u64), every system hashes with foldhash::fast::FixedState; std changes in place only and is no peer",
        "*_persistent: make a version with one entry changed, drop it; insert_kept: the same in a chain whose last 1,000 versions are kept",
        "iterate, build, bulk, remove_in_place (half of the entries), drop: time per entry; in bulk, heptad(loop) is build",
        "union_shared: of two versions with 0.5 % of the entries changed in each; diff_1pct: 1 % changed, added or removed",
        "bytes: live bytes asked from the allocator, keys included, per entry or per version of a chain of 1,000",
    ],
    systems: &["heptad", "imbl-hash", "imbl-ord", "im-hash", "rpds", "std"],
    ops: names,
    run,
};

const SIZES: [usize; 3] = [1_000, 100_000, 1_000_000];
const KINDS: [&str; 3] = [u64::KIND, String::KIND, <Arc<str>>::KIND];

fn names() -> Vec<String> {
    let ops = ops::OPS.iter();
    ops.flat_map(|op| KINDS.map(|kind| format!("{}:{kind}", op.name)))
        .collect()
}

fn run(session: &mut Session) {
    for n in SIZES {
        run_kind::<u64>(session, n);
        run_kind::<String>(session, n);
        run_kind::<Arc<str>>(session, n);
    }
}

fn run_kind<K: Key>(session: &mut Session, n: usize) {
    let rows = ops::OPS.iter().map(|op| (op, row::<K>(op, n)));
    let wanted: Vec<_> = rows.filter(|(_, row)| session.wants(row)).collect();
    if wanted.is_empty() {
        return;
    }
    let data = Data::new(n);
    let systems = systems::<K>(&data);
    for (op, row) in wanted {
        let entries = systems.iter().flat_map(|system| system.entries(op.name));
        session.row(&row, entries.collect());
    }
}

fn row<K: Key>(op: &Op, n: usize) -> Row {
    Row {
        op: format!("{}:{}", op.name, K::KIND),
        n: Some(n),
        unit: op.unit,
        quick: n == 100_000 || (n == 1_000_000 && op.quick_at_1m),
    }
}

/// A system whose type is forgotten, so that a row is a list of them.
trait System {
    /// The system's entries in a row, none where it cannot do the operation.
    fn entries(&self, op: &str) -> Vec<Entry<'_>>;
}

struct InPlace<'d, K, M>(Side<'d, K, M>);
struct Persistent<'d, K, M>(Side<'d, K, M>);

impl<K: Key, M: Map<K>> System for InPlace<'_, K, M> {
    fn entries(&self, op: &str) -> Vec<Entry<'_>> {
        ops::in_place(&self.0, op).into_iter().collect()
    }
}

impl<K: Key, M: Versioned<K>> System for Persistent<'_, K, M> {
    fn entries(&self, op: &str) -> Vec<Entry<'_>> {
        let mut entries = Vec::from_iter(ops::persistent(&self.0, op));
        if op == "bulk" && M::NAME == <Heptad<K> as Map<K>>::NAME {
            // What bulk building is worth: heptad's own loop in the same rounds.
            entries.extend(ops::persistent(&self.0, "build").map(|build| Entry {
                system: format!("{}(loop)", M::NAME),
                ..build
            }));
        }
        entries
    }
}

fn systems<'d, K: Key>(data: &'d Data<K>) -> Vec<Box<dyn System + 'd>> {
    fn persistent<'d, K: Key, M: Versioned<K> + 'd>(data: &'d Data<K>) -> Box<dyn System + 'd> {
        Box::new(Persistent(Side::<K, M>::new(data)))
    }
    vec![
        persistent::<K, Heptad<K>>(data),
        persistent::<K, ImblHash<K>>(data),
        persistent::<K, ImblOrd<K>>(data),
        persistent::<K, ImHash<K>>(data),
        persistent::<K, Rpds<K>>(data),
        Box::new(InPlace(Side::<K, Std<K>>::new(data))),
    ]
}
