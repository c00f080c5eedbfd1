//! Reading flights from a file: CSV with a header, plain or gzip.
//!
//! A line that is not a flight is set aside with its line, column and reason and does not stop
//! the reading; neither does a file that breaks off, whose good lines are kept. Only a file that
//! gives no flight at all is an error.
//!
//! Lines are cut in `lines.rs` rather than by a CSV library, for two reasons: a stray quote must spoil its
//! own line and not the lines after it, and the line numbers reported must be those of an editor,
//! with blank lines and with `\r\n` too. The format needs no more: no field holds a comma.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{fmt, io, str};

use crate::lines::{Lines, reason};
use crate::record::{Fault, Flight, Header};

/// So many bad lines are kept to be shown; the others are only counted.
const SHOWN: usize = 10;

/// What a file gave.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) path: PathBuf,
    /// The good lines, in the file's order.
    pub(crate) flights: Vec<Flight>,
    pub(crate) bad: BadLines,
    pub(crate) broken: Option<Broken>,
}

/// The first bad lines of a file and how many there were in all.
#[derive(Debug, Default)]
pub(crate) struct BadLines {
    pub(crate) first: Vec<BadLine>,
    pub(crate) count: usize,
}

/// A line that is not a flight. Line and column count from 1, the column in characters.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadLine {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) reason: String,
}

/// Where a file broke off, as a truncated gzip does, or one that other bytes follow.
#[derive(Debug)]
pub(crate) struct Broken {
    /// The number of the last whole line.
    pub(crate) after: usize,
    pub(crate) reason: String,
}

/// Why a file gave no flight at all.
#[derive(Debug)]
pub(crate) enum InputError {
    Unreadable {
        path: PathBuf,
        source: io::Error,
    },
    Empty {
        path: PathBuf,
    },
    /// The first line is no header that tells where each column is.
    NoHeader {
        path: PathBuf,
        fault: BadLine,
    },
    NoFlight {
        path: PathBuf,
        bad: BadLines,
        broken: Option<Broken>,
    },
}

/// Reads all flights of a file.
///
/// # Errors
///
/// When the file cannot be opened or read, is empty, has no header, or has no good line.
pub(crate) fn read(path: &Path) -> Result<Input, InputError> {
    let mut lines = Lines::open(path).map_err(|source| InputError::Unreadable {
        path: path.into(),
        source,
    })?;
    let header = read_header(&mut lines, path)?;
    let input = read_flights(&mut lines, &header, path);
    if input.flights.is_empty() {
        let Input {
            path, bad, broken, ..
        } = input;
        return Err(InputError::NoFlight { path, bad, broken });
    }
    Ok(input)
}

fn read_header(lines: &mut Lines, path: &Path) -> Result<Header, InputError> {
    let path = path.to_path_buf();
    match lines.advance() {
        Err(source) => Err(InputError::Unreadable { path, source }),
        Ok(false) => Err(InputError::Empty { path }),
        Ok(true) => {
            let title = String::from_utf8_lossy(lines.line());
            // A byte order mark is no part of the first column's name.
            let title = title.trim_start_matches('\u{feff}');
            let header = foreign(lines).map_or_else(|| Header::parse(title), Err);
            header.map_err(|fault| {
                let fault = BadLine::new(lines.number(), title.as_bytes(), fault);
                InputError::NoHeader { path, fault }
            })
        }
    }
}

/// What kind of text the file seems to be instead, if its first line is not as it should be.
fn foreign(lines: &Lines) -> Option<Fault> {
    let line = lines.line();
    let reason = if line.starts_with(b"\xff\xfe") || line.starts_with(b"\xfe\xff") {
        "the file is UTF-16, as some spreadsheets export it; save it as UTF-8"
    } else if line.trim_ascii_end().contains(&b'\r') {
        "the lines end in a carriage return without a line feed, as on old Macs; \
         convert the line ends"
    } else if lines.is_too_long() {
        return Some(too_long());
    } else {
        return None;
    };
    Some(Fault {
        offset: 0,
        reason: reason.into(),
    })
}

fn too_long() -> Fault {
    Fault {
        offset: 0,
        reason: format!("the line is longer than {} bytes", Lines::LONGEST),
    }
}

fn read_flights(lines: &mut Lines, header: &Header, path: &Path) -> Input {
    let mut input = Input {
        path: path.into(),
        flights: Vec::new(),
        bad: BadLines::default(),
        broken: None,
    };
    loop {
        match lines.advance() {
            Ok(true) if lines.line().is_empty() => {}
            Ok(true) => match parse(lines, header) {
                Ok(flight) => input.flights.push(flight),
                Err(fault) => input
                    .bad
                    .add(BadLine::new(lines.number(), lines.line(), fault)),
            },
            Ok(false) => return input,
            Err(error) => {
                input.broken = Some(Broken {
                    after: lines.number(),
                    reason: reason(&error),
                });
                return input;
            }
        }
    }
}

fn parse(lines: &Lines, header: &Header) -> Result<Flight, Fault> {
    if lines.is_too_long() {
        return Err(too_long());
    }
    let line = lines.line();
    match str::from_utf8(line) {
        Ok(line) => header.flight(line),
        Err(error) => {
            let offset = error.valid_up_to();
            Err(Fault {
                offset,
                reason: format!("byte 0x{:02x} is not UTF-8", line[offset]),
            })
        }
    }
}

impl BadLines {
    fn add(&mut self, line: BadLine) {
        self.count += 1;
        if self.first.len() < SHOWN {
            self.first.push(line);
        }
    }

    /// A line of text for each bad line kept, as `FILE:LINE:COLUMN: reason`, then the count.
    pub(crate) fn describe(&self, path: &Path) -> String {
        let path = path.display();
        let mut text = String::new();
        for BadLine {
            line,
            column,
            reason,
        } in &self.first
        {
            text += &format!("{path}:{line}:{column}: {reason}\n");
        }
        if self.count > self.first.len() {
            text += &format!(
                "{path}: and {} more bad lines\n",
                self.count - self.first.len()
            );
        }
        text
    }
}

impl Input {
    /// What was wrong with the file, in lines of text; empty if nothing was.
    pub(crate) fn problems(&self) -> String {
        let mut text = self.bad.describe(&self.path);
        if let Some(broken) = &self.broken {
            let (path, good) = (self.path.display(), self.flights.len());
            text += &format!("{path} {broken}; the {good} good lines before are kept\n");
        }
        text
    }
}

impl BadLine {
    fn new(line: usize, text: &[u8], fault: Fault) -> Self {
        // All bytes before a fault are UTF-8, so nothing is replaced here.
        let before = String::from_utf8_lossy(&text[..fault.offset]);
        Self {
            line,
            column: before.chars().count() + 1,
            reason: fault.reason,
        }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "breaks off after line {}: {}", self.after, self.reason)
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { path, source } => {
                write!(f, "cannot read {}: {}", path.display(), reason(source))
            }
            Self::Empty { path } => write!(f, "{} is empty", path.display()),
            Self::NoHeader { path, fault } => {
                let BadLine {
                    line,
                    column,
                    reason,
                } = fault;
                write!(f, "{}:{line}:{column}: {reason}", path.display())
            }
            Self::NoFlight { path, bad, broken } => {
                write!(
                    f,
                    "{}{} has no good line ({} bad)",
                    bad.describe(path),
                    path.display(),
                    bad.count
                )?;
                broken
                    .as_ref()
                    .map_or(Ok(()), |broken| write!(f, ", and {broken}"))
            }
        }
    }
}

impl Error for InputError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unreadable { source, .. } => Some(source),
            _ => None,
        }
    }
}
