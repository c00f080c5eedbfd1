//! Where a panic of an action came from.
//!
//! The panic hook is the only one who is told. So a hook is put before whatever hook there is, when
//! the first action runs: it notes the place if this thread is in the middle of an action, and
//! calls the other one in any case. A program that sets a hook later replaces it; then the place is
//! not known.

use core::any::Any;
use core::cell::RefCell;
use core::fmt;
use core::mem::{self, ManuallyDrop};
use std::panic::{self, PanicHookInfo};

use super::action_scope::in_action;
use crate::runtime::sync::{OnceLock, panicking, per_thread};

/// A line of source code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PanicPlace {
    file: Box<str>,
    line: u32,
    column: u32,
}

impl PanicPlace {
    /// The file, as the compiler was given it.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The line, from 1.
    pub fn line(&self) -> u32 {
        self.line
    }

    /// The column, from 1.
    pub fn column(&self) -> u32 {
        self.column
    }
}

/// `file:line:column`.
impl fmt::Display for PanicPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// A panic that the hook has seen.
struct Seen {
    message: Option<Box<str>>,
    place: PanicPlace,
}

/// Of an action that panics again and again, and catches it, no more than this is kept.
const MOST_KEPT: usize = 8;

per_thread! {
    /// The panics of the action that this thread is in the middle of. The buffer is taken out at
    /// the action's end.
    static SEEN: ManuallyDrop<RefCell<Vec<Seen>>> = ManuallyDrop::new(RefCell::new(Vec::new()));
}

/// What a panic says, if it was made in the usual way.
pub(super) fn message_of(payload: &dyn Any) -> Option<&str> {
    payload
        .downcast_ref::<&'static str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
}

/// Makes sure that places are noted.
#[inline]
pub(super) fn note_places() {
    static INSTALLED: OnceLock<()> = OnceLock::new();
    // The hook of a thread that is panicking cannot be changed; the next action will do it.
    if INSTALLED.get().is_none() && !cfg!(heptad_loom) && !panicking() {
        INSTALLED.get_or_init(install);
    }
}

fn install() {
    let previous = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if in_action() {
            note(info);
        }
        previous(info);
    }));
}

fn note(info: &PanicHookInfo<'_>) {
    let Some(location) = info.location() else {
        return;
    };
    let seen = Seen {
        message: message_of(info.payload()).map(Box::from),
        place: PanicPlace {
            file: location.file().into(),
            line: location.line(),
            column: location.column(),
        },
    };
    SEEN.with(|all| {
        if let Ok(mut all) = all.try_borrow_mut() {
            if all.len() == MOST_KEPT {
                all.remove(0);
            }
            all.push(seen);
        }
    });
}

/// Forgets the panics of what has ended.
#[inline]
pub(super) fn forget_places() {
    SEEN.with(|all| {
        if !all.borrow().is_empty() {
            drop(mem::take(&mut *all.borrow_mut()));
        }
    });
}

/// Where the panic came from that ended an action with this message, and forgets the others, which
/// the action has caught. The message tells them apart: the last panic need not be the one that came
/// out, as a destructor may panic, and catch it, while another panic unwinds.
pub(super) fn take_place(message: Option<&str>) -> Option<PanicPlace> {
    let mut all = SEEN.with(|all| mem::take(&mut *all.borrow_mut()));
    let at = all.iter().rposition(|seen| {
        seen.message.as_deref() == message || cfg!(heptad_mutant = "panic_place_is_the_last")
    })?;
    Some(all.swap_remove(at).place)
}
