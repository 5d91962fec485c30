//! End-to-end scenarios of API users.

mod history;
mod joining;
mod limits;
mod lists;
mod people;
mod pipelines;
mod platform;
mod records;
mod schema;
pub(crate) mod secrets;
mod sessions;
mod shut_out;
mod slice;
mod two_processes;
