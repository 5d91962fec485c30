//! The floor: what the server's own statements cost when nothing but PostgreSQL and pgbench takes part. They are
//! captured from one request each, and replayed as the API's role in one pipeline, prepared, with the same values.
//!
//! What a write changes is rolled back in the replay, so that it finds the same rows every time; what committing costs
//! is measured beside it and added.

mod capture;
mod forwarder;
mod replay;
mod script;
mod statements;

pub use capture::{Captured, capture, commit_scripts};
pub use replay::Replay;
