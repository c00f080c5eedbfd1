//! An atom for one small value, kept in place.

#![allow(
    unsafe_code,
    reason = "looks at small values as bits, also in constants; see the contract of Small"
)]

use core::fmt;
use core::marker::PhantomData;
use core::mem::transmute_copy;
use core::num;

use crate::runtime::backoff::Backoff;
use crate::runtime::sync::{AtomicU64, Ordering};

/// A number, flag or character that any thread reads and updates, without an allocation.
///
/// It has the verbs of [`Atom`](crate::Atom) and little else: no handles, versions, validators,
/// watches, names or metrics. Values are compared by their bits. All operations on one cell have
/// one order, and what a thread wrote before an update is visible to whoever reads its result.
///
/// | call | cost |
/// |---|---|
/// | [`load`](Self::load) | one load |
/// | [`reset`](Self::reset), [`reset_vals`](Self::reset_vals) | one store, one exchange |
/// | [`swap`](Self::swap), [`swap_vals`](Self::swap_vals), [`try_swap`](Self::try_swap) | a load, the closure, one compare-and-set; again after a lost race |
/// | [`compare_and_set`](Self::compare_and_set) | one compare-and-set |
///
/// **No bound is promised**: an update tries until it wins, and nobody waits for it. One of several
/// always wins at once, so with closures of a few instructions losing often is unlikely. Use an
/// [`Atom`](crate::Atom) where closures are slow.
///
/// # Examples
///
/// ```
/// use heptad::AtomCell;
///
/// static HITS: AtomCell<u64> = AtomCell::new(0);
///
/// std::thread::scope(|threads| {
///     for _ in 0..4 {
///         threads.spawn(|| (0..1000).map(|_| HITS.swap(|n| n + 1)).max());
///     }
/// });
/// assert_eq!(HITS.load(), 4000);
/// ```
///
/// Compared by bits, and not by `==`:
///
/// ```
/// use heptad::AtomCell;
///
/// let cell = AtomCell::new(0.0);
/// assert_eq!(cell.compare_and_set(-0.0, 1.0), Err(0.0));
/// let cell = AtomCell::new(f64::NAN);
/// assert!(cell.compare_and_set(f64::NAN, 1.0).is_ok());
/// ```
pub struct AtomCell<T: Small> {
    /// Invariant: what `to_bits` made of a value of `T`.
    bits: AtomicU64,
    /// A cell hands out copies and holds none.
    _value: PhantomData<T>,
}

mod sealed {
    /// What fits into a cell: integers, floats, `bool`, `char`, and integers that are not zero, with
    /// `Option` or without. Others cannot implement it.
    ///
    /// # Safety
    ///
    /// The size is 1, 2, 4 or 8, and each byte is part of the value: there is no padding.
    pub unsafe trait Small: Copy + Send + Sync + 'static {}
}

use sealed::Small;

macro_rules! small {
    ($($type:ty),+ $(,)?) => {$(
        // SAFETY: a primitive type, or one with the documented layout of a primitive integer:
        // powers of two up to 8 bytes, without padding.
        unsafe impl Small for $type {}
    )+};
}

small!(bool, char, f32, f64);
small!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize);
small!(
    num::NonZeroI8,
    num::NonZeroI16,
    num::NonZeroI32,
    num::NonZeroI64,
    num::NonZeroIsize,
    num::NonZeroU8,
    num::NonZeroU16,
    num::NonZeroU32,
    num::NonZeroU64,
    num::NonZeroUsize,
);
small!(
    Option<num::NonZeroI8>,
    Option<num::NonZeroI16>,
    Option<num::NonZeroI32>,
    Option<num::NonZeroI64>,
    Option<num::NonZeroIsize>,
    Option<num::NonZeroU8>,
    Option<num::NonZeroU16>,
    Option<num::NonZeroU32>,
    Option<num::NonZeroU64>,
    Option<num::NonZeroUsize>,
);

const fn to_bits<T: Small>(value: T) -> u64 {
    // SAFETY: by the contract of `Small` each branch reads as many bytes as there are, and all of
    // them are initialized.
    unsafe {
        match size_of::<T>() {
            1 => transmute_copy::<T, u8>(&value) as u64,
            2 => transmute_copy::<T, u16>(&value) as u64,
            4 => transmute_copy::<T, u32>(&value) as u64,
            _ => transmute_copy::<T, u64>(&value),
        }
    }
}

/// # Safety
///
/// The bits are what `to_bits` made of a value of the same type.
#[inline]
unsafe fn from_bits<T: Small>(bits: u64) -> T {
    // SAFETY: the narrowed number has the bytes of the value that the bits were made of.
    unsafe {
        match size_of::<T>() {
            1 => transmute_copy::<u8, T>(&(bits as u8)),
            2 => transmute_copy::<u16, T>(&(bits as u16)),
            4 => transmute_copy::<u32, T>(&(bits as u32)),
            _ => transmute_copy::<u64, T>(&bits),
        }
    }
}

impl<T: Small> AtomCell<T> {
    /// A cell that holds `value`.
    #[doc(alias("newIORef", "atom"))]
    pub const fn new(value: T) -> Self {
        Self {
            bits: AtomicU64::new(to_bits(value)),
            _value: PhantomData,
        }
    }

