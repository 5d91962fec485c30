//! The use cases of accounts.

mod bin;
mod uses;

use cartera_domain::{accounts::AccountFields, identity::Permission, record::Fields};

pub use uses::{AccountUse, AccountUses};

use crate::{
    error::Code,
    records::{Recorded, Resource, service_of},
};

impl Recorded for AccountFields {
    const RESOURCE: &'static Resource = &Resource {
        table: Self::TABLE,
        read: Permission::AccountsRead,
        write: Permission::AccountsWrite,
        delete: Permission::AccountsDelete,
        assign: Some(Permission::AccountsAssign),
        taken: Some(Code::AccountNameTaken),
        deleted: Some(Code::AccountDeleted),
    };
}

service_of! {
    /// The use cases of accounts: those of every record, but deleting and restoring, which take along what belongs to one.
    AccountService: AccountFields
}
