//! What an update returns when a validator refuses its value.

use core::error::Error;
use core::fmt;

/// A validator refused a value, so the identity was left as it was.
///
/// Nothing is lost: the value is handed back in [`refused`](Self::refused), with the reason in
/// [`cause`](Self::cause).
#[non_exhaustive]
pub struct Invalid<T> {
    /// The value that was not published.
    pub refused: T,
    /// What the validator said.
    pub cause: Box<dyn Error + Send + Sync>,
    /// Apart, so that results that can hold this are small.
    subject: Box<Subject>,
}

/// What the value was meant for.
#[derive(Debug)]
struct Subject {
    kind: &'static str,
    name: Option<Box<str>>,
    version: u64,
}

impl<T> Invalid<T> {
    /// `refused` would have followed `version` of an identity of this kind and name.
    #[cold]
    pub(super) fn new(
        (kind, name): (&'static str, Option<&str>),
        version: u64,
        refused: T,
        cause: Box<dyn Error + Send + Sync>,
    ) -> Self {
        Self {
            refused,
            cause,
            subject: Box::new(Subject {
                kind,
                name: name.map(Box::from),
                version,
            }),
        }
    }

    /// The name of the identity, if it was given one.
    pub fn name(&self) -> Option<&str> {
        self.subject.name.as_deref()
    }

    /// The version of the value that the refused one would have replaced.
    pub fn version(&self) -> u64 {
        self.subject.version
    }
}

impl<T> fmt::Debug for Invalid<T> {
    /// Leaves the value out, so that any result can be unwrapped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invalid")
            .field("subject", &self.subject)
            .field("cause", &self.cause)
            .finish_non_exhaustive()
    }
}

impl<T> fmt::Display for Invalid<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a validator of the {}", self.subject.kind)?;
        if let Some(name) = &self.subject.name {
            write!(f, " `{name}`")?;
        }
        write!(
            f,
            " refused a value that would have replaced version {}: {}; it is unchanged, take the \
             value back from `refused`",
            self.subject.version, self.cause
        )
    }
}

impl<T> Error for Invalid<T> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.cause)
    }
}
