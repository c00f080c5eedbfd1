//! How an atom with a name or other settings is made.

use super::super::observers::Beginning;
use super::Atom;

/// Settings of an atom to be; made by [`Atom::builder`].
///
/// # Examples
///
/// ```
/// use heptad::Atom;
///
/// let hits = Atom::builder().name("hits").max_attempts(8).build(0_u64);
/// assert_eq!(hits.name(), Some("hits"));
/// ```
#[must_use = "`build` makes the atom"]
pub struct AtomBuilder<T: Send + Sync + 'static> {
    pub(super) settings: Settings,
    pub(super) beginning: Beginning<T>,
}

/// What an atom can be told when it is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Settings {
    pub(super) name: Option<Box<str>>,
    pub(super) max_attempts: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: None,
            max_attempts: 4,
        }
    }
}

impl<T: Send + Sync + 'static> AtomBuilder<T> {
    pub(super) fn new() -> Self {
        Self {
            settings: Settings::default(),
            beginning: Beginning::new(),
        }
    }

    /// Names the atom for messages and for [`metrics::snapshot`](crate::metrics::snapshot), which
    /// lists named atoms only.
    ///
    /// Names need not be unique.
    pub fn name(mut self, name: impl Into<Box<str>>) -> Self {
        self.settings.name = Some(name.into());
        self
    }

    /// How many attempts an update makes beside others before it takes a turn, in which nobody can
    /// get ahead of it. So its closure runs at most once more than that, if it updates no other atom
    /// itself: a turn is given up where threads could otherwise wait for each other. At least 1; the
    /// default is 4.
    ///
    /// A small number bounds the work that is wasted; a large one avoids turns, which keep other
    /// updates waiting.
    ///
    /// # Examples
    ///
    /// ```
    /// let atom = heptad::Atom::builder().max_attempts(2).build(0);
    /// # let mut overtaken = 0;
    /// atom.swap(|n| {
    ///     // However fast others are, this runs three times at most.
    /// #   overtaken += 1;
    /// #   if overtaken <= 2 {
    /// #       std::thread::scope(|t| drop(t.spawn(|| atom.swap(|n| n + 10))));
    /// #   }
    ///     n + 1
    /// });
    /// # assert_eq!((*atom.load(), overtaken), (21, 3));
    /// ```
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.settings.max_attempts = attempts.max(1);
        self
    }

    /// The atom, with `value` as version 0.
    ///
    /// # Panics
    ///
    /// If a validator refuses the value; [`try_build`](Self::try_build) returns that.
    #[track_caller]
    pub fn build(self, value: T) -> Atom<T> {
        match self.try_build(value) {
            Ok(atom) => atom,
            Err(invalid) => panic!("{invalid}; `try_build` returns this instead of panicking"),
        }
    }
}

impl<T: Send + Sync + 'static> core::fmt::Debug for AtomBuilder<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_tuple("AtomBuilder").field(&self.settings).finish()
    }
}
