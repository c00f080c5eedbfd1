//! A file's lines by number, plain or gzip, none of which takes more than 64 KiB of memory.
//!
//! The file may be anything: a device, somebody's disk image, a CSV whose quotes were lost. So a
//! line that is too long is passed over, not collected, and what stops the reading is named.

use std::error::Error;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use flate2::bufread::GzDecoder;

/// What each member of a gzip file begins with.
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The lines of a file, one at a time.
pub(crate) struct Lines {
    reader: Box<dyn BufRead>,
    number: usize,
    /// The present line without its line feed, or what of it was kept.
    bytes: Vec<u8>,
    too_long: bool,
    /// What stops the reading after the present line.
    stop: Option<io::Error>,
}

impl Lines {
    /// So many bytes a line may have.
    pub(crate) const LONGEST: usize = 1 << 16;

    /// Opens a file, through the gzip decoder if its first two bytes say so, whatever its name.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened or read.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut file = BufReader::new(File::open(path)?);
        Ok(if file.fill_buf()?.starts_with(&MAGIC) {
            Self::of(BufReader::new(Members::of(file)))
        } else {
            Self::of(file)
        })
    }

    fn of(reader: impl BufRead + 'static) -> Self {
        Self {
            reader: Box::new(reader),
            number: 0,
            bytes: Vec::new(),
            too_long: false,
            stop: None,
        }
    }

    /// Moves to the next line; `false` at the end of the file.
    ///
    /// # Errors
    ///
    /// When the file cannot be read further. What was read of a line is then dropped and not
    /// counted, since nobody knows how it went on.
    pub(crate) fn advance(&mut self) -> io::Result<bool> {
        self.bytes.clear();
        self.too_long = false;
        if let Some(error) = self.stop.take() {
            return Err(error);
        }
        match self.take_line() {
            Ok(false) => return Ok(false),
            // The gzip data was complete, and so is the line that it ended with.
            Err(error) if is_trailing(&error) && !self.bytes.is_empty() => self.stop = Some(error),
            line => _ = line?,
        }
        self.number += 1;
        Ok(true)
    }

    /// Reads up to the next line feed; `false` if nothing is left.
    fn take_line(&mut self) -> io::Result<bool> {
        let mut begun = false;
        loop {
            let available = match self.reader.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                available => available?,
            };
            if available.is_empty() {
                return Ok(begun);
            }
            begun = true;
            let end = available.iter().position(|&byte| byte == b'\n');
            let part = &available[..end.unwrap_or(available.len())];
            let room = Self::LONGEST - self.bytes.len();
            self.too_long |= part.len() > room;
            self.bytes.extend(&part[..part.len().min(room)]);
            let used = part.len() + usize::from(end.is_some());
            self.reader.consume(used);
            if end.is_some() {
                return Ok(true);
            }
        }
    }

    /// The number of the present line, from 1.
    pub(crate) fn number(&self) -> usize {
        self.number
    }

    /// The present line without its end; the beginning of one that is too long.
    pub(crate) fn line(&self) -> &[u8] {
        self.bytes.strip_suffix(b"\r").unwrap_or(&self.bytes)
    }

    pub(crate) fn is_too_long(&self) -> bool {
        self.too_long
    }
}

/// What stopped the reading, in words: for a truncated gzip the decoder only says "end of file".
pub(crate) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "the gzip data is truncated".into(),
        _ => error.to_string(),
    }
}

/// The members of a gzip file, one after the other. flate2's own decoder for several takes
/// whatever follows a member for another, and a few stray bytes for a truncated one.
struct Members {
    /// `None` at the end.
    member: Option<GzDecoder<BufReader<File>>>,
}

impl Members {
    fn of(file: BufReader<File>) -> Self {
        Self {
            member: Some(GzDecoder::new(file)),
        }
    }
}

impl Read for Members {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let count = member.read(into)?;
            if count > 0 || into.is_empty() {
                return Ok(count);
            }
            let Some(mut file) = self.member.take().map(GzDecoder::into_inner) else {
                break;
            };
            match file.fill_buf()?.first() {
                None => break,
                Some(&first) if first == MAGIC[0] => self.member = Some(GzDecoder::new(file)),
                Some(_) => return Err(io::Error::new(io::ErrorKind::InvalidData, Trailing)),
            }
        }
        Ok(0)
    }
}

/// Something follows the last member of a gzip file.
#[derive(Debug)]
struct Trailing;

impl fmt::Display for Trailing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the gzip data is complete, but bytes that are not gzip follow it")
    }
}

impl Error for Trailing {}

fn is_trailing(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<Trailing>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_too_long_is_not_held_in_memory() {
        let long = io::repeat(b'x').take(100 * Lines::LONGEST as u64);
        let text = b"first\n".chain(long).chain(&b"\nlast"[..]);
        let mut lines = Lines::of(BufReader::new(text));
        let mut seen = Vec::new();
        while lines.advance().expect("memory can be read") {
            seen.push((lines.number(), lines.line().len(), lines.is_too_long()));
            assert!(lines.bytes.capacity() <= 2 * Lines::LONGEST);
        }
        assert_eq!(
            seen,
            [(1, 5, false), (2, Lines::LONGEST, true), (3, 4, false)]
        );
    }
}
