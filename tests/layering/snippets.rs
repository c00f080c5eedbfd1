//! Each kind of violation, in a small crate that is otherwise clean.

use crate::facts::SourceFile;
use crate::rules;

/// A crate of a few lines in which nothing is wrong.
const CLEAN: [(&str, &str); 9] = [
    (
        "lib.rs",
        "mod runtime; mod value; mod identity; mod csp; mod actor;
         pub use identity::Atom; pub use value::hash_map::HashMap;
         pub mod hashmap { pub use crate::value::hash_map::HashMap; }
         pub mod atom { pub use crate::identity::*; pub use crate::identity::{Atom as Cell}; }",
    ),
    (
        "runtime/mod.rs",
        "pub(crate) mod sync; pub(crate) mod reclaim;",
    ),
    (
        "runtime/sync.rs",
        "pub(crate) use std::sync::{Arc, atomic}; pub(crate) use std::thread;
         mod inner { pub(super) fn f() { super::thread::yield_now() } }",
    ),
    (
        "runtime/reclaim.rs",
        "use super::sync::Arc; use crate::runtime::sync::atomic::AtomicUsize;",
    ),
    (
        "value/mod.rs",
        "pub(crate) mod hash_map; pub(crate) mod hash_trie;",
    ),
    (
        "value/hash_map.rs",
        "use super::hash_trie::Trie; pub struct HashMap(Trie);
         #[macro_export] macro_rules! hashmap { () => { $crate::HashMap::new() } }",
    ),
    (
        "value/hash_trie/mod.rs",
        "#![allow(unsafe_code, reason = \"nodes\")]
         use crate::runtime::sync::{Arc, atomic::{AtomicUsize, Ordering}};
         pub(crate) struct Trie; fn f() { unsafe { g() } }
         #[cfg(test)] mod tests { use super::*; fn f() { std::thread::yield_now() } }",
    ),
    (
        "identity/mod.rs",
        "use crate::{HashMap, hashmap, runtime::{reclaim, sync::Arc}}; pub struct Atom;
         fn f() { let _ = crate::hashmap!(); }",
    ),
    (
        "actor/mod.rs",
        "use crate::csp::Channel; use crate::{Atom, hashmap::HashMap as Map};",
    ),
];

/// The violations after `code` was put at `path` of the clean crate.
fn with(path: &str, code: &str) -> Vec<String> {
    let clean = CLEAN.iter().filter(|(p, _)| *p != path);
    let files: Vec<SourceFile> = clean
        .copied()
        .chain([(path, code)])
        .map(|(p, code)| SourceFile::new(p, &format!("//! A file.\n{code}")))
        .collect();
    rules::check(&files).violations
}

#[track_caller]
fn caught(path: &str, code: &str, message: &str) {
    let found = with(path, code);
    assert!(
        found.iter().any(|violation| violation.contains(message)),
        "{path}: {code}\nexpected: {message}\nfound: {found:#?}"
    );
}

#[track_caller]
fn fine(path: &str, code: &str) {
    let found = with(path, code);
    assert!(found.is_empty(), "{path}: {code}\nfound: {found:#?}");
}

const UP: &str = "value must not import identity";

#[test]
fn clean_crate_has_no_violation_and_some_crossings() {
    let files = CLEAN.map(|(p, code)| SourceFile::new(p, &format!("//! A file.\n{code}")));
    let report = rules::check(&files);
    assert!(report.violations.is_empty(), "{:#?}", report.violations);
    assert!(report.crossings >= 8, "{}", report.crossings);
}

#[test]
fn upward_imports_are_caught_however_they_are_written() {
    for code in [
        "use crate::identity::Atom;",
        "use crate::{runtime::sync, identity::{Atom}};",
        "use super::super::identity::Atom;",
        "use super::super::{identity as i};",
        "use crate::identity;",
        "use crate::identity::*;",
        "use heptad::identity::Atom;",
        "pub(crate) use crate::Atom;",
        "use crate::atom::Cell;",
        "use crate::atom;",
        "use crate::atom::*;",
        "use crate::{Atom as A};",
        "use crate as root; use root::identity::Atom;",
        "use crate::{self as root}; fn f(_: root::Atom) {}",
        "extern crate self as me; use me::Atom;",
        "fn f() { use super::super::identity::Atom; }",
        "mod inner { use super::super::super::identity::Atom; }",
        "mod inner { use self::super::super::super::Atom; }",
        "#[cfg(test)] mod tests { use crate::identity::Atom; }",
    ] {
        caught("value/hash_map.rs", code, UP);
    }
}

