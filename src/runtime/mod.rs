pub(crate) mod sync;
