//! Between rows and records.

use cartera_domain::{
    accounts::{AccountFields, AccountRecord},
    ids::Id,
    values::{Line, Phone, Prose, Tags, WebUrl, fold_key, name_key},
};
use sea_orm::Set;
use uuid::Uuid;

use super::entity;
use crate::bin::stored_deletion;

pub(super) fn row(company_id: Uuid, record: &AccountRecord) -> entity::ActiveModel {
    let AccountRecord { id, fields, owner_id, version, created_at, created_by, updated_at, deletion } =
        record;
    let AccountFields { name, industry, address, employees, website, phone, description, tags } = fields;
    entity::ActiveModel {
        company_id: Set(company_id),
        id: Set(id.uuid()),
        name: Set(name.as_str().to_owned()),
        name_key: Set(name_key(name.as_str())),
        name_fold: Set(fold_key(name.as_str())),
        industry: Set(industry.as_ref().map(|text| text.as_str().to_owned())),
        industry_fold: Set(industry.as_ref().map(|text| fold_key(text.as_str()))),
        address: Set(address.as_ref().map(|text| text.as_str().to_owned())),
        employees: Set(*employees),
        website: Set(website.as_ref().map(|url| url.as_str().to_owned())),
        phone: Set(phone.as_ref().map(|phone| phone.as_str().to_owned())),
        description: Set(description.as_ref().map(|text| text.as_str().to_owned())),
        owner_id: Set(owner_id.map(Id::uuid)),
        tags: Set(tags.as_strings()),
        version: Set(*version),
        created_at: Set(*created_at),
        created_by: Set(created_by.map(Id::uuid)),
        updated_at: Set(*updated_at),
        deleted_at: Set(deletion.map(|deletion| deletion.at)),
        deletion_id: Set(deletion.map(|deletion| deletion.id.uuid())),
    }
}

pub(super) fn record(row: entity::Model) -> AccountRecord {
    let entity::Model {
        company_id: _,
        id,
        name,
        name_key: _,
        name_fold: _,
        industry,
        industry_fold: _,
        address,
        employees,
        website,
        phone,
        description,
        owner_id,
        tags,
        version,
        created_at,
        created_by,
        updated_at,
        deleted_at,
        deletion_id,
    } = row;
    AccountRecord {
        id: Id::new(id),
        fields: AccountFields {
            name: Line::trusted(name),
            industry: industry.map(Line::trusted),
            address: address.map(Prose::trusted),
            employees,
            website: website.map(WebUrl::trusted),
            phone: phone.map(Phone::trusted),
            description: description.map(Prose::trusted),
            tags: Tags::trusted(tags),
        },
        owner_id: owner_id.map(Id::new),
        version,
        created_at,
        created_by: created_by.map(Id::new),
        updated_at,
        deletion: stored_deletion(id, deleted_at, deletion_id),
    }
}
