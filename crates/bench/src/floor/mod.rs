//! The floor: the cost of the server's own statements with only PostgreSQL and pgbench involved. They are captured from
//! one request each, and replayed as the API's role in one pipeline, prepared, with the same values.
//!
//! The replay of a write is rolled back, so that it finds the same rows every time; the cost of committing is measured
//! separately and added.

mod capture;
mod forwarder;
mod replay;
mod script;
mod statements;

pub use capture::{Captured, capture, commit_scripts};
pub use replay::Replay;