#[test]
fn upward_paths_are_caught_without_an_import() {
    for code in [
        "fn f() { crate::identity::f() }",
        "fn f(_: &crate::Atom) {}",
        "struct S { a: Option<super::super::identity::Atom> }",
        "impl<T> Tr for <T as crate::identity::Tr>::Out {}",
        "fn f(x: u8) { match x { crate::identity::ONE => {} _ => {} } }",
        "fn f() { crate::identity::m!() }",
        "#[derive(crate::identity::D)] struct S;",
    ] {
        caught("value/hash_map.rs", code, UP);
    }
}

#[test]
fn macro_bodies_and_arguments_are_read() {
    for code in [
        "macro_rules! m { () => { $crate::identity::f() } }",
        "macro_rules! m { () => { use $crate::{runtime::sync, identity::{Atom}}; } }",
        "macro_rules! m { () => { { [ crate::Atom::new() ] } } }",
        "macro_rules! m { () => { use crate as root; root::identity::f() } }",
        "macro_rules! m { () => { use crate::{self as root}; root::Atom::new() } }",
        "macro_rules! m { () => { use crate::identity::*; } }",
        "fn f() { println!(\"{}\", super::super::identity::f()) }",
        "use crate as root; fn f() { assert!(root::identity::f()) }",
    ] {
        caught("value/hash_map.rs", code, UP);
    }
    fine(
        "value/hash_map.rs",
        "pub struct HashMap; macro_rules! m { ($identity:ident) => { $identity::f(); \
         use $crate::runtime::{sync::{Arc}}; 1 as usize } }",
    );
}

#[test]
fn names_that_come_through_another_file_are_followed() {
    // an alias of the root that a glob brings in
    let mut files: Vec<SourceFile> = Vec::new();
    for (path, code) in [
        ("lib.rs", "mod value; mod identity;"),
        ("identity/mod.rs", ""),
        ("value/mod.rs", "use crate as root; mod leaf;"),
        (
            "value/leaf.rs",
            "use super::*; fn f() { root::identity::f() }",
        ),
    ] {
        files.push(SourceFile::new(path, &format!("//! A file.\n{code}")));
    }
    let found = rules::check(&files).violations;
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with("src/value/leaf.rs:2:") && found[0].contains(UP));
}

#[test]
fn value_sees_of_the_floor_only_sync() {
    let message = "value must not import runtime";
    for code in [
        "use crate::runtime::reclaim::Domain;",
        "use crate::runtime::{sync::Arc, reclaim};",
        "use crate::runtime;",
        "use crate::runtime::{self, sync};",
        "use crate::runtime::*;",
        "use crate::runtime::sync_of_sorts;",
    ] {
        caught("value/hash_map.rs", code, message);
    }
    let message = "runtime must not import runtime::reclaim";
    caught(
        "runtime/sync.rs",
        "pub use super::reclaim::Domain;",
        message,
    );
}

#[test]
fn sideways_and_upward_edges_of_every_layer_are_caught() {
    for (path, code, message) in [
        (
            "runtime/reclaim.rs",
            "use crate::value::X;",
            "runtime must not import value",
        ),
        (
            "identity/mod.rs",
            "use crate::csp::X;",
            "identity must not import csp",
        ),
        (
            "csp/mod.rs",
            "use crate::actor::X;",
            "csp must not import actor",
        ),
        (
            "gpu/mod.rs",
            "use crate::lambda::X;",
            "gpu must not import lambda",
        ),
        (
            "lambda/mod.rs",
            "use crate::csp::X;",
            "lambda must not import csp",
        ),
        (
            "actor/mod.rs",
            "use crate::cluster::X;",
            "actor must not import cluster",
        ),
        (
            "cluster/mod.rs",
            "use crate::docs::X;",
            "cluster must not import docs",
        ),
        (
            "docs/mod.rs",
            "use crate::value::X;",
            "docs must not import value",
        ),
    ] {
        caught(path, code, message);
    }
    fine(
        "cluster/mod.rs",
        "use crate::{actor, csp, gpu, lambda, identity, value, runtime};",
    );
}

#[test]
fn what_cannot_be_placed_is_caught() {
    let globbed = "a glob of the crate root";
    caught("value/hash_map.rs", "use crate::*;", globbed);
    caught("value/mod.rs", "use super::*;", globbed);
    caught(
        "value/hash_map.rs",
        "use crate::Unknown;",
        "cannot tell which layer",
    );
    caught("sideline/mod.rs", "", "sideline is not a layer");
    caught(
        "value/hash_map.rs",
        "#[path = \"x.rs\"] mod x;",
        "#[path] hides",
    );
    caught("value/hash_map.rs", "fn f( {}", "src/value/hash_map.rs:2");
}

