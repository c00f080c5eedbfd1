//! The rules, and what breaks them.

use crate::facts::{self, Facts, Mention, Names, SourceFile};
use crate::names::Tree;

/// Each layer and what it may import besides itself.
const LAYERS: [(&str, &[&str]); 9] = [
    ("runtime", &[]),
    ("value", &["runtime::sync"]),
    ("identity", &["runtime", "value"]),
    ("csp", &["runtime", "value", "identity"]),
    // the one sideways edge: a mailbox is a channel
    ("actor", &["runtime", "value", "identity", "csp"]),
    ("gpu", &["runtime", "value", "identity"]),
    ("lambda", &["runtime", "value", "identity"]),
    (
        "cluster",
        &[
            "runtime", "value", "identity", "csp", "actor", "gpu", "lambda",
        ],
    ),
    ("docs", &[]),
];

/// The loom switch: the one file that names the standard library's threads.
const SYNC_FILE: &str = "runtime/sync.rs";
/// Layers without unsafe code, and the one folder of `value` that has some.
const SAFE_LAYERS: [&str; 4] = ["actor", "csp", "lambda", "docs"];
const NODE_FOLDER: &str = "value/hash_trie/";
/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 7] = [
    "core", "util", "utils", "common", "internal", "helper", "helpers",
];
const LONGEST_FILE: usize = 600;
const LONGEST_FUNCTION: usize = 60;

pub(crate) struct Report {
    pub(crate) violations: Vec<String>,
    /// Paths that go from one layer to another.
    pub(crate) crossings: usize,
}

/// Checks all files of a crate together.
pub(crate) fn check(files: &[SourceFile]) -> Report {
    let mut report = Report {
        violations: Vec::new(),
        crossings: 0,
    };
    let mut read = Vec::new();
    for file in files {
        match facts::read(file) {
            Ok(facts) => read.push(facts),
            Err(message) => report.violations.push(message),
        }
    }
    let tree = Tree::new(&read, files.iter().map(SourceFile::module));
    let test_modules: Vec<Names> = read.iter().flat_map(|f| f.test_modules.clone()).collect();
    for facts in &read {
        let module = facts.module();
        let is_test_file = test_modules.iter().any(|tests| module.starts_with(tests));
        for mention in &facts.mentions {
            report.judge_mention(&tree, facts, mention, is_test_file);
        }
        report.judge_names(facts);
        report.judge_unsafe(facts);
        if !is_test_file {
            report.judge_size(facts);
        }
        report.judge_form(facts);
    }
    report
}

impl Report {
    fn add(&mut self, facts: &Facts, line: usize, message: &str) {
        let path = &facts.path;
        self.violations
            .push(format!("src/{path}:{line}: {message}"));
    }

    fn judge_mention(&mut self, tree: &Tree, facts: &Facts, mention: &Mention, in_tests: bool) {
        for path in tree.resolve(&mention.module, &mention.names) {
            if path[0] == "crate" {
                self.judge_import(tree, facts, mention, &path);
            } else if !(in_tests || mention.in_tests || facts.path == SYNC_FILE) {
                self.judge_threads(facts, mention, &path);
            }
        }
    }

    /// An import of our own: where it ends, and every re-export on the way.
    fn judge_import(&mut self, tree: &Tree, facts: &Facts, mention: &Mention, path: &Names) {
        if facts.path == "lib.rs" {
            return; // it may name everything, and gives nothing but names
        }
        let from = &mention.module[1];
        if path.len() == 1 {
            if mention.glob {
                self.add(facts, mention.line, "a glob of the crate root hides layers");
            }
            return;
        }
        let mut placed = false;
        for hop in tree.hops(path) {
            let home = match hop.get(1) {
                Some(name) if is_layer(name) => &hop,
                Some(name) => match tree.macro_home(name) {
                    Some(home) => home,
                    None => continue,
                },
                None => continue,
            };
            placed = true;
            self.judge_layer(facts, mention, from, home);
        }
        if !placed {
            let what = path.join("::");
            self.add(
                facts,
                mention.line,
                &format!("cannot tell which layer {what} is in"),
            );
        }
    }

