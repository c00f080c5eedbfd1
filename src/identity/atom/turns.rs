//! What an atom needs beside its word, made when it is first needed: a name and other settings at
//! the latest when it is built with some.

use super::builder::Settings;

/// The lazily made part of an atom.
pub(super) struct Turns {
    pub(super) settings: Settings,
}

impl Turns {
    pub(super) fn new(settings: Settings) -> Box<Self> {
        Box::new(Self { settings })
    }
}
