//! Maps rows to records and back.

use cartera_application::{Error, Result};
use cartera_domain::{
    ids::Id,
    opportunities::{Links, OpportunityFields, OpportunityRecord, Placement, StageChangeRecord},
    values::{Currency, Line, Money, Prose, Tags, fold_key},
};
use sea_orm::Set;
use uuid::Uuid;

use super::{entity, stage_change_entity};
use crate::{bin::stored_deletion, pipelines::stage_kind};

/// The row of an opportunity with its number.
pub(super) fn row(company_id: Uuid, number: i64, record: &OpportunityRecord) -> entity::ActiveModel {
    let OpportunityRecord {
        id,
        number: _,
        fields,
        links,
        placement,
        version,
        created_at,
        created_by,
        updated_at,
        deletion,
    } = record;
    let OpportunityFields { title, description, amount, expected_close_date, tags } = fields;
    let Links { account_id, contact_id, owner_id } = links;
    let Placement { pipeline_id, stage_id, kind, closed_at } = placement;
    entity::ActiveModel {
        company_id: Set(company_id),
        id: Set(id.uuid()),
        number: Set(number),
        title: Set(title.as_str().to_owned()),
        title_fold: Set(fold_key(title.as_str())),
        description: Set(description.as_ref().map(|text| text.as_str().to_owned())),
        account_id: Set(account_id.map(Id::uuid)),
        contact_id: Set(contact_id.map(Id::uuid)),
        owner_id: Set(owner_id.map(Id::uuid)),
        amount: Set(amount.minor_units()),
        currency: Set(amount.currency().code().to_owned()),
        pipeline_id: Set(pipeline_id.uuid()),
        stage_id: Set(stage_id.uuid()),
        status: Set(kind.as_str().to_owned()),
        closed_at: Set(*closed_at),
        expected_close_date: Set(*expected_close_date),
        tags: Set(tags.as_strings()),
        version: Set(*version),
        created_at: Set(*created_at),
        created_by: Set(created_by.map(Id::uuid)),
        updated_at: Set(*updated_at),
        deleted_at: Set(deletion.map(|deletion| deletion.at)),
        deletion_id: Set(deletion.map(|deletion| deletion.id.uuid())),
    }
}

pub(super) fn record(row: entity::Model) -> Result<OpportunityRecord> {
    let entity::Model {
        company_id: _,
        id,
        number,
        title,
        title_fold: _,
        description,
        account_id,
        contact_id,
        owner_id,
        amount,
        currency,
        pipeline_id,
        stage_id,
        status,
        closed_at,
        expected_close_date,
        tags,
        version,
        created_at,
        created_by,
        updated_at,
        deleted_at,
        deletion_id,
    } = row;
    Ok(OpportunityRecord {
        id: Id::new(id),
        number: Some(number),
        fields: OpportunityFields {
            title: Line::trusted(title),
            description: description.map(Prose::trusted),
            amount: Money::from_minor(amount, stored_currency(&currency)?),
            expected_close_date,
            tags: Tags::trusted(tags),
        },
        links: Links {
            account_id: account_id.map(Id::new),
            contact_id: contact_id.map(Id::new),
            owner_id: owner_id.map(Id::new),
        },
        placement: Placement {
            pipeline_id: Id::new(pipeline_id),
            stage_id: Id::new(stage_id),
            kind: stage_kind(&status)?,
            closed_at,
        },
        version,
        created_at,
        created_by: created_by.map(Id::new),
        updated_at,
        deletion: stored_deletion(id, deleted_at, deletion_id),
    })
}

pub(super) fn stage_change_row(
    company_id: Uuid,
    record: &StageChangeRecord,
) -> stage_change_entity::ActiveModel {
    let StageChangeRecord { id, opportunity_id, from_stage, to_stage, reason, changed_at, changed_by } =
        record;
    stage_change_entity::ActiveModel {
        company_id: Set(company_id),
        id: Set(id.uuid()),
        opportunity_id: Set(opportunity_id.uuid()),
        from_stage_id: Set(from_stage.map(Id::uuid)),
        to_stage_id: Set(to_stage.uuid()),
        reason: Set(reason.as_ref().map(|text| text.as_str().to_owned())),
        changed_at: Set(*changed_at),
        changed_by: Set(changed_by.map(Id::uuid)),
    }
}

/// Parses a stored currency, which was valid when it was written.
pub(crate) fn stored_currency(code: &str) -> Result<Currency> {
    Currency::stored(code).ok_or_else(|| Error::internal("a stored currency is unknown", code.to_owned()))
}
