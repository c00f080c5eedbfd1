//! How proptest makes scripts: mostly edits of one key, enough runs of keys to split and merge
//! leaves, and every operation on two or three versions.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::Union;

use super::op::{DOMAIN, MapOp, Script, SetOp, VERSIONS};

fn version() -> impl Strategy<Value = u8> + Clone {
    0..VERSIONS as u8
}

fn key() -> impl Strategy<Value = u16> + Clone {
    0..DOMAIN
}

fn value() -> impl Strategy<Value = u32> + Clone {
    // Few values, so that an update often stores what was there.
    0..4_u32
}

fn run() -> impl Strategy<Value = (u16, u8, u8)> + Clone {
    (key(), 0..150_u8, prop_oneof![3 => Just(1_u8), 1 => 1..9_u8])
}

/// One weighted alternative: `op!(3, MapOp::Remove { at: version(), key: key() })`.
macro_rules! op {
    ($weight:expr, $kind:ident :: $name:ident { $($field:ident : $from:expr),* }) => {
        (
            $weight,
            ($($from,)*).prop_map(|($($field,)*)| $kind::$name { $($field),* }).boxed(),
        )
    };
    ($weight:expr, $kind:ident :: $name:ident { run, $($field:ident : $from:expr),* }) => {
        (
            $weight,
            (run(), $($from,)*)
                .prop_map(|((first, len, step), $($field,)*)| {
                    $kind::$name { first, len, step, $($field),* }
                })
                .boxed(),
        )
    };
}

pub(crate) fn map_op() -> impl Strategy<Value = MapOp> {
    let mut all = vec![];
    all.extend(map_edits());
    all.extend(map_versions());
    all.extend(map_runs());
    all.extend(map_pairs());
    Union::new_weighted(all)
}

type Weighted<Op> = Vec<(u32, BoxedStrategy<Op>)>;

fn map_edits() -> Weighted<MapOp> {
    vec![
        op!(
            8,
            MapOp::Insert {
                at: version(),
                key: key(),
                value: value()
            }
        ),
        op!(
            6,
            MapOp::Remove {
                at: version(),
                key: key()
            }
        ),
        op!(
            2,
            MapOp::RemoveWithKey {
                at: version(),
                key: key()
            }
        ),
        op!(
            2,
            MapOp::GetMut {
                at: version(),
                key: key(),
                value: value()
            }
        ),
        op!(
            1,
            MapOp::GetKeyValueMut {
                at: version(),
                key: key(),
                value: value()
            }
        ),
        op!(
            1,
            MapOp::IndexMut {
                at: version(),
                key: key(),
                value: value()
            }
        ),
        op!(
            2,
            MapOp::EntryOrInsert {
                at: version(),
                key: key(),
                value: value()
            }
        ),
        op!(
            2,
            MapOp::EntryModifyOrDefault {
                at: version(),
                key: key(),
                value: value()
            }
        ),
        op!(
            2,
            MapOp::EntryInsert {
                at: version(),
                key: key(),
                value: value()
            }
        ),
        op!(
            2,
            MapOp::EntryRemove {
                at: version(),
                key: key()
            }
        ),
        op!(1, MapOp::Clear { at: version() }),
    ]
}

fn map_versions() -> Weighted<MapOp> {
    let to = version;
    vec![
        op!(
            6,
            MapOp::Fork {
                from: version(),
                to: to()
            }
        ),
        op!(
            4,
            MapOp::Update {
                from: version(),
                to: to(),
                key: key(),
                value: value()
            }
        ),
        op!(
            1,
            MapOp::UpdateWith {
                from: version(),
                to: to(),
                key: key(),
                value: value()
            }
        ),
        op!(
            1,
            MapOp::UpdateLookup {
                from: version(),
                to: to(),
                key: key(),
                value: value()
            }
        ),
        op!(
            2,
            MapOp::Alter {
                from: version(),
                to: to(),
                key: key(),
                value: proptest::option::of(value())
            }
        ),
        op!(
            4,
            MapOp::Without {
                from: version(),
                to: to(),
                key: key()
            }
        ),
        op!(
            2,
            MapOp::Extract {
                from: version(),
                to: to(),
                key: key()
            }
        ),
    ]
}

