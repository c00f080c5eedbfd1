//! What one gets who asks for a version that is not kept.

use core::error::Error;
use core::fmt;
use std::collections::VecDeque;

use super::{AsOf, Version};

/// The version asked for is not in the history.
///
/// # Examples
///
/// ```
/// let atom = heptad::Atom::builder().keep_versions(1).build('a');
/// for letter in ['b', 'c', 'd'] {
///     atom.reset(letter);
/// }
/// let error = atom.as_of(0_u64).unwrap_err();
/// assert_eq!((error.oldest, error.newest), (2, 3));
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct NotKept {
    /// What was asked for.
    pub asked: AsOf,
    /// The oldest version that is kept.
    pub oldest: u64,
    /// The newest version; those up to the oldest are all kept.
    pub newest: u64,
    has_times: bool,
}

impl NotKept {
    /// `versions` is not empty.
    #[cold]
    pub(super) fn new<T>(asked: AsOf, versions: &VecDeque<Version<T>>) -> Self {
        let number = |version: Option<&Version<T>>| version.map_or(0, Version::version);
        Self {
            asked,
            oldest: number(versions.front()),
            newest: number(versions.back()),
            has_times: versions.iter().any(|version| version.time.is_some()),
        }
    }
}

impl fmt::Display for NotKept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (oldest, newest) = (self.oldest, self.newest);
        match self.asked {
            AsOf::Version(asked) if asked > newest => {
                write!(f, "there is no version {asked} yet, the newest is {newest}")
            }
            AsOf::Version(asked) => write!(
                f,
                "version {asked} is not kept, versions {oldest} to {newest} are; the identity's \
                 `keep_versions` and `keep_for` say how many"
            ),
            AsOf::Instant(_) if self.has_times => write!(
                f,
                "no version of that moment is kept, the oldest that is, {oldest}, came later; the \
                 identity's `keep_for` says for how long"
            ),
            AsOf::Instant(_) => f.write_str(
                "no times are kept, so no version is known by its moment; set `keep_for` for the \
                 identity",
            ),
        }
    }
}

impl Error for NotKept {}
