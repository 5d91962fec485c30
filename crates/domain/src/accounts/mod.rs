//! Accounts: the organisations that a company sells to, or hopes to.

#[cfg(test)]
mod tests;

use crate::{
    fields,
    ids::UserId,
    record::{Entity, Record},
    values::{Address, Line, Phone, Prose, Tags, WebUrl},
};

fields! {
    /// What users write on an account.
    AccountFields, AccountInput of Account in "accounts" named ["name"] {
        /// The name, unique among the company's live accounts whatever the case.
        name: Line<200> = [unique, search],
        /// The line of business.
        industry: Option<Line<100>> = [filter, fold],
        /// The postal address.
        address: Option<Address>,
        /// The number of employees.
        employees: Option<i32>,
        /// The website.
        website: Option<WebUrl>,
        /// The phone.
        phone: Option<Phone>,
        /// Free text.
        description: Option<Prose<5000>>,
        /// Whose account it is.
        owner_id: Option<UserId> = [owner, filter],
        /// Tags, in the order given.
        tags: Tags,
    }
}

/// An organisation that the company sells to, or hopes to.
pub type Account = Entity<AccountFields>;
/// The stored state of an account.
pub type AccountRecord = Record<AccountFields>;