#[test]
fn threads_are_named_in_the_loom_switch_only() {
    let message = "is named outside src/runtime/sync.rs";
    for code in [
        "use std::sync::Arc;",
        "use std::{fmt, sync::{self}};",
        "use core::sync::atomic::AtomicUsize;",
        "use loom::thread;",
        "use std as s; use s::thread;",
        "use std::*;",
        "fn f() { std::thread::yield_now() }",
        "fn f(_: ::std::sync::Arc<u8>) {}",
        "macro_rules! m { () => { ::std::sync::Arc::new(1) } }",
    ] {
        caught("identity/mod.rs", code, message);
    }
    fine(
        "identity/mod.rs",
        "pub struct Atom; use std::fmt; use core::mem::swap;",
    );
    fine(
        "identity/mod.rs",
        "pub struct Atom; #[cfg(test)] use std::sync::Arc;",
    );
    caught(
        "identity/mod.rs",
        "#[cfg(not(test))] use std::sync::Arc;",
        message,
    );
    fine("csp/tests.rs", "fn f() {}");
    let files = [
        ("lib.rs", "mod value;"),
        ("value/mod.rs", "#[cfg(test)] mod tests;"),
        ("value/tests.rs", "use std::thread;"),
    ];
    let files = files.map(|(p, code)| SourceFile::new(p, &format!("//! A file.\n{code}")));
    assert!(rules::check(&files).violations.is_empty());
}

#[test]
fn unsafe_is_opened_per_file_with_a_reason() {
    let closed = "unsafe without #![allow";
    let trie = "value/hash_trie/mod.rs";
    for code in [
        "pub struct Trie; fn f() { unsafe { g() } }",
        "pub struct Trie; unsafe impl Send for Trie {}",
        "#![allow(unsafe_code)]\npub struct Trie; unsafe fn f() {}",
        "pub struct Trie; macro_rules! m { () => { unsafe { g() } } }",
    ] {
        caught(trie, code, closed);
    }
    let allowed = "#![allow(unsafe_code, reason = \"r\")]";
    caught(trie, &format!("{allowed} pub struct Trie;"), "and has none");
    let item = "#[allow(unsafe_code, reason = \"r\")] unsafe fn f() {}";
    caught(trie, item, "not for an item");
    let opened = format!("{allowed} pub struct HashMap; unsafe fn f() {{}}");
    caught("value/hash_map.rs", &opened, "has no place here");
    caught("csp/mod.rs", &opened, "has no place here");
    fine(
        trie,
        &format!("{allowed} pub struct Trie; unsafe fn f() {{}}"),
    );
}

#[test]
fn sizes_are_counted_without_tests() {
    let lines = "\n".repeat(601);
    let tests = format!("pub struct Atom; #[cfg(test)]\nmod tests {{{lines}}}");
    fine("identity/mod.rs", &tests);
    caught(
        "identity/mod.rs",
        &lines,
        "lines without tests, at most 600",
    );
    let function = format!("fn long() {{{}}}", "\n".repeat(60));
    caught(
        "identity/mod.rs",
        &function,
        "long has 61 lines, at most 60",
    );
    let method = format!("struct S; impl S {{ {function} }}");
    caught("identity/mod.rs", &method, "long has 61 lines");
    let test = format!("pub struct Atom; #[cfg(test)] mod tests {{ {function} }}");
    fine("identity/mod.rs", &test);
}

#[test]
fn names_docs_and_language_level_are_checked() {
    for name in ["core", "util", "common", "internal", "helpers"] {
        let message = format!("a module called {name}");
        caught(&format!("value/{name}.rs"), "", &message);
        caught(&format!("value/{name}/mod.rs"), "", &message);
        caught("identity/mod.rs", &format!("mod {name} {{}}"), &message);
    }
    let lib = "mod runtime; mod value; mod identity; fn f() {}";
    caught("lib.rs", lib, "modules and re-exports only");
    let facade = "mod runtime; mod value; mod identity; pub mod x { struct S; }";
    caught("lib.rs", facade, "modules and re-exports only");
    let chain = "fn f(a: Option<u8>) { if let Some(x) = a && x > 1 {} }";
    caught("identity/mod.rs", chain, "let chains");
    let bare = [SourceFile::new("lib.rs", "// not docs\n")];
    assert!(rules::check(&bare).violations[0].contains("no //! docs"));
}
