//! Keys whose `Hash` and `Eq` answer differently from call to call never break memory safety:
//! results may be wrong and operations may panic, but nothing dead is read, nothing leaks and
//! nothing is dropped twice.

mod support;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use heptad::HashSet;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use support::content::Key;
use support::counted::{Census, CountedValue};
use support::hashers::{Constant, Good, Identity, LevelBoundary, LowBits, Seeded, TopBits};
use support::inconsistent::{Liar, Lies, lie, told};
use support::interp::{Hasherly, World};
use support::op::{MapOp, Script};
use support::strategy::{cases, map_script};

/// Runs the operations one by one, each of which may panic, and reads all versions after each.
fn run_with_liars<S: Hasherly>(script: &Script<MapOp>) {
    let mut world = World::<Liar, CountedValue, S>::without_expectations();
    for op in &script.0 {
        let _may_panic = catch_unwind(AssertUnwindSafe(|| world.apply(op)));
        world.check();
        for map in &mut world.maps {
            // A key that never equals itself is added again and again: a union may double.
            if map.iter().count() > 1500 {
                map.clear();
            }
        }
    }
}

fn memory_stays_safe<S: Hasherly>() {
    let lies = prop_oneof![
        Just(Lies { hash: 255, eq: 0 }),
        Just(Lies { hash: 0, eq: 128 }),
        Just(Lies { hash: 20, eq: 20 }),
        Just(Lies { hash: 3, eq: 0 }),
        Just(Lies { hash: 0, eq: 255 }),
    ];
    let before = told();
    let scripts = Cell::new(0);
    let mut runner = TestRunner::new(cases(40));
    let result = runner.run(
        &(map_script(), lies, any::<u64>()),
        |(script, lies, seed)| {
            scripts.set(scripts.get() + script.0.len());
            let census = Census::start();
            lie(lies, seed);
            run_with_liars::<S>(&script);
            lie(Lies { hash: 0, eq: 0 }, 1);
            census.finish("lying keys");
            Ok(())
        },
    );
    if let Err(failure) = result {
        panic!("{failure}");
    }
    assert!(
        told() - before > 10,
        "lies were told in {} operations",
        scripts.get()
    );
}

macro_rules! hashers {
    ($($test:ident: $hasher:ty,)*) => {
        mod memory_stays_safe {
            use super::*;
            $(
                #[test]
                fn $test() {
                    super::memory_stays_safe::<$hasher>();
                }
            )*
        }
    };
}

hashers! {
    constant_hash: Constant,
    low_four_bits: LowBits,
    top_four_bits: TopBits,
    one_leaf_a_level: LevelBoundary,
    identity: Identity,
    good_hash: Good,
    a_seed_a_map: Seeded,
    default_hasher: heptad::RandomState,
}

#[test]
fn a_set_of_liars_stays_safe() {
    let before = told();
    for seed in 1..40 {
        let census = Census::start();
        lie(Lies { hash: 60, eq: 60 }, seed);
        let mut set: HashSet<Liar, LowBits> = HashSet::default();
        let mut versions = vec![];
        for id in 0..200 {
            set.insert(Liar::new(id % 70, id));
            set.remove(&Liar::new(id / 2, 0));
            if id % 40 == 0 {
                versions.push(set.clone());
            }
        }
        let union = HashSet::unions(versions.iter().cloned());
        let rest = set.clone().symmetric_difference(union.clone());
        let both = set.clone().intersection(union.clone());
        let changes = set.diff(&union).count();
        let ids: usize = [&set, &union, &rest, &both]
            .map(|set| set.iter().map(Key::id).count())
            .iter()
            .sum();
        assert!(ids + changes > 0);
        drop((set, versions, union, rest, both));
        census.finish("a set of liars");
    }
    assert!(told() > before);
}

/// Every key claims to be every other, and to be none.
#[test]
fn keys_that_always_or_never_equal_stay_safe() {
    for eq in [0, 255] {
        let census = Census::start();
        lie(Lies { hash: 128, eq }, 5);
        let script: Vec<MapOp> = (0..30)
            .flat_map(|i: u16| {
                [
                    MapOp::InsertRun {
                        at: i as u8,
                        first: i * 9,
                        len: 90,
                        step: 3,
                        value: 1,
                    },
                    MapOp::Fork {
                        from: i as u8,
                        to: i as u8 + 1,
                    },
                    MapOp::Union {
                        left: i as u8,
                        right: i as u8 + 2,
                        to: i as u8 + 3,
                    },
                    MapOp::RemoveRun {
                        at: i as u8 + 3,
                        first: 0,
                        len: 200,
                        step: 1,
                    },
                    MapOp::Merge3 {
                        base: 0,
                        ours: 1,
                        theirs: 2,
                        to: 3,
                        policy: 3,
                    },
                    MapOp::SymmetricDifference {
                        left: 0,
                        right: 4,
                        to: 2,
                    },
                ]
            })
            .collect();
        run_with_liars::<Good>(&Script(script.clone()));
        run_with_liars::<LevelBoundary>(&Script(script.clone()));
        run_with_liars::<Constant>(&Script(script));
        census.finish("always or never equal");
    }
}
