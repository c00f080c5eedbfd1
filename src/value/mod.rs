pub(crate) mod hash_trie;
