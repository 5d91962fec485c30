//! What a caller may do with one record.

use cartera_domain::{identity::Permission, ids::Id};
use uuid::Uuid;

use super::{RecordView, Shown, resource_of};
use crate::{
    error::Result,
    security::Actor,
    views::{NamedRef, OpportunityView},
};

/// What a caller may do with a record, where it is: live, or in the bin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent answers")]
pub struct Can {
    /// Change it.
    pub update: bool,
    /// Put it into the bin.
    pub delete: bool,
    /// Take it out of the bin.
    pub restore: bool,
    /// Make somebody else its owner.
    pub assign: bool,
}

/// The permissions that decide.
struct Rights {
    write: Permission,
    delete: Permission,
    assign: Option<Permission>,
}

impl Can {
    fn of(actor: &Actor, rights: &Rights, owner: Option<Uuid>, in_bin: bool) -> Self {
        let Rights { write, delete, assign } = *rights;
        let reaches = |permission| {
            let grant = actor.authorize(permission);
            grant.and_then(|grant| grant.require_reach(owner.map(Id::new))).is_ok()
        };
        let may = |permission| actor.authorize(permission).is_ok();
        Self {
            update: !in_bin && may(write),
            delete: !in_bin && reaches(delete),
            restore: in_bin && reaches(delete),
            assign: !in_bin && may(write) && assign.is_some_and(may),
        }
    }
}

impl RecordView {
    /// What the actor may do with it.
    ///
    /// # Errors
    /// `internal` for a record of no resource.
    pub fn can(&self, actor: &Actor) -> Result<Can> {
        let resource = resource_of(self.table.entity)?;
        let owner = match self.table.owner() {
            Some(index) => match self.values.get(index) {
                Some(Shown::Reference(NamedRef { id, .. })) => Some(*id),
                _ => None,
            },
            None => self.created_by.as_ref().map(|creator| creator.id),
        };
        let rights = Rights { write: resource.write, delete: resource.delete, assign: resource.assign };
        Ok(Can::of(actor, &rights, owner, self.deleted_at.is_some()))
    }
}

impl OpportunityView {
    /// What the actor may do with it.
    pub fn can(&self, actor: &Actor) -> Can {
        let rights = Rights {
            write: Permission::OpportunitiesWrite,
            delete: Permission::OpportunitiesDelete,
            assign: Some(Permission::OpportunitiesAssign),
        };
        Can::of(actor, &rights, self.owner.as_ref().map(|owner| owner.id), self.deleted_at.is_some())
    }
}