fn map_runs() -> Weighted<MapOp> {
    vec![
        op!(
            6,
            MapOp::InsertRun {
                run,
                at: version(),
                value: value()
            }
        ),
        op!(4, MapOp::RemoveRun { run, at: version() }),
        op!(
            3,
            MapOp::Extend {
                run,
                at: version(),
                value: value()
            }
        ),
        op!(
            3,
            MapOp::Collect {
                run,
                to: version(),
                value: value()
            }
        ),
        op!(
            1,
            MapOp::Recollect {
                from: version(),
                to: version()
            }
        ),
        op!(
            1,
            MapOp::Drain {
                at: version(),
                to: version()
            }
        ),
        op!(
            2,
            MapOp::Retain {
                at: version(),
                modulus: 1..6_u8,
                rest: 0..6_u8
            }
        ),
        op!(
            2,
            MapOp::AddToAll {
                at: version(),
                value: value()
            }
        ),
    ]
}

fn map_pairs() -> Weighted<MapOp> {
    let v = version;
    vec![
        op!(
            3,
            MapOp::Union {
                left: v(),
                right: v(),
                to: v()
            }
        ),
        op!(
            1,
            MapOp::UnionWith {
                left: v(),
                right: v(),
                to: v()
            }
        ),
        op!(
            3,
            MapOp::Intersection {
                left: v(),
                right: v(),
                to: v()
            }
        ),
        op!(
            1,
            MapOp::IntersectionWith {
                left: v(),
                right: v(),
                to: v()
            }
        ),
        op!(
            3,
            MapOp::RelativeComplement {
                left: v(),
                right: v(),
                to: v()
            }
        ),
        op!(
            2,
            MapOp::SymmetricDifference {
                left: v(),
                right: v(),
                to: v()
            }
        ),
        op!(
            1,
            MapOp::SymmetricDifferenceWith {
                left: v(),
                right: v(),
                to: v(),
                modulus: 1..4_u8
            }
        ),
        op!(
            2,
            MapOp::Merge3 {
                base: v(),
                ours: v(),
                theirs: v(),
                to: v(),
                policy: 0..4_u8
            }
        ),
        op!(4, MapOp::Diff { from: v(), to: v() }),
        op!(
            4,
            MapOp::Compare {
                left: v(),
                right: v()
            }
        ),
    ]
}

pub(crate) fn set_op() -> impl Strategy<Value = SetOp> {
    let v = version;
    Union::new_weighted(vec![
        op!(
            8,
            SetOp::Insert {
                at: v(),
                key: key()
            }
        ),
        op!(
            8,
            SetOp::Remove {
                at: v(),
                key: key()
            }
        ),
        op!(1, SetOp::Clear { at: v() }),
        op!(6, SetOp::Fork { from: v(), to: v() }),
        op!(
            4,
            SetOp::Update {
                from: v(),
                to: v(),
                key: key()
            }
        ),
        op!(
            4,
            SetOp::Without {
                from: v(),
                to: v(),
                key: key()
            }
        ),
        op!(6, SetOp::InsertRun { run, at: v() }),
        op!(4, SetOp::RemoveRun { run, at: v() }),
        op!(3, SetOp::Extend { run, at: v() }),
        op!(3, SetOp::Collect { run, to: v() }),
        op!(1, SetOp::Recollect { from: v(), to: v() }),
        op!(1, SetOp::Drain { at: v(), to: v() }),
        op!(
            2,
            SetOp::Retain {
                at: v(),
                modulus: 1..6_u8,
                rest: 0..6_u8
            }
        ),
        op!(
            3,
            SetOp::Union {
                left: v(),
                right: v(),
                to: v()
            }
        ),
        op!(
            3,
            SetOp::Intersection {
                left: v(),
                right: v(),
                to: v()
            }
        ),
        op!(
            3,
            SetOp::RelativeComplement {
                left: v(),
                right: v(),
                to: v()
            }
        ),
        op!(
            2,
            SetOp::SymmetricDifference {
                left: v(),
                right: v(),
                to: v()
            }
        ),
        op!(
            2,
            SetOp::Merge3 {
                base: v(),
                ours: v(),
                theirs: v(),
                to: v()
            }
        ),
        op!(4, SetOp::Diff { from: v(), to: v() }),
        op!(
            4,
            SetOp::Compare {
                left: v(),
                right: v()
            }
        ),
    ])
}

pub(crate) fn map_script() -> impl Strategy<Value = Script<MapOp>> {
    vec(map_op(), 1..40).prop_map(Script)
}

pub(crate) fn set_script() -> impl Strategy<Value = Script<SetOp>> {
    vec(set_op(), 1..40).prop_map(Script)
}

/// So many cases, unless `PROPTEST_CASES` says otherwise. A failure prints its script, which
/// belongs into a test by name, so no file of seeds is kept.
pub(crate) fn cases(cases: u32) -> ProptestConfig {
    let mut config = ProptestConfig::default();
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
    }
    config.failure_persistence = None;
    config.max_shrink_iters = 4096;
    config
}
