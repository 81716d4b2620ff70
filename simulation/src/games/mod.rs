//! The games that are played: the arena, and two that were made to try the core.

#[path = "../../../shared/sync/tests/common/line.rs"]
pub(crate) mod line;
pub(crate) mod pond;
