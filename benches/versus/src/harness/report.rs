//! Output: a table for people, or tab-separated lines for programs.
//!
//! Rows are printed as soon as they are measured.

use super::measure::Measured;
use super::options::Output;
use super::{Area, Row};

/// Marks a system's cell whose operation is a loop over others.
const LOOP_MARK: &str = "~";
const LOOP_SUFFIX: &str = "(loop)";

pub(super) struct Report {
    output: Output,
    area: &'static str,
    columns: &'static [&'static str],
    /// How wide the first column must be for the area's longest op.
    op_width: usize,
    rows: usize,
    compared: usize,
    ahead: usize,
    checked: usize,
}

impl Report {
    pub(super) fn new(output: Output) -> Self {
        Self {
            output,
            area: "",
            columns: &[],
            op_width: 0,
            rows: 0,
            compared: 0,
            ahead: 0,
            checked: 0,
        }
    }

    pub(super) fn comment(&self, text: &str) {
        println!("# {text}");
    }

    pub(super) fn open(&mut self, area: &Area) {
        *self = Self {
            area: area.name,
            columns: area.systems,
            op_width: op_width(area),
            ..Self::new(self.output)
        };
        for line in area.about {
            self.comment(line);
        }
        if self.output == Output::Table {
            self.comment("ratio: heptad to the best peer; * heptad is ahead; ~ the peer has no such operation, a loop stands in");
        }
    }

    /// The table's head, before its first row.
    fn head(&self) {
        let width = self.op_width;
        print!("\n{:<width$}{:>8} {:<5}", self.area, "n", "unit");
        for (i, system) in self.columns.iter().enumerate() {
            print!("{system:>0$} ", column_width(system));
            if i == 0 {
                print!("{:>7}  ", "ratio");
            }
        }
        println!();
    }

    pub(super) fn row(&mut self, row: &Row, values: &[Measured]) {
        match self.output {
            Output::Tsv => self.tsv_row(row, values),
            Output::Table => self.table_row(row, values),
        }
        self.rows += 1;
    }

    /// Counts a row that was compared between the systems but not timed.
    pub(super) fn checked(&mut self) {
        self.checked += 1;
    }

    /// Ends the area's output; returns how many rows it had.
    pub(super) fn close(&self) -> usize {
        if self.checked > 0 {
            println!("{}: the systems agree in {} rows", self.area, self.checked);
        } else if self.rows > 0 && self.output == Output::Table {
            println!(
                "\n{}: heptad is ahead of the best peer in {} of {} rows",
                self.area, self.ahead, self.compared
            );
        }
        self.rows + self.checked
    }

    fn tsv_row(&self, row: &Row, values: &[Measured]) {
        for measured in values {
            println!(
                "{}\t{}\t{}\t{}\t{}\t{}",
                self.area,
                row.op,
                row.n_text(),
                measured.system,
                figure(measured.value),
                row.unit
            );
        }
    }

    fn table_row(&mut self, row: &Row, values: &[Measured]) {
        if self.rows == 0 {
            self.head();
        }
        let width = self.op_width;
        print!("{:<width$}{:>8} {:<5}", row.op, row.n_text(), row.unit);
        for (i, column) in self.columns.iter().enumerate() {
            print!("{:>1$}", cell(column, values), column_width(column) + 1);
            if i == 0 {
                let ratio = ratio_to_best_peer(column, row.unit, values);
                print!("{:>9} ", self.ratio_cell(row.unit, ratio));
            }
        }
        for extra in values.iter().filter(|v| !self.columns.contains(&base(v))) {
            print!("  {} {}", extra.system, figure(extra.value));
        }
        println!();
    }

    fn ratio_cell(&mut self, unit: &str, ratio: Option<f64>) -> String {
        let Some(ratio) = ratio else {
            return String::new();
        };
        let ahead = if more_is_better(unit) {
            ratio > 1.0
        } else {
            ratio < 1.0
        };
        self.compared += 1;
        self.ahead += usize::from(ahead);
        format!("{} {}", short_ratio(ratio), if ahead { '*' } else { ' ' })
    }
}

fn op_width(area: &Area) -> usize {
    let longest = (area.ops)().iter().map(String::len).max();
    longest.unwrap_or(0).max(26) + 1
}

fn column_width(system: &str) -> usize {
    system.len().max(10)
}

/// The column a value belongs to; heptad's own loop is no system of the table.
fn base(measured: &Measured) -> &str {
    match measured.system.strip_suffix(LOOP_SUFFIX) {
        Some(name) if measured.peer => name,
        _ => &measured.system,
    }
}

fn cell(column: &str, values: &[Measured]) -> String {
    let Some(measured) = values.iter().find(|v| base(v) == column) else {
        return "- ".to_owned();
    };
    let mark = if base(measured) == measured.system {
        " "
    } else {
        LOOP_MARK
    };
    figure(measured.value) + mark
}

fn ratio_to_best_peer(own: &str, unit: &str, values: &[Measured]) -> Option<f64> {
    let own = values.iter().find(|v| v.system == own)?.value;
    let peers = values.iter().filter(|v| v.peer).map(|v| v.value);
    let best = if more_is_better(unit) {
        peers.reduce(f64::max)
    } else {
        peers.reduce(f64::min)
    };
    // Of a rate that may be nothing at all there may be no ratio to tell.
    best.map(|best| own / best).filter(|ratio| !ratio.is_nan())
}

fn more_is_better(unit: &str) -> bool {
    unit.ends_with("/s")
}

fn short_ratio(ratio: f64) -> String {
    if ratio < 0.01 {
        "<0.01".to_owned()
    } else if ratio > 99_999.0 {
        "all".to_owned() // the peers came to nothing
    } else {
        format!("{ratio:.*}", if ratio < 1000.0 { 2 } else { 0 })
    }
}

/// Four significant digits, without an exponent.
fn figure(value: f64) -> String {
    let digits = match value.abs() {
        v if v >= 1000.0 => 0,
        v if v >= 100.0 => 1,
        v if v >= 10.0 => 2,
        _ => 3,
    };
    format!("{value:.digits$}")
}
