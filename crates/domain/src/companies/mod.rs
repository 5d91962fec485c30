//! Companies: the tenants. One company never sees another's data.

mod company;
mod registration;
#[cfg(test)]
mod tests;

pub use company::{Company, CompanyName, CompanyRecord, CompanySettings};
pub use registration::{Registration, RegistrationInput};
