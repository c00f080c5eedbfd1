//! Every test that the page on consistency names exists: a guarantee must not outlive its test.

use std::fs;
use std::path::Path;

const PAGE: &str = include_str!("../src/docs/consistency.rs");

/// The last column of each row of the page's tables, as the names between backticks.
fn named_tests() -> Vec<(usize, &'static str)> {
    let rows = PAGE.lines().enumerate().filter_map(|(number, line)| {
        let row = line.strip_prefix("//! |")?.strip_suffix('|')?;
        Some((number + 1, row.rsplit_once('|')?.1))
    });
    rows.flat_map(|(line, cell)| {
        cell.split('`')
            .skip(1)
            .step_by(2)
            .map(move |name| (line, name))
    })
    .collect()
}

/// The text of a test file, or of all files of a test folder.
fn text_of(file: &str) -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["tests", "benches/versus/tests"].map(|folder| root.join(folder));
    let single = folders
        .iter()
        .map(|folder| folder.join(format!("{file}.rs")));
    if let Some(text) = single
        .filter_map(|path| fs::read_to_string(path).ok())
        .next()
    {
        return Some(text);
    }
    let parts = fs::read_dir(folders[0].join(file)).ok()?;
    let texts = parts.map(|part| fs::read_to_string(part.ok()?.path()).ok());
    texts.collect()
}

#[test]
fn the_tests_that_the_page_names_exist() {
    let named = named_tests();
    assert!(named.len() > 80, "the page names {} tests", named.len());
    for (line, name) in named {
        let (file, function) = name.split_once("::").unwrap_or((name, ""));
        let text = text_of(file);
        let text = text.unwrap_or_else(|| panic!("line {line}: there is no test file {file}"));
        assert!(
            ["#[test]", "proptest!", "#[path"]
                .iter()
                .any(|mark| text.contains(mark)),
            "line {line}: {file} has no test"
        );
        let declared = format!("fn {function}");
        assert!(
            function.is_empty() || text.contains(&declared),
            "line {line}: {file} has no test {function}"
        );
    }
}
