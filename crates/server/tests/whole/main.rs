//! End-to-end tests: the real binary, real HTTP, a real database.
//!
//! One test binary, so that the tests share one server and are linked once. `sweep` calls every operation as every kind
//! of caller; the other modules are scenarios.

mod attachments;
mod attack;
mod bad_input;
mod bin;
mod browser;
mod cost;
mod crowding;
mod jobs;
mod journey;
mod lifecycle;
mod mail;
mod quickstart;
mod races;
mod stage_races;
mod support;
mod sweep;
