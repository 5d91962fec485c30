//! Mutation tests of tenant isolation (`make mutants`). The tests of the adapters run again, without row-level security
//! and beside a neighbour company with the same ids, and every statement also runs without each of its conditions on
//! the company.
//!
//! [docs/isolation.md](../../../../docs/isolation.md) explains how; `docs/generated/isolation.md` is the report.

mod account;
mod drivers;
mod equivalent;
mod ledger;
mod predicates;
mod sources;
mod support;
mod twins;

#[path = "../postgres/bin.rs"]
mod bin;
#[path = "../postgres/contract.rs"]
mod contract;
#[path = "../postgres/lists.rs"]
mod lists;
#[path = "../postgres/names.rs"]
mod names;
#[path = "../postgres/people.rs"]
mod people;
#[path = "../postgres/reports.rs"]
mod reports;
#[path = "../postgres/sales.rs"]
mod sales;
#[path = "../postgres/top_accounts.rs"]
mod top_accounts;
