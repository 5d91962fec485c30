//! The use cases that every resource has.

use std::{marker::PhantomData, sync::Arc};

use cartera_domain::{
    Deletion,
    events::{EntityRef, EntityType, FieldValue, Verb},
    identity::Permission,
    ids::{Id, UserId},
    input::Patch,
    record::{Draft, Entity, Kind, Raw, Reading, Record},
};

use uuid::Uuid;

use super::{CREATED_BY, RecordView, Recorded, parents};
use crate::{
    error::{Code, Error, Lack, Result},
    idempotency::{Once, Outcome, Terms},
    lists::{ListQuery, Listed, Page, Test, Value},
    ports::{Ports, UnitOfWork, at_once},
    records::resource_of,
    security::Actor,
    trash,
};

/// Declares the use cases of a resource that has some of its own: written on the new type, these go before those of every
/// record, which it has besides.
macro_rules! service_of {
    ($(#[doc = $doc:literal])+ $name:ident: $fields:ty) => {
        $(#[doc = $doc])+
        #[derive(Clone)]
        pub struct $name($crate::records::RecordService<$fields>);

        impl $name {
            /// Wires the use cases to their ports.
            pub fn new(ports: std::sync::Arc<$crate::ports::Ports>) -> Self {
                Self($crate::records::RecordService::new(ports))
            }
        }

        impl std::ops::Deref for $name {
            type Target = $crate::records::RecordService<$fields>;

            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }
    };
}

pub(crate) use service_of;

/// The use cases of a resource, over its table.
pub struct RecordService<F> {
    ports: Arc<Ports>,
    of: PhantomData<fn() -> F>,
}

impl<F> Clone for RecordService<F> {
    fn clone(&self) -> Self {
        Self { ports: Arc::clone(&self.ports), of: PhantomData }
    }
}

impl<F: Recorded> RecordService<F> {
    /// Wires the use cases to their ports.
    pub fn new(ports: Arc<Ports>) -> Self {
        Self { ports, of: PhantomData }
    }

    /// What the use cases are wired to.
    pub(crate) fn ports(&self) -> &Ports {
        &self.ports
    }

    /// Creates a record. Where records have an owner, it is the creator unless the draft says otherwise.
    ///
    /// # Errors
    /// `validation_failed`, `invalid_reference`, `forbidden` to assign to somebody else, the resource's `taken`.
    pub async fn create(
        &self,
        actor: &Actor,
        draft: impl Into<Draft<F>>,
        once: &Once,
    ) -> Result<Outcome<RecordView>> {
        let mut draft = draft.into();
        let grant = actor.authorize(F::RESOURCE.write)?;
        let tx = self.ports.store.begin(&grant).await?;
        once.perform_of::<F>(tx, async |tx| {
            let creator = grant.user_id();
            if let (Some(index), Some(user)) = (F::TABLE.owner(), creator)
                && let Some(owner @ Patch::Absent) = draft.at(index)
            {
                *owner = Patch::Value(Raw::Id(user.uuid()));
            }
            let ids = draft.ids();
            let (fields, ..) = at_once!(
                tx,
                async { Ok(F::read(draft, reading(tx).await?)?) },
                parents::require(actor, tx, F::TABLE.parent(&ids)),
                hold_references::<F>(tx, &[], &ids),
                require_owner::<F>(actor, tx, creator, &ids),
            )?;
            let (id, now) = (self.ports.randomness.id(), self.ports.clock.now());
            let mut record = Entity::new(Id::new(id), fields, creator, now);
            tx.records::<F>().insert(&mut record).await?;
            Ok(record.record().id)
        })
        .await
    }

    /// Lists records, or with the flag `deleted` those in the bin.
    ///
    /// # Errors
    /// `forbidden`.
    pub async fn list(&self, actor: &Actor, query: ListQuery) -> Result<Page<RecordView>> {
        let permissions = (F::RESOURCE.read, F::RESOURCE.delete);
        let owner = F::TABLE.owner().and_then(|index| F::table().field(F::FIELDS[index].path));
        let owner = owner.unwrap_or(CREATED_BY);
        let (grant, query) = trash::authorize_list(actor, permissions, owner, query)?;
        Ok(query.page(self.ports.record_lists.list(&grant, F::TABLE, &query).await?))
    }

    /// Lists the records of a parent: those whose field with this name is its id.
    ///
    /// # Errors
    /// As [`Self::list`]; `internal` when lists don't filter by the field.
    pub(crate) async fn list_within(
        &self,
        actor: &Actor,
        query: ListQuery,
        field: &'static str,
        parent: Uuid,
    ) -> Result<Page<RecordView>> {
        let field = F::table()
            .field(field)
            .ok_or(Error::Internal { what: "a list within a field that it does not know", cause: None })?;
        self.list(actor, query.with(field, Test::AnyOf(vec![Value::Id(parent)]))).await
    }

    /// Reads a record.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn get(&self, actor: &Actor, id: Id<F::Kind>) -> Result<RecordView> {
        let grant = actor.authorize(F::RESOURCE.read)?;
        let tx = self.ports.store.read(&grant).await?;
        let view = tx.records::<F>().view(id).await?;
        parents::require(actor, &*tx, view.parent()).await?;
        tx.commit().await?;
        Ok(view)
    }

    /// Changes a record by a merge-patch.
    ///
    /// # Errors
    /// `not_found`, `version_mismatch`, `validation_failed`, `invalid_reference`, `forbidden` to assign to somebody
    /// else, the resource's `taken`, `edit_conflict`.
    pub async fn update(
        &self,
        actor: &Actor,
        id: Id<F::Kind>,
        draft: impl Into<Draft<F>>,
        terms: impl Into<Terms>,
    ) -> Result<Outcome<RecordView>> {
        let Terms { if_match, once } = terms.into();
        let grant = actor.authorize(F::RESOURCE.write)?;
        let tx = self.ports.store.begin(&grant).await?;
        let work = async |tx: &dyn UnitOfWork| {
            let records = tx.records::<F>();
            let (mut record, reading) = at_once!(tx, records.get(id), reading(tx))?;
            parents::require(actor, tx, parent_of(record.record())).await?;
            if_match.check(record.record().version)?;
            let fields = record.record().fields.patched(draft, reading)?;
            let (before, after) = (record.record().fields.values(), fields.values());
            at_once!(
                tx,
                hold_references::<F>(tx, &before, &after),
                require_owner::<F>(actor, tx, owner::<F>(&before), &after),
            )?;
            if record.change(Verb::Updated, fields, self.ports.clock.now()) {
                records.update(&mut record).await?;
            }
            Ok(id)
        };
        once.perform_of::<F>(tx, work).await.map_err(|error| if_match.explain(error))
    }

    /// Puts a record into the bin.
    ///
    /// # Errors
    /// `not_found`, `forbidden` for another's record when only one's own may be deleted, `version_mismatch`,
    /// `edit_conflict`.
    pub async fn delete(
        &self,
        actor: &Actor,
        id: Id<F::Kind>,
        terms: impl Into<Terms>,
    ) -> Result<Outcome<()>> {
        let Terms { if_match, once } = terms.into();
        let grant = actor.authorize(F::RESOURCE.delete)?;
        let tx = self.ports.store.begin(&grant).await?;
        let work = async |tx: &dyn UnitOfWork| {
            let mut record = tx.records::<F>().get(id).await?;
            parents::require(actor, tx, parent_of(record.record())).await?;
            grant.require_reach(owner_of(record.record()))?;
            if_match.check(record.record().version)?;
            record.delete(self.deletion());
            tx.records().update(&mut record).await
        };
        once.perform(tx, work).await.map_err(|error| if_match.explain(error))
    }

    /// Takes a record out of the bin. It takes the right to delete it.
    ///
    /// # Errors
    /// `not_found`, `not_deleted`, `forbidden` for another's record when only one's own may be deleted, `deleted` of the
    /// resource that it refers to while that one lies in the bin, the resource's `taken`, `edit_conflict`.
    pub async fn restore(&self, actor: &Actor, id: Id<F::Kind>, once: &Once) -> Result<Outcome<RecordView>> {
        let grant = actor.authorize(F::RESOURCE.delete)?;
        let tx = self.ports.store.begin(&grant).await?;
        once.perform_of::<F>(tx, async |tx| {
            let mut record = tx.records::<F>().deleted(id).await?;
            parents::require(actor, tx, parent_of(record.record())).await?;
            grant.require_reach(owner_of(record.record()))?;
            require_live_references(tx, &record.record().fields).await?;
            record.bring_back(self.ports.clock.now());
            tx.records().update(&mut record).await?;
            Ok(id)
        })
        .await
    }

    /// A deletion that happens now.
    pub(crate) fn deletion(&self) -> Deletion {
        Deletion { id: Id::new(self.ports.randomness.id()), at: self.ports.clock.now() }
    }
}

/// What reading fields takes: phones without a country code are dialled in the company's country.
async fn reading(tx: &dyn UnitOfWork) -> Result<Reading> {
    Ok(Reading::from(&tx.companies().current().await?.record().country))
}

/// Whose record it is: its owner's, or its maker's where records have no owner.
pub(super) fn owner_of<F: Recorded>(record: &Record<F>) -> Option<UserId> {
    match F::TABLE.owner() {
        Some(_) => owner::<F>(&record.fields.values()),
        None => record.created_by,
    }
}

/// What the record belongs to.
pub(super) fn parent_of<F: Recorded>(record: &Record<F>) -> Option<EntityRef> {
    F::TABLE.parent(&record.fields.values())
}

/// Whom the values of the fields name as the owner.
fn owner<F: Recorded>(values: &[FieldValue]) -> Option<UserId> {
    match values.get(F::TABLE.owner()?)? {
        FieldValue::Reference(id) => Some(Id::new(*id)),
        _ => None,
    }
}

/// The records that the values of the fields refer to, users and what the record belongs to aside: each with its place in
/// the table.
fn references<F: Recorded>(values: &[FieldValue]) -> impl Iterator<Item = (usize, EntityType, Uuid)> {
    F::FIELDS.iter().zip(values).enumerate().filter_map(|(index, (field, value))| match (field.kind, value) {
        (Kind::Reference(EntityType::User), _) => None,
        _ if field.uses.parent => None,
        (Kind::Reference(entity), FieldValue::Reference(id)) => Some((index, entity, *id)),
        _ => None,
    })
}

/// Holds what the new values of the fields refer to against its deletion until the end.
async fn hold_references<F: Recorded>(
    tx: &dyn UnitOfWork,
    old: &[FieldValue],
    new: &[FieldValue],
) -> Result<()> {
    let before: Vec<_> = references::<F>(old).collect();
    for reference in references::<F>(new).filter(|reference| !before.contains(reference)) {
        let (index, entity, id) = reference;
        if !tx.rows().can_be_referenced(resource_of(entity)?.table, id).await? {
            return Err(Error::invalid_reference(F::FIELDS[index].path));
        }
    }
    Ok(())
}

/// What a record refers to must be live when it comes out of the bin.
async fn require_live_references<F: Recorded>(tx: &dyn UnitOfWork, fields: &F) -> Result<()> {
    for (_, entity, id) in references::<F>(&fields.values()) {
        let resource = resource_of(entity)?;
        if !tx.rows().can_be_referenced(resource.table, id).await? {
            return Err(Error::refused(resource.deleted.unwrap_or(Code::NotFound)));
        }
    }
    Ok(())
}

/// Decides whether the owner that the new values of the fields name may own the record.
async fn require_owner<F: Recorded>(
    actor: &Actor,
    tx: &dyn UnitOfWork,
    current: Option<UserId>,
    values: &[FieldValue],
) -> Result<()> {
    match F::RESOURCE.assign {
        Some(assign) => check_owner(actor, assign, tx, current, owner::<F>(values)).await.map(|_| ()),
        None => Ok(()),
    }
}

/// Decides whether `wanted` may own a record that is now `current`'s: it must be an active user of the
/// company. Whoever may not assign can still take what is nobody's, but not what is somebody else's: else
/// "delete only what you own" would be one request away from "delete everything".
///
/// # Errors
/// `invalid_reference` on `ownerId`, `forbidden`.
pub(crate) async fn check_owner(
    actor: &Actor,
    assign: Permission,
    tx: &dyn UnitOfWork,
    current: Option<UserId>,
    wanted: Option<UserId>,
) -> Result<Option<UserId>> {
    if wanted == current {
        return Ok(wanted);
    }
    if let Some(id) = wanted
        && !tx.users().is_active(id).await?
    {
        return Err(Error::invalid_reference("ownerId"));
    }
    let takes_what_is_nobodys = current.is_none() && wanted == actor.as_ref().user_id();
    if !takes_what_is_nobodys && actor.extent(assign).is_none() {
        return Err(Error::lacking(Lack::Permission(assign)));
    }
    Ok(wanted)
}
