//! Peers of heptad, measured side by side.