    fn judge_layer(&mut self, facts: &Facts, mention: &Mention, from: &String, to: &Names) {
        let target = &to[1];
        if target == from && facts.path != SYNC_FILE {
            return;
        }
        self.crossings += usize::from(target != from);
        let allowed = LAYERS.iter().find(|(name, _)| name == from);
        let path = to[1..].join("::");
        let may = |permit: &&str| path == *permit || path.starts_with(&format!("{permit}::"));
        let permits = allowed.map_or(&[][..], |(_, permits)| permits);
        // the floor of the floor: sync imports nothing of the crate, not even its neighbours
        let own = facts.path == SYNC_FILE && to.starts_with(&facts.module());
        if !own && !permits.iter().any(may) {
            let message = format!("{from} must not import {path}");
            self.add(facts, mention.line, &message);
        }
    }

    fn judge_threads(&mut self, facts: &Facts, mention: &Mention, path: &Names) {
        let second = path.get(1).map(String::as_str);
        let whole = mention.glob && path.len() == 1;
        if whole || matches!(second, Some("sync" | "thread")) {
            let what = path.join("::");
            let message = format!("{what} is named outside src/{SYNC_FILE}");
            self.add(facts, mention.line, &message);
        }
    }

    fn judge_names(&mut self, facts: &Facts) {
        let file = facts.module();
        let declared = facts.modules.iter().map(|(module, line)| (module, *line));
        for (module, line) in declared.chain([(&file, 1)]) {
            let name = module.last().expect("a module has a name");
            if EMPTY_NAMES.contains(&name.as_str()) {
                self.add(facts, line, &format!("a module called {name} says nothing"));
            }
        }
        if let (Some(layer), 2..) = (file.get(1), file.len()) {
            if !is_layer(layer) {
                self.add(facts, 1, &format!("{layer} is not a layer"));
            }
        }
        for line in &facts.path_attributes {
            self.add(facts, *line, "#[path] hides where a module lives");
        }
    }

    fn judge_unsafe(&mut self, facts: &Facts) {
        match (facts.unsafe_lines.first(), facts.opens_unsafe) {
            (Some(line), false) => {
                let message = "unsafe without #![allow(unsafe_code, reason = ..)] in its file";
                self.add(facts, *line, message);
            }
            (None, true) => self.add(facts, 1, "opens unsafe_code and has none"),
            _ => {}
        }
        for line in &facts.inner_unsafe_allowances {
            let message = "unsafe_code is opened for a file, not for an item";
            self.add(facts, *line, message);
        }
        let layer = facts.path.split(['/', '.']).next().unwrap_or_default();
        let above_nodes = layer == "value" && !facts.path.starts_with(NODE_FOLDER);
        if let (Some(line), true) = (
            facts.unsafe_lines.first(),
            above_nodes || SAFE_LAYERS.contains(&layer),
        ) {
            self.add(facts, *line, "unsafe code has no place here");
        }
    }

    fn judge_size(&mut self, facts: &Facts) {
        let lines = facts.lines_without_tests;
        if lines > LONGEST_FILE {
            let message = format!("{lines} lines without tests, at most {LONGEST_FILE}");
            self.add(facts, 1, &message);
        }
        for (name, line, lines) in &facts.long_functions {
            if *lines > LONGEST_FUNCTION {
                let message = format!("{name} has {lines} lines, at most {LONGEST_FUNCTION}");
                self.add(facts, *line, &message);
            }
        }
    }

    fn judge_form(&mut self, facts: &Facts) {
        if !facts.has_docs {
            self.add(facts, 1, "no //! docs that say what the file is");
        }
        for line in &facts.let_chains {
            self.add(facts, *line, "let chains need Rust 1.88");
        }
        if facts.path == "lib.rs" {
            for line in &facts.other_items {
                self.add(facts, *line, "lib.rs holds modules and re-exports only");
            }
        }
    }
}

fn is_layer(name: &str) -> bool {
    LAYERS.iter().any(|(layer, _)| *layer == name)
}
