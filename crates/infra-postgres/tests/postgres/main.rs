//! Tests of the adapters on a real PostgreSQL, with one database per test.

mod bin;
mod compile_fail;
mod contract;
mod crowding;
mod damage;
mod folds;
mod heavy;
mod interrupted;
mod lists;
mod locks;
mod memory;
mod missing_walls;
mod names;
mod people;
mod plans;
mod queue;
mod read_only;
mod reports;
mod sales;
mod second_lock;
mod support;
mod tables;
mod together;
mod top_accounts;
mod walls;
mod worker;
