//! The operations that the model tests and the fuzz targets perform, as data. A failing list
//! of them prints as Rust source, to be pasted into a test.
//!
//! A version is one of [`VERSIONS`] maps alive at once; a key is below [`DOMAIN`]. The
//! interpreter reduces larger numbers, so that any bytes of a fuzzer are a program.

use std::fmt::{self, Debug};

/// How many versions are alive at once.
pub(crate) const VERSIONS: usize = 5;

/// How many keys there are: enough for inner nodes in the default node sizes, few enough for
/// operations to meet each other's keys.
pub(crate) const DOMAIN: u16 = 320;

/// `first`, `len` and `step` describe the keys `first`, `first + step`, ... (`len` of them).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(fuzzing, derive(arbitrary::Arbitrary))]
pub(crate) enum MapOp {
    Insert {
        at: u8,
        key: u16,
        value: u32,
    },
    Remove {
        at: u8,
        key: u16,
    },
    RemoveWithKey {
        at: u8,
        key: u16,
    },
    GetMut {
        at: u8,
        key: u16,
        value: u32,
    },
    GetKeyValueMut {
        at: u8,
        key: u16,
        value: u32,
    },
    IndexMut {
        at: u8,
        key: u16,
        value: u32,
    },
    EntryOrInsert {
        at: u8,
        key: u16,
        value: u32,
    },
    EntryModifyOrDefault {
        at: u8,
        key: u16,
        value: u32,
    },
    EntryInsert {
        at: u8,
        key: u16,
        value: u32,
    },
    EntryRemove {
        at: u8,
        key: u16,
    },
    Clear {
        at: u8,
    },
    Fork {
        from: u8,
        to: u8,
    },
    Update {
        from: u8,
        to: u8,
        key: u16,
        value: u32,
    },
    UpdateWith {
        from: u8,
        to: u8,
        key: u16,
        value: u32,
    },
    UpdateLookup {
        from: u8,
        to: u8,
        key: u16,
        value: u32,
    },
    Alter {
        from: u8,
        to: u8,
        key: u16,
        value: Option<u32>,
    },
    Without {
        from: u8,
        to: u8,
        key: u16,
    },
    Extract {
        from: u8,
        to: u8,
        key: u16,
    },
    InsertRun {
        at: u8,
        first: u16,
        len: u8,
        step: u8,
        value: u32,
    },
    RemoveRun {
        at: u8,
        first: u16,
        len: u8,
        step: u8,
    },
    Extend {
        at: u8,
        first: u16,
        len: u8,
        step: u8,
        value: u32,
    },
    Collect {
        to: u8,
        first: u16,
        len: u8,
        step: u8,
        value: u32,
    },
    Recollect {
        from: u8,
        to: u8,
    },
    Drain {
        at: u8,
        to: u8,
    },
    Retain {
        at: u8,
        modulus: u8,
        rest: u8,
    },
    AddToAll {
        at: u8,
        value: u32,
    },
    Union {
        left: u8,
        right: u8,
        to: u8,
    },
    UnionWith {
        left: u8,
        right: u8,
        to: u8,
    },
    Intersection {
        left: u8,
        right: u8,
        to: u8,
    },
    IntersectionWith {
        left: u8,
        right: u8,
        to: u8,
    },
    RelativeComplement {
        left: u8,
        right: u8,
        to: u8,
    },
    SymmetricDifference {
        left: u8,
        right: u8,
        to: u8,
    },
    SymmetricDifferenceWith {
        left: u8,
        right: u8,
        to: u8,
        modulus: u8,
    },
    Merge3 {
        base: u8,
        ours: u8,
        theirs: u8,
        to: u8,
        policy: u8,
    },
    Diff {
        from: u8,
        to: u8,
    },
    Compare {
        left: u8,
        right: u8,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(fuzzing, derive(arbitrary::Arbitrary))]
pub(crate) enum SetOp {
    Insert {
        at: u8,
        key: u16,
    },
    Remove {
        at: u8,
        key: u16,
    },
    Clear {
        at: u8,
    },
    Fork {
        from: u8,
        to: u8,
    },
    Update {
        from: u8,
        to: u8,
        key: u16,
    },
    Without {
        from: u8,
        to: u8,
        key: u16,
    },
    InsertRun {
        at: u8,
        first: u16,
        len: u8,
        step: u8,
    },
    RemoveRun {
        at: u8,
        first: u16,
        len: u8,
        step: u8,
    },
    Extend {
        at: u8,
        first: u16,
        len: u8,
        step: u8,
    },
    Collect {
        to: u8,
        first: u16,
        len: u8,
        step: u8,
    },
    Recollect {
        from: u8,
        to: u8,
    },
    Drain {
        at: u8,
        to: u8,
    },
    Retain {
        at: u8,
        modulus: u8,
        rest: u8,
    },
    Union {
        left: u8,
        right: u8,
        to: u8,
    },
    Intersection {
        left: u8,
        right: u8,
        to: u8,
    },
    RelativeComplement {
        left: u8,
        right: u8,
        to: u8,
    },
    SymmetricDifference {
        left: u8,
        right: u8,
        to: u8,
    },
    Merge3 {
        base: u8,
        ours: u8,
        theirs: u8,
        to: u8,
    },
    Diff {
        from: u8,
        to: u8,
    },
    Compare {
        left: u8,
        right: u8,
    },
}

/// A list of operations that prints as the test that runs it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Script<Op>(pub(crate) Vec<Op>);

/// The names that a printed script needs.
pub(crate) trait Operation: Debug {
    const ENUM: &'static str;
    const RUN: &'static str;
}

impl Operation for MapOp {
    const ENUM: &'static str = "MapOp";
    const RUN: &'static str = "run_map::<Plain, u32, Good>";
}

impl Operation for SetOp {
    const ENUM: &'static str = "SetOp";
    const RUN: &'static str = "run_set::<Plain, Good>";
}

impl<Op: Operation> Debug for Script<Op> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n#[test]\nfn a_failing_sequence() {{")?;
        writeln!(f, "    {}(&[", Op::RUN)?;
        for op in &self.0 {
            writeln!(f, "        {}::{op:?},", Op::ENUM)?;
        }
        write!(f, "    ]);\n}}")
    }
}