    /// The current value.
    #[doc(alias("deref", "get", "readIORef"))]
    #[inline]
    pub fn load(&self) -> T {
        // Acquire: pairs with the Release of every update.
        self.value(self.bits.load(Ordering::Acquire))
    }

    /// Updates the value to what `f` makes of it, and returns the new one.
    ///
    /// **`f` may run more than once.** It must not update the same cell: then it would run again
    /// for ever.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = heptad::AtomCell::new(20);
    /// assert_eq!(cell.swap(|n| n + 1), 21);
    /// ```
    #[doc(alias("update", "fetch_update", "swap!", "modifyIORef"))]
    #[inline]
    pub fn swap(&self, f: impl FnMut(T) -> T) -> T {
        self.swap_vals(f).1
    }

    /// As [`swap`](Self::swap), and returns both the value replaced and the new one.
    ///
    /// **`f` may run more than once.**
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = heptad::AtomCell::new(false);
    /// let (was_set, _) = cell.swap_vals(|_| true);
    /// assert!(!was_set);
    /// ```
    #[doc(alias("swap-vals!", "fetch_update"))]
    #[inline]
    pub fn swap_vals(&self, mut f: impl FnMut(T) -> T) -> (T, T) {
        let updated = self.update(|value| Ok::<T, core::convert::Infallible>(f(value)));
        match updated {
            Ok(both) => both,
            Err(never) => match never {},
        }
    }

    /// As [`swap`](Self::swap), with a closure that may refuse.
    ///
    /// **`f` may run more than once.**
    ///
    /// # Errors
    ///
    /// What `f` returned as an error. The cell is unchanged.
    ///
    /// # Examples
    ///
    /// ```
    /// let seats = heptad::AtomCell::new(1_u8);
    /// let book = || seats.try_swap(|free| free.checked_sub(1).ok_or("sold out"));
    /// assert_eq!((book(), book()), (Ok(0), Err("sold out")));
    /// ```
    #[doc(alias("fetch_update", "try_update"))]
    #[inline]
    pub fn try_swap<E>(&self, f: impl FnMut(T) -> Result<T, E>) -> Result<T, E> {
        Ok(self.update(f)?.1)
    }

    /// Sets the value whatever it was, and returns it.
    #[doc(alias("set", "store", "reset!", "writeIORef"))]
    #[inline]
    pub fn reset(&self, value: T) -> T {
        // Release: pairs with the Acquire of `load` and of updates.
        self.bits.store(to_bits(value), Ordering::Release);
        value
    }

    /// As [`reset`](Self::reset), and returns both the value replaced and the new one.
    #[doc(alias("reset-vals!", "replace", "take"))]
    #[inline]
    pub fn reset_vals(&self, value: T) -> (T, T) {
        // Acquire and Release: pair with each other in the other updates, and with `load`.
        let old = self.bits.swap(to_bits(value), Ordering::AcqRel);
        (self.value(old), value)
    }

    /// Sets the value to `new` if the current one has the same bits as `expected`, and returns it.
    ///
    /// # Errors
    ///
    /// The current value, if that is another one.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = heptad::AtomCell::new('a');
    /// assert_eq!(cell.compare_and_set('a', 'b'), Ok('b'));
    /// assert_eq!(cell.compare_and_set('a', 'c'), Err('b'));
    /// ```
    #[doc(alias("compare_exchange", "compare-and-set!", "cas"))]
    #[inline]
    pub fn compare_and_set(&self, expected: T, new: T) -> Result<T, T> {
        match self.replace(to_bits(expected), new) {
            Ok(()) => Ok(new),
            Err(current) => Err(self.value(current)),
        }
    }

    #[inline]
    fn update<E>(&self, mut f: impl FnMut(T) -> Result<T, E>) -> Result<(T, T), E> {
        let mut backoff = Backoff::new();
        // Acquire: pairs with the Release of every update.
        let mut seen = self.bits.load(Ordering::Acquire);
        loop {
            let old = self.value(seen);
            let new = f(old)?;
            match self.replace(seen, new) {
                Ok(()) => return Ok((old, new)),
                Err(current) => seen = current,
            }
            backoff.pause();
        }
    }

    #[inline]
    fn replace(&self, seen: u64, new: T) -> Result<(), u64> {
        // Acquire and Release: pair with each other in the other updates, and with `load`. On
        // failure too, as what was found becomes the argument of a closure.
        self.bits
            .compare_exchange(seen, to_bits(new), Ordering::AcqRel, Ordering::Acquire)
            .map(|_| ())
    }

    #[inline]
    fn value(&self, bits: u64) -> T {
        // SAFETY: by the invariant of `bits`, and each caller has them from there.
        unsafe { from_bits(bits) }
    }
}

impl<T: Small + Default> Default for AtomCell<T> {
    /// A cell that holds the default value.
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: Small> From<T> for AtomCell<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: Small + fmt::Debug> fmt::Debug for AtomCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AtomCell").field(&self.load()).finish()
    }
}
