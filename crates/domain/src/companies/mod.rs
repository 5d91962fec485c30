//! Companies: the tenants. One company never sees another's data.

mod company;
mod fields;
mod record;
mod registration;
#[cfg(test)]
mod tests;

pub use company::Company;
pub use fields::{CompanyInput, CompanySettingsInput, DATA_RETENTION_DAYS, NewCompany, Region, TRASH_DAYS};
pub use record::{CompanyName, CompanyRecord, CompanySettings};
pub use registration::{Registration, RegistrationInput};
