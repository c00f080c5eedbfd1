//! What a thread knows while it runs something whose success is still open: that it does, and the
//! sends that are held until it has succeeded.
//!
//! An action of an agent is such a thing. Sends made in one are no part of the world before the
//! action's value is published, and if the action fails they never are.

use core::cell::{Cell, RefCell};
use core::mem::{self, ManuallyDrop};

use crate::runtime::isolation::isolated;
use crate::runtime::sync::per_thread;

/// A send that is held. If it is dropped, the send was never made.
pub(in crate::identity) trait HeldSend {
    /// Makes it.
    fn let_go(self: Box<Self>);
}

/// Those of one scope, in their order.
type Sends = Vec<Box<dyn HeldSend>>;

per_thread! {
    /// How many actions this thread is in the middle of, one inside the other.
    static ACTIONS: Cell<u32> = Cell::new(0);
}

per_thread! {
    /// The sends held in the innermost scope; none outside of all. The buffer is taken out at the
    /// end of each scope, so that a thread that ends leaves none behind.
    static HELD: ManuallyDrop<RefCell<Option<Sends>>> =
        ManuallyDrop::new(RefCell::new(None));
}

/// The sends held in a scope that has ended. Dropped, they are never made.
pub(in crate::identity) struct Held(Sends);

impl Held {
    /// Makes the sends, in their order; inside another scope, they are held there in turn.
    #[inline]
    pub(in crate::identity) fn let_go(self) {
        if !self.0.is_empty() {
            self.let_all_go();
        }
    }

    #[cold]
    fn let_all_go(mut self) {
        for send in mem::take(&mut self.0) {
            if let Err(send) = hold(send) {
                isolated(|| send.let_go());
            }
        }
    }

    #[cold]
    fn drop_all(&mut self) {
        for send in mem::take(&mut self.0) {
            isolated(|| drop(send));
        }
    }
}

impl Drop for Held {
    #[inline]
    fn drop(&mut self) {
        if !self.0.is_empty() {
            self.drop_all();
        }
    }
}

/// Puts back the outer scope, also while a panic unwinds.
struct Scope {
    outer: Option<Sends>,
    open: bool,
}

impl Scope {
    #[inline]
    fn open() -> Self {
        let outer = HELD.with(|held| held.replace(Some(Vec::new())));
        Self { outer, open: true }
    }

    #[inline]
    fn close(&mut self) -> Held {
        self.open = false;
        let outer = self.outer.take();
        let held = HELD.with(|held| held.replace(outer));
        Held(held.unwrap_or_default())
    }
}

impl Drop for Scope {
    #[inline]
    fn drop(&mut self) {
        if self.open {
            drop(self.close());
        }
    }
}

/// Runs `f` and returns with its result the sends that it made, which are still to be let go. If
/// `f` panics, they are dropped.
#[inline]
pub(in crate::identity) fn holding<R>(f: impl FnOnce() -> R) -> (R, Held) {
    let mut scope = Scope::open();
    let result = f();
    (result, scope.close())
}

/// Holds a send if this thread is in a scope, else gives it back.
pub(in crate::identity) fn hold(send: Box<dyn HeldSend>) -> Result<(), Box<dyn HeldSend>> {
    HELD.with(|held| match &mut *held.borrow_mut() {
        Some(sends) => {
            sends.push(send);
            Ok(())
        }
        None => Err(send),
    })
}

/// Whether a send would be held.
#[inline]
pub(in crate::identity) fn is_holding() -> bool {
    HELD.with(|held| held.borrow().is_some())
}

/// Whether this thread is in the middle of an action.
#[inline]
pub(in crate::identity) fn in_action() -> bool {
    ACTIONS.with(Cell::get) != 0
}

/// Runs `f` as a part of an action: waiting is refused in it.
#[inline]
pub(in crate::identity) fn as_action<R>(f: impl FnOnce() -> R) -> R {
    struct End;
    impl Drop for End {
        #[inline]
        fn drop(&mut self) {
            ACTIONS.with(|actions| actions.set(actions.get() - 1));
        }
    }
    ACTIONS.with(|actions| actions.set(actions.get() + 1));
    let _end = End;
    f()
}
