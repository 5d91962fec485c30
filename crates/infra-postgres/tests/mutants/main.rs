//! Isolation by mutation (`make mutants`): the tests of the adapters once more, without row-level security and
//! beside a neighbour with the same ids, and every statement without each of its conditions on the company.
//!
//! [docs/isolation.md](../../../../docs/isolation.md) tells how, `docs/generated/isolation.md` is the account of it.

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
