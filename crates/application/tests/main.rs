//! Use cases, and the promises of every port, on the adapters in memory.

mod blobs;
mod contract;
mod mails;
mod use_cases;
