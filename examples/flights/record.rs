//! One flight, and how it is read from one line of text.
//!
//! A flight is small and `Copy`: its codes are a few bytes each, so the writers move it about
//! without allocating. The header says which column is where; the columns named in [`NAMES`] are
//! needed, in any order, and other columns are ignored. `NA` and an empty field both mean
//! "not recorded".

use std::fmt;

/// A short code of capitals and digits, padded with zero bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Code<const N: usize>([u8; N]);

/// An airline, as `UA`.
pub(crate) type Carrier = Code<2>;
/// An airport, as `JFK`.
pub(crate) type Airport = Code<3>;
/// One aircraft by its registration, as `N14228`.
pub(crate) type Tail = Code<6>;

impl<const N: usize> Code<N> {
    /// The code that `text` spells, if it is one to `N` capitals and digits.
    pub(crate) fn new(text: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        if text.is_empty() || text.len() > N || !text.bytes().all(plain) {
            return None;
        }
        let mut bytes = [0; N];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        Some(Self(bytes))
    }
}

impl<const N: usize> fmt::Display for Code<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = self.0.iter().position(|&byte| byte == 0).unwrap_or(N);
        // ASCII by construction, so this never falls back.
        f.pad(std::str::from_utf8(&self.0[..length]).unwrap_or("?"))
    }
}

impl<const N: usize> fmt::Debug for Code<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// When a flight was due to leave: ordered as time is, `time` is hhmm on New York's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Scheduled {
    pub(crate) year: u16,
    pub(crate) month: u8,
    pub(crate) day: u8,
    pub(crate) time: u16,
}

/// What became of a flight; delays are minutes, negative when early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It never left.
    Cancelled,
    /// It left, and no arrival at its destination is recorded: it was diverted.
    Diverted { dep_delay: i64 },
    /// It left and arrived.
    Landed { dep_delay: i64, arr_delay: i64 },
}

/// One scheduled flight out of New York.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flight {
    pub(crate) scheduled: Scheduled,
    pub(crate) carrier: Carrier,
    /// Not recorded for some cancelled flights: no aircraft was assigned yet.
    pub(crate) tail: Option<Tail>,
    pub(crate) origin: Airport,
    pub(crate) dest: Airport,
    pub(crate) outcome: Outcome,
}

/// What is wrong with a line, and at which byte of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) offset: usize,
    pub(crate) reason: String,
}

/// The columns a flight is read from.
#[derive(Clone, Copy)]
enum Column {
    Year,
    Month,
    Day,
    Time,
    Carrier,
    Tail,
    Origin,
    Dest,
    DepDelay,
    ArrDelay,
}

/// The columns' names in the header, in the order of [`Column`].
const NAMES: [&str; 10] = [
    "year",
    "month",
    "day",
    "sched_dep_time",
    "carrier",
    "tailnum",
    "origin",
    "dest",
    "dep_delay",
    "arr_delay",
];

/// From a day early to ten days late; what lies outside is a typing error, not a delay.
const DELAYS: std::ops::RangeInclusive<i64> = -1_440..=14_400;

/// Where each needed column is.
#[derive(Debug)]
pub(crate) struct Header {
    positions: [usize; NAMES.len()],
    width: usize,
}

impl Header {
    /// Reads the header line. Of the columns that are ignored, several may have the same name.
    pub(crate) fn parse(line: &str) -> Result<Self, Fault> {
        let titles: Vec<&str> = line.split(',').map(str::trim).collect();
        let position = |name: &str| titles.iter().position(|title| *title == name);
        if NAMES.into_iter().any(|name| position(name).is_none()) {
            return Err(Self::lacking(line, &titles));
        }
        // None is missing here, so the default is never used.
        let positions = NAMES.map(|name| position(name).unwrap_or_default());
        let again = |at: &usize| NAMES.contains(&titles[*at]) && !positions.contains(at);
        if let Some(second) = (0..titles.len()).find(again) {
            return Err(Fault {
                offset: line.split(',').take(second).map(|t| t.len() + 1).sum(),
                reason: format!("the header has {} twice", titles[second]),
            });
        }
        Ok(Self {
            positions,
            width: titles.len(),
        })
    }

    /// Names the columns that a header lacks, or the likely reason why.
    fn lacking(line: &str, titles: &[&str]) -> Fault {
        let lacks = |name: &&str| !titles.contains(name);
        let is_quoted = |name: &str| titles.contains(&format!("\"{name}\"").as_str());
        if let Some(offset) = line.find('"').filter(|_| NAMES.into_iter().any(is_quoted)) {
            return Fault {
                offset,
                reason: "the header is in quotes, as R's write.csv makes it; \
                         write the file without (quote = FALSE, row.names = FALSE)"
                    .into(),
            };
        }
        let missing: Vec<&str> = NAMES.into_iter().filter(lacks).collect();
        Fault {
            offset: 0,
            reason: format!(
                "the header lacks {}; expected at least the columns {}",
                missing.join(", "),
                NAMES.join(",")
            ),
        }
    }

