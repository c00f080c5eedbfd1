//! The rows: one line here and one function in the files beside.
//!
//! A function makes a system's entry from its [`Side`]: it computes the result
//! that must agree between systems, and says how to take a sample.

mod memory;
mod one_key;
mod whole;

use super::keys::Key;
use super::side::Side;
use super::systems::{Map, Versioned};
use crate::harness::Entry;

/// A row but for its key kind and size.
pub(super) struct Op {
    pub(super) name: &'static str,
    pub(super) unit: &'static str,
    pub(super) quick_at_1m: bool,
}

/// The entry of an `any` row for any map, of a `versioned` row for those only.
macro_rules! entry {
    (any, $maps:ident, $entry:expr) => {
        Some($entry)
    };
    (versioned, versioned, $entry:expr) => {
        Some($entry)
    };
    (versioned, any, $entry:expr) => {
        None
    };
}

macro_rules! ops {
    ($($maps:ident $name:ident $unit:literal $quick:literal $make:path;)*) => {
        /// All rows, in the order they are shown.
        pub(super) const OPS: &[Op] = &[$(Op {
            name: stringify!($name),
            unit: $unit,
            quick_at_1m: $quick,
        }),*];

        /// The entry of a persistent map in the row `op`.
        pub(super) fn persistent<'a, K: Key, M: Versioned<K>>(
            side: &'a Side<'_, K, M>,
            op: &str,
        ) -> Option<Entry<'a>> {
            $(if op == stringify!($name) {
                return entry!($maps, versioned, $make(side));
            })*
            None
        }

        /// The entry of a map without versions in the row `op`.
        pub(super) fn in_place<'a, K: Key, M: Map<K>>(
            side: &'a Side<'_, K, M>,
            op: &str,
        ) -> Option<Entry<'a>> {
            $(if op == stringify!($name) {
                return entry!($maps, any, $make(side));
            })*
            None
        }
    };
}

// Who can do it, its name and unit, whether `--quick` has it at 1M, the function.
ops! {
    any       get_hit              "ns" true  one_key::get_hit;
    any       get_miss             "ns" false one_key::get_miss;
    versioned insert_persistent    "ns" true  one_key::insert_persistent;
    versioned overwrite_persistent "ns" false one_key::overwrite_persistent;
    versioned remove_persistent    "ns" false one_key::remove_persistent;
    versioned insert_kept          "ns" false one_key::insert_kept;
    any       iterate              "ns" false whole::iterate;
    any       build                "ns" false whole::build;
    any       bulk                 "ns" false whole::bulk;
    any       remove_in_place      "ns" false one_key::remove_in_place;
    versioned union_shared         "us" false whole::union_shared;
    versioned diff_1pct            "us" false whole::diff_1pct;
    versioned eq_clone             "ns" false whole::eq_clone;
    versioned clone_drop           "ns" false whole::clone_drop;
    any       drop                 "ns" false whole::drop_unique;
    any       bytes_entry          "B"  true  memory::bytes_entry;
    versioned bytes_version        "B"  false memory::bytes_version;
}
