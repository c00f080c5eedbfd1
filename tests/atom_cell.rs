//! The atom for small values keeps them bit by bit, and loses no update.

use std::num::{NonZeroI64, NonZeroU8, NonZeroU32};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::thread;

use heptad::AtomCell;

/// Goes through all verbs with two values of a type.
macro_rules! holds {
    ($name:ident: $type:ty, $a:expr, $b:expr) => {
        #[test]
        fn $name() {
            let (a, b): ($type, $type) = ($a, $b);
            let cell = AtomCell::new(a);
            assert_eq!(cell.load(), a);
            assert_eq!(cell.swap(|it| if it == a { b } else { a }), b);
            assert_eq!(cell.swap_vals(|_| a), (b, a));
            assert_eq!(cell.reset(b), b);
            assert_eq!(cell.reset_vals(a), (b, a));
            assert_eq!(cell.compare_and_set(b, b), Err(a));
            assert_eq!(cell.compare_and_set(a, b), Ok(b));
            assert_eq!(cell.try_swap(|it| Err::<$type, $type>(it)), Err(b));
            assert_eq!(cell.try_swap(|_| Ok::<$type, ()>(a)), Ok(a));
            assert_eq!(AtomCell::from(b).load(), b);
            assert_eq!(format!("{cell:?}"), format!("AtomCell({a:?})"));
        }
    };
}

holds!(holds_bool: bool, true, false);
holds!(holds_char: char, 'ü', char::MAX);
holds!(holds_u8: u8, 0, u8::MAX);
holds!(holds_i8: i8, -1, i8::MIN);
holds!(holds_u16: u16, 0x1234, u16::MAX);
holds!(holds_i16: i16, -2, i16::MIN);
holds!(holds_u32: u32, 0x1234_5678, u32::MAX);
holds!(holds_i32: i32, -3, i32::MIN);
holds!(holds_u64: u64, 0x1234_5678_9ABC_DEF0, u64::MAX);
holds!(holds_i64: i64, -4, i64::MIN);
holds!(holds_usize: usize, 5, usize::MAX);
holds!(holds_isize: isize, -5, isize::MIN);
holds!(holds_f32: f32, -1.5, f32::MAX);
holds!(holds_f64: f64, f64::MIN_POSITIVE, f64::INFINITY);
holds!(holds_non_zero: NonZeroU8, NonZeroU8::MIN, NonZeroU8::MAX);
holds!(holds_optional_non_zero: Option<NonZeroU32>, None, NonZeroU32::new(7));
holds!(holds_optional_large: Option<NonZeroI64>, None, NonZeroI64::new(-1));

#[test]
fn every_update_of_every_thread_counts_once() {
    static CELL: AtomCell<u64> = AtomCell::new(0);
    const UPDATES: u64 = 20_000;
    let runs = AtomicU64::new(0);
    let mut updates = 0;
    // Until threads did get in each other's way.
    while runs.load(SeqCst) == updates {
        thread::scope(|threads| {
            for _ in 0..4 {
                threads.spawn(|| {
                    for _ in 0..UPDATES {
                        CELL.swap(|n| {
                            runs.fetch_add(1, SeqCst);
                            n + 1
                        });
                    }
                });
            }
        });
        updates += 4 * UPDATES;
        assert_eq!(CELL.load(), updates);
    }
}

#[test]
fn a_panic_in_the_closure_leaves_the_value() {
    let cell = AtomCell::new(1);
    let failed = std::panic::catch_unwind(|| cell.swap(|_| panic!("injected")));
    assert!(failed.is_err());
    assert_eq!(cell.swap(|n| n + 1), 2);
}

#[test]
fn a_cell_is_as_small_as_its_word() {
    assert_eq!(size_of::<AtomCell<u8>>(), 8);
    assert_eq!(size_of::<AtomCell<f64>>(), 8);
}