/// The keys that `first`, `len` and `step` describe.
pub(crate) fn run_of_keys(first: u16, len: u8, step: u8) -> impl Iterator<Item = u16> {
    let step = u32::from(step).max(1);
    (0..u32::from(len)).map(move |i| ((u32::from(first) + i * step) % u32::from(DOMAIN)) as u16)
}

/// Reads as many operations as the bytes hold, and no more than make a run short.
#[cfg(fuzzing)]
pub(crate) fn decode<'a, Op: arbitrary::Arbitrary<'a>>(bytes: &'a [u8]) -> Script<Op> {
    let mut bytes = arbitrary::Unstructured::new(bytes);
    let mut ops = vec![];
    while ops.len() < 64 && !bytes.is_empty() {
        match Op::arbitrary(&mut bytes) {
            Ok(op) => ops.push(op),
            Err(_) => break,
        }
    }
    Script(ops)
}

/// Prints the script of a fuzz run that fails. A fuzzer's panic hook ends the process before
/// anything unwinds, so the script goes out through a hook in front of it.
#[cfg(fuzzing)]
pub(crate) fn print_on_panic<Op: Operation>(script: &Script<Op>, types: &str) {
    use std::cell::RefCell;
    use std::sync::Once;

    thread_local!(static SOURCE: RefCell<String> = RefCell::default());
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let next = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            SOURCE.with_borrow(|source| eprintln!("{source}"));
            next(info);
        }));
    });
    SOURCE.set(format!("{script:?}\n// found with {types}"));
}