    /// Reads one line below the header.
    pub(crate) fn flight(&self, line: &str) -> Result<Flight, Fault> {
        let row = self.row(line)?;
        let origin = row.airport(Column::Origin)?;
        Ok(Flight {
            scheduled: row.scheduled()?,
            carrier: row.carrier()?,
            tail: row.tail()?,
            origin,
            dest: row.dest(origin)?,
            outcome: row.outcome()?,
        })
    }

    fn row<'a>(&'a self, line: &'a str) -> Result<Row<'a>, Fault> {
        let fields: Vec<&str> = line.split(',').collect();
        let row = Row {
            header: self,
            fields,
        };
        let found = row.fields.len();
        if found == self.width {
            return Ok(row);
        }
        // Point at the first field too many, or at the line's end where one is missing.
        let offset = if found > self.width {
            row.offset(self.width)
        } else {
            line.len()
        };
        let reason = format!("{found} fields, but the header has {}", self.width);
        Err(Fault { offset, reason })
    }
}

/// One line, cut into as many fields as the header has.
struct Row<'a> {
    header: &'a Header,
    fields: Vec<&'a str>,
}

impl Row<'_> {
    fn text(&self, column: Column) -> &str {
        self.fields[self.header.positions[column as usize]]
    }

    /// The byte at which a field starts: after the fields before it and their commas.
    fn offset(&self, field: usize) -> usize {
        self.fields[..field].iter().map(|text| text.len() + 1).sum()
    }

    fn fault(&self, column: Column, problem: &str) -> Fault {
        Fault {
            offset: self.offset(self.header.positions[column as usize]),
            reason: format!(
                "{} {:?} {problem}",
                NAMES[column as usize],
                self.text(column)
            ),
        }
    }

    fn is_recorded(&self, column: Column) -> bool {
        !matches!(self.text(column), "" | "NA")
    }

    fn number(&self, column: Column, within: std::ops::RangeInclusive<i64>) -> Result<i64, Fault> {
        let number = self.text(column).parse().ok();
        number
            .filter(|number| within.contains(number))
            .ok_or_else(|| {
                let (least, most) = within.into_inner();
                self.fault(
                    column,
                    &format!("is not a whole number from {least} to {most}"),
                )
            })
    }

    fn scheduled(&self) -> Result<Scheduled, Fault> {
        // The ranges are inside the narrower types, so no cast below loses anything.
        let year = self.number(Column::Year, 1..=9999)? as u16;
        let month = self.number(Column::Month, 1..=12)? as u8;
        let day = self.number(Column::Day, 1..=31)? as u8;
        if day > days_in(year, month) {
            return Err(self.fault(Column::Day, &format!("is no day of {year}-{month:02}")));
        }
        let time = self.number(Column::Time, 0..=2400)? as u16;
        if time % 100 >= 60 {
            return Err(self.fault(Column::Time, "is no time of day (hhmm)"));
        }
        Ok(Scheduled {
            year,
            month,
            day,
            time,
        })
    }

    fn carrier(&self) -> Result<Carrier, Fault> {
        let code =
            Code::new(self.text(Column::Carrier)).filter(|_| self.text(Column::Carrier).len() == 2);
        code.ok_or_else(|| {
            self.fault(
                Column::Carrier,
                "is no carrier code (two capitals or digits)",
            )
        })
    }

    fn tail(&self) -> Result<Option<Tail>, Fault> {
        if !self.is_recorded(Column::Tail) {
            return Ok(None);
        }
        let code = Code::new(self.text(Column::Tail));
        code.map(Some).ok_or_else(|| {
            self.fault(
                Column::Tail,
                "is no tail number (up to six capitals and digits)",
            )
        })
    }

    fn airport(&self, column: Column) -> Result<Airport, Fault> {
        let code = Code::new(self.text(column)).filter(|_| self.text(column).len() == 3);
        code.ok_or_else(|| self.fault(column, "is no airport code (three capitals or digits)"))
    }

    fn dest(&self, origin: Airport) -> Result<Airport, Fault> {
        let dest = self.airport(Column::Dest)?;
        if dest == origin {
            return Err(self.fault(Column::Dest, "is where the flight starts"));
        }
        Ok(dest)
    }

    fn outcome(&self) -> Result<Outcome, Fault> {
        let left = self.is_recorded(Column::DepDelay);
        let arrived = self.is_recorded(Column::ArrDelay);
        if !left && arrived {
            return Err(self.fault(
                Column::ArrDelay,
                "of a flight that never left (dep_delay is not recorded)",
            ));
        }
        if !left {
            return Ok(Outcome::Cancelled);
        }
        let dep_delay = self.number(Column::DepDelay, DELAYS)?;
        if !arrived {
            return Ok(Outcome::Diverted { dep_delay });
        }
        let arr_delay = self.number(Column::ArrDelay, DELAYS)?;
        Ok(Outcome::Landed {
            dep_delay,
            arr_delay,
        })
    }
}

fn days_in(year: u16, month: u8) -> u8 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
