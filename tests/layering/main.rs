//! The architecture and the cheap house rules, checked on the source itself.
//!
//! `src/` is read with `syn`, every path in it is resolved to the module it
//! ends in (`facts` collects, `names` resolves, `rules` judges), and anything
//! that climbs the layers or steps sideways fails with its file and line:
//!
//! ```text
//! runtime <- value <- identity <- { csp <- actor | gpu | lambda } <- cluster
//! ```
//!
//! `snippets` shows that each kind of violation is caught.

mod facts;
mod names;
mod rules;
mod snippets;

use std::fs;
use std::path::{Path, PathBuf};

use facts::SourceFile;

#[test]
fn src_keeps_its_layers_and_house_rules() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    read_tree(&root, &root, &mut files);

    let report = rules::check(&files);
    assert!(
        report.violations.is_empty(),
        "{} violations in src/:\n{}",
        report.violations.len(),
        report.violations.join("\n")
    );
    // A check that saw nothing proves nothing.
    assert!(files.len() >= 10, "only {} files found", files.len());
    assert!(
        report.crossings >= 3,
        "only {} paths between layers found",
        report.crossings
    );
}

/// Every `.rs` file under `dir`, in a stable order.
fn read_tree(root: &Path, dir: &Path, into: &mut Vec<SourceFile>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(dir)
        .unwrap_or_else(|e| panic!("{}: {e}", dir.display()))
        .map(|entry| entry.expect("a readable directory entry").path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            read_tree(root, &path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text =
                fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            let relative = path.strip_prefix(root).expect("a path below src/");
            let name = relative.to_string_lossy().replace('\\', "/");
            into.push(SourceFile::new(&name, &text));
        }
    }
}
