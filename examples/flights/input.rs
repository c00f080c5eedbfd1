//! Reading flights from a file: CSV with a header, plain or gzip.
//!
//! A line that is not a flight is set aside with its line, column and reason and does not stop
//! the reading; neither does a file that breaks off, whose good lines are kept. Only a file that
//! gives no flight at all is an error.
//!
//! Lines are cut here rather than by a CSV library, for two reasons: a stray quote must spoil its
//! own line and not the lines after it, and the line numbers reported must be those of an editor,
//! with blank lines and with `\r\n` too. The format needs no more: no field holds a comma.

use std::error::Error;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::{fmt, str};

use flate2::bufread::MultiGzDecoder;

use crate::record::{Fault, Flight, Header, NAMES};

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

/// Where a file broke off, as a truncated gzip does.
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
    NoHeader {
        path: PathBuf,
        missing: Vec<&'static str>,
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
    let reader = open(path).map_err(|source| InputError::Unreadable {
        path: path.into(),
        source,
    })?;
    let mut lines = Lines {
        reader,
        number: 0,
        bytes: Vec::new(),
    };
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

/// Opens a file, through the gzip decoder if its first two bytes say so, whatever its name.
fn open(path: &Path) -> io::Result<Box<dyn BufRead>> {
    let mut file = BufReader::new(File::open(path)?);
    if file.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
        Ok(Box::new(BufReader::new(MultiGzDecoder::new(file))))
    } else {
        Ok(Box::new(file))
    }
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
            Header::parse(title).map_err(|missing| InputError::NoHeader { path, missing })
        }
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
            Ok(true) => match parse(lines.line(), header) {
                Ok(flight) => input.flights.push(flight),
                Err(fault) => input
                    .bad
                    .add(BadLine::new(lines.number, lines.line(), fault)),
            },
            Ok(false) => return input,
            Err(error) => {
                input.broken = Some(Broken {
                    after: lines.number,
                    reason: reason(&error),
                });
                return input;
            }
        }
    }
}

fn parse(line: &[u8], header: &Header) -> Result<Flight, Fault> {
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

/// What stopped the reading, in words: for a truncated gzip the decoder only says "end of file".
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "the gzip data is truncated".into(),
        _ => error.to_string(),
    }
}

/// The lines of a file, one at a time, by number.
struct Lines {
    reader: Box<dyn BufRead>,
    number: usize,
    bytes: Vec<u8>,
}

impl Lines {
    /// Moves to the next line; `false` at the end of the file. On an error what was read of a
    /// line is dropped and not counted, since nobody knows how it went on.
    fn advance(&mut self) -> io::Result<bool> {
        self.bytes.clear();
        if self.reader.read_until(b'\n', &mut self.bytes)? == 0 {
            return Ok(false);
        }
        self.number += 1;
        Ok(true)
    }

    /// The present line without its end.
    fn line(&self) -> &[u8] {
        let line = self.bytes.strip_suffix(b"\n").unwrap_or(&self.bytes);
        line.strip_suffix(b"\r").unwrap_or(line)
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
            Self::NoHeader { path, missing } => write!(
                f,
                "{}:1:1: the header lacks {}; expected at least the columns {}",
                path.display(),
                missing.join(", "),
                NAMES.join(",")
            ),
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
