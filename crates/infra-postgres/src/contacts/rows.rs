//! Between rows and records.

use cartera_domain::{
    contacts::{ContactFields, ContactRecord, SocialLinks},
    ids::Id,
    values::{Email, Line, Phone, Prose, Tags, WebUrl, fold_key},
};
use sea_orm::Set;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::entity;
use crate::bin::stored_deletion;

pub(super) fn row(company_id: Uuid, record: &ContactRecord) -> entity::ActiveModel {
    let ContactRecord {
        id,
        fields,
        account_id,
        owner_id,
        version,
        created_at,
        created_by,
        updated_at,
        deletion,
    } = record;
    let ContactFields { first_name, last_name, position, email, phone, address, social_links, notes, tags } =
        fields;
    entity::ActiveModel {
        company_id: Set(company_id),
        id: Set(id.uuid()),
        first_name: Set(first_name.as_str().to_owned()),
        last_name: Set(last_name.as_ref().map(|text| text.as_str().to_owned())),
        name_fold: Set(fold_key(&fields.full_name())),
        last_name_fold: Set(last_name.as_ref().map(|text| fold_key(text.as_str()))),
        position: Set(position.as_ref().map(|text| text.as_str().to_owned())),
        email: Set(email.as_ref().map(|email| email.as_str().to_owned())),
        email_key: Set(email.as_ref().map(Email::key)),
        email_fold: Set(email.as_ref().map(|email| fold_key(email.as_str()))),
        phone: Set(phone.as_ref().map(|phone| phone.as_str().to_owned())),
        address: Set(address.as_ref().map(|text| text.as_str().to_owned())),
        social_links: Set(links_to_json(social_links)),
        notes: Set(notes.as_ref().map(|text| text.as_str().to_owned())),
        account_id: Set(account_id.map(Id::uuid)),
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

pub(super) fn record(row: entity::Model) -> ContactRecord {
    let entity::Model {
        company_id: _,
        id,
        first_name,
        last_name,
        name_fold: _,
        last_name_fold: _,
        position,
        email,
        email_key: _,
        email_fold: _,
        phone,
        address,
        social_links,
        notes,
        account_id,
        owner_id,
        tags,
        version,
        created_at,
        created_by,
        updated_at,
        deleted_at,
        deletion_id,
    } = row;
    ContactRecord {
        id: Id::new(id),
        fields: ContactFields {
            first_name: Line::trusted(first_name),
            last_name: last_name.map(Line::trusted),
            position: position.map(Line::trusted),
            email: email.map(Email::trusted),
            phone: phone.map(Phone::trusted),
            address: address.map(Prose::trusted),
            social_links: links_of_json(&social_links),
            notes: notes.map(Prose::trusted),
            tags: Tags::trusted(tags),
        },
        account_id: account_id.map(Id::new),
        owner_id: owner_id.map(Id::new),
        version,
        created_at,
        created_by: created_by.map(Id::new),
        updated_at,
        deletion: stored_deletion(id, deleted_at, deletion_id),
    }
}

/// Links that are not there have no entry.
fn links_to_json(links: &SocialLinks) -> Value {
    let SocialLinks { linkedin, instagram, telegram, whatsapp, x, facebook } = links;
    let entries = [
        ("linkedin", linkedin),
        ("instagram", instagram),
        ("telegram", telegram),
        ("whatsapp", whatsapp),
        ("x", x),
        ("facebook", facebook),
    ];
    let there = entries.into_iter().filter_map(|(name, link)| {
        let url = link.as_ref()?.as_str().to_owned();
        Some((name.to_owned(), Value::String(url)))
    });
    Value::Object(there.collect::<Map<_, _>>())
}

pub(super) fn links_of_json(stored: &Value) -> SocialLinks {
    let link =
        |name: &str| stored.get(name).and_then(Value::as_str).map(|url| WebUrl::trusted(url.to_owned()));
    SocialLinks {
        linkedin: link("linkedin"),
        instagram: link("instagram"),
        telegram: link("telegram"),
        whatsapp: link("whatsapp"),
        x: link("x"),
        facebook: link("facebook"),
    }
}
