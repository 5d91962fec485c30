//! Tests of the use cases, and contract tests of the in-memory adapters.

mod blobs;
mod contract;
mod mails;
mod use_cases;
