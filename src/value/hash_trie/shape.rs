//! The shape of a trie, for tests: it depends on the set of hashes alone.

use super::Trie;
use super::link::{LinkRef, Node};

/// A child: the slots that lead to it (with the span of the last), and the
/// number of entries if it is a leaf, `None` for an inner node.
pub(crate) type Shape = Vec<(Vec<(usize, usize)>, Option<usize>)>;

impl<K, V> Trie<K, V> {
    /// All nodes but empty ones, in order.
    pub(crate) fn shape(&self) -> Shape {
        let mut shape = Vec::new();
        describe(self.root.as_ref(), &mut Vec::new(), &mut shape);
        shape
    }
}

fn describe<K, V>(link: LinkRef<'_, K, V>, path: &mut Vec<(usize, usize)>, shape: &mut Shape) {
    match link.node() {
        Node::Empty => {}
        Node::Leaf(leaf) => shape.push((path.clone(), Some(leaf.len()))),
        Node::Inner(inner) => {
            shape.push((path.clone(), None));
            for (lo, span, child) in inner.children() {
                path.push((lo, span));
                describe(child, path, shape);
                path.pop();
            }
        }
    }
}
