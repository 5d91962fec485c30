//! The use cases of contacts.

mod bin;
mod uses;

use cartera_domain::{contacts::ContactFields, identity::Permission, ids::AccountId, record::Fields};

pub use uses::ContactUses;

use crate::{
    error::{Code, Result},
    lists::{ListQuery, Page},
    records::{RecordView, Recorded, Resource, service_of},
    security::Actor,
};

impl Recorded for ContactFields {
    const RESOURCE: &'static Resource = &Resource {
        table: Self::TABLE,
        read: Permission::ContactsRead,
        write: Permission::ContactsWrite,
        delete: Permission::ContactsDelete,
        assign: Some(Permission::ContactsAssign),
        taken: Some(Code::ContactEmailTaken),
        deleted: None,
    };
}

service_of! {
    /// The use cases of contacts: those of every record, but deleting. A contact that is moved to another account leaves its
    /// opportunities at the one that they have.
    ContactService: ContactFields
}

impl ContactService {
    /// The contacts at one account.
    ///
    /// # Errors
    /// `not_found` for the account, and as [`Self::list`].
    pub async fn list_of_account(
        &self,
        actor: &Actor,
        account_id: AccountId,
        query: ListQuery,
    ) -> Result<Page<RecordView>> {
        let grant = actor.authorize(Permission::ContactsRead)?;
        actor.authorize(Permission::AccountsRead)?;
        {
            let tx = self.ports().store.read(&grant).await?;
            tx.accounts().get(account_id).await?;
            tx.commit().await?;
        }
        self.list_within(actor, query, "accountId", account_id.uuid()).await
    }
}
