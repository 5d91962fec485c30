//! Accounts: the organisations that a company sells to, or hopes to.

mod account;
mod fields;
#[cfg(test)]
mod tests;

pub use account::{Account, AccountRecord};
pub(crate) use fields::read_tags;
pub use fields::{AccountFields, AccountInput, AccountName, Address, Description, Industry};
