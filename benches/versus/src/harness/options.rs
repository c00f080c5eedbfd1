//! The command line: filters, `--quick`, `--tsv`.

use super::{Area, Row};

const USAGE: &str = "usage: cargo bench --bench versus -- [AREA[/OP[/N]]].. [--quick] [--tsv]
  OP    a row's name; without its `:variant` it means all variants
  quick 3 rounds instead of 9, and only the rows chosen for it (all rows that
        match where a filter names an N)
  tsv   area, op, n, system, value, unit; comments start with #";

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Output {
    Table,
    Tsv,
}

/// `AREA[/OP[/N]]`
struct Filter {
    area: String,
    op: Option<String>,
    n: Option<String>,
}

impl Filter {
    fn parse(text: &str) -> Self {
        let mut parts = text.splitn(3, '/').map(str::to_owned);
        Self {
            area: parts.next().unwrap_or_default(),
            op: parts.next(),
            n: parts.next(),
        }
    }

    fn matches_op(&self, op: &str) -> bool {
        match &self.op {
            None => true,
            Some(wanted) if wanted.contains(':') => wanted == op,
            Some(wanted) => op.split(':').next() == Some(wanted),
        }
    }

    fn matches(&self, area: &str, row: &Row) -> bool {
        self.area == area
            && self.matches_op(&row.op)
            && self.n.as_ref().is_none_or(|n| *n == row.n_text())
    }

    fn check(&self, areas: &[Area]) -> Result<(), String> {
        let Some(area) = areas.iter().find(|area| area.name == self.area) else {
            let names: Vec<_> = areas.iter().map(|area| area.name).collect();
            return Err(format!(
                "no area {:?}; there are: {}",
                self.area,
                names.join(" ")
            ));
        };
        let ops = (area.ops)();
        if ops.iter().any(|op| self.matches_op(op)) {
            Ok(())
        } else {
            Err(format!(
                "no such op in {}; there are: {}",
                area.name,
                ops.join(" ")
            ))
        }
    }
}

/// What the command line asked for.
pub(crate) struct Options {
    filters: Vec<Filter>,
    quick: bool,
    pub(super) output: Output,
    /// 0: only check that the systems agree.
    pub(super) rounds: usize,
}

impl Options {
    /// Reads the arguments. Without cargo's `--bench` (as in `cargo test
    /// --benches`) nothing is timed: the smallest rows are only checked.
    pub(crate) fn parse(
        args: impl Iterator<Item = String>,
        areas: &[Area],
    ) -> Result<Self, String> {
        let mut options = Self {
            filters: Vec::new(),
            quick: false,
            output: Output::Table,
            rounds: 0,
        };
        for arg in args {
            match arg.as_str() {
                "--bench" => options.rounds = 9,
                "--quick" => options.quick = true,
                "--tsv" => options.output = Output::Tsv,
                flag if flag.starts_with('-') => return Err(USAGE.to_owned()),
                filter => {
                    let filter = Filter::parse(filter);
                    filter.check(areas)?;
                    options.filters.push(filter);
                }
            }
        }
        if options.quick {
            options.rounds = options.rounds.min(3);
        }
        Ok(options)
    }

    pub(super) fn describe(&self) -> String {
        match self.rounds {
            0 => "results checked, nothing timed (no --bench)".to_owned(),
            rounds => format!(
                "median of {rounds} rounds after a warm-up; in each, every system is sampled in turn, a timed sample takes at least {} ms (less where preparing it takes much longer)",
                super::measure::SAMPLE.as_millis()
            ),
        }
    }

    pub(super) fn wants_area(&self, area: &Area) -> bool {
        self.filters.is_empty() || self.filters.iter().any(|f| f.area == area.name)
    }

    pub(super) fn wants(&self, area: &str, row: &Row) -> bool {
        if self.rounds == 0 && row.n.is_some_and(|n| n > 1_000) {
            return false;
        }
        let allowed = |by_name: bool| by_name || row.quick || !self.quick || self.rounds == 0;
        if self.filters.is_empty() {
            return allowed(false);
        }
        self.filters
            .iter()
            .any(|filter| filter.matches(area, row) && allowed(filter.n.is_some()))
    }
}
