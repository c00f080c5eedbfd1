//! How two maps find out that they hash alike.
//!
//! Maps that hash alike can be merged, compared and subtracted subtree by subtree,
//! which skips all that they share. For maps that do not, the same walk would look for
//! keys in the wrong places and lose entries. So the decision must rest on a fact, never
//! on a guess such as the hash of a probe key. The fact is a [`HasherId`]:
//!
//! - A hasher type of size zero has no state, so all its values hash alike. They
//!   share one id. The default [`RandomState`](super::RandomState) is of this kind.
//! - Any other hasher value gets an id of its own when it enters a map through
//!   `with_hasher` or `Default`. The id travels with the clones of that hasher into
//!   every map made from the first one, and nowhere else.
//!
//! Equal ids say "hash alike" only between maps of the *same* hasher type: the shared id
//! of stateless hashers does not say which type it stands for.

use crate::runtime::sync::{AtomicU64, Ordering};

/// Names the hasher of a map; see the file's documentation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct HasherId(u64);

impl HasherId {
    /// The id that all values of a hasher type without state share.
    const STATELESS: Self = Self(0);

    /// The id for a hasher of type `S` that enters its first map.
    #[inline]
    pub(super) fn of_new<S>() -> Self {
        if size_of::<S>() == 0 {
            Self::STATELESS
        } else {
            Self::unique()
        }
    }

    fn unique() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        // Relaxed: the ids only have to differ, they order nothing.
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::HasherId;
    use crate::value::RandomState;

    #[test]
    fn stateless_hashers_share_an_id_and_others_do_not() {
        assert_eq!(
            HasherId::of_new::<RandomState>(),
            HasherId::of_new::<RandomState>()
        );
        assert_ne!(
            HasherId::of_new::<std::hash::RandomState>(),
            HasherId::of_new::<std::hash::RandomState>()
        );
        assert_ne!(HasherId::of_new::<RandomState>(), HasherId::of_new::<u8>());
    }
}
