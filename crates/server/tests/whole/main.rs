//! The whole program, by its own front door: the real binary, real HTTP, a real database.
//!
//! One binary of tests, so that they share one server and are linked once. `sweep` calls every operation as
//! everybody; the others tell stories.

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
