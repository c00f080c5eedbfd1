//! What every area shares: options and filters, rounds and medians, output.
//!
//! An area builds, row by row, one [`Entry`] per system and hands them to
//! [`Session::row`], which checks that the systems agree, samples them in
//! turn, and prints.

mod crew;
mod machine;
mod measure;
mod options;
mod processors;
mod report;

pub(crate) use crew::{Job, Placement, SHIFT, Shift, Work, assert_shared, together};
pub(crate) use measure::{Entry, Gauge};
pub(crate) use options::Options;
use report::Report;

/// A group of rows with its own table.
pub(crate) struct Area {
    pub(crate) name: &'static str,
    /// What a reader must know to understand the rows, one line each.
    pub(crate) about: &'static [&'static str],
    /// The columns of the table, heptad first.
    pub(crate) systems: &'static [&'static str],
    /// The op names that a filter may name.
    pub(crate) ops: fn() -> Vec<String>,
    /// Measures the rows that [`Session::wants`].
    pub(crate) run: fn(&mut Session),
}

/// One line of results before it is measured.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) op: String,
    pub(crate) n: Option<usize>,
    /// `ns`, `us`, `ms` of one operation, `B`, or a rate such as `M/s`.
    pub(crate) unit: &'static str,
    /// Belongs to `--quick`.
    pub(crate) quick: bool,
}

impl Row {
    pub(crate) fn n_text(&self) -> String {
        self.n.map_or_else(|| "-".to_owned(), |n| n.to_string())
    }
}

/// One run of the bench.
pub(crate) struct Session {
    options: Options,
    area: &'static str,
    report: Report,
}

impl Session {
    pub(crate) fn new(options: Options) -> Self {
        let report = Report::new(options.output);
        Self {
            options,
            area: "",
            report,
        }
    }

    /// Measures what the options ask for.
    ///
    /// # Errors
    /// When no row matches.
    pub(crate) fn run(&mut self, areas: &'static [Area]) -> Result<(), String> {
        let mut rows = 0;
        self.report.comment(&machine::describe());
        self.report.comment(&self.options.describe());
        if let Some(warning) = machine::busy() {
            self.report.comment(&warning);
        }
        for area in areas {
            if !self.options.wants_area(area) {
                continue;
            }
            self.area = area.name;
            self.report.open(area);
            (area.run)(self);
            rows += self.report.close();
        }
        if rows == 0 {
            return Err("no row matches the filters and --quick".to_owned());
        }
        Ok(())
    }

    /// Whether the command line asks for this row.
    pub(crate) fn wants(&self, row: &Row) -> bool {
        self.options.wants(self.area, row)
    }

    /// Checks, measures and prints one row.
    ///
    /// # Panics
    /// When two systems computed different results: then no figure is worth
    /// printing.
    pub(crate) fn row(&mut self, row: &Row, mut entries: Vec<Entry<'_>>) {
        measure::check_agreement(self.area, row, &entries);
        match self.options.rounds {
            0 => self.report.checked(),
            rounds => {
                let values = measure::medians(&mut entries, row.unit, rounds);
                self.report.row(row, &values);
            }
        }
    }
}
