//! The adapters on a real PostgreSQL, one database a test.

mod contract;
mod lists;
mod people;
mod reports;
mod sales;
mod second_lock;
mod support;
mod walls;
