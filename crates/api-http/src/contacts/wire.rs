//! Contacts on the wire.

use cartera_application::{
    contacts::ContactCommand,
    views::{ContactView, SocialLinksView},
};
use cartera_domain::{
    contacts::{ContactInput, SocialLinksInput},
    input::Patch,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    edge::patch,
    wire::{Reference, Tag, Timestamp},
};

/// Where a person can be found on other services.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SocialLinks {
    /// On LinkedIn.
    #[schema(required, format = "uri")]
    pub linkedin: Option<String>,
    /// On Instagram.
    #[schema(required, format = "uri")]
    pub instagram: Option<String>,
    /// On Telegram.
    #[schema(required, format = "uri")]
    pub telegram: Option<String>,
    /// On WhatsApp.
    #[schema(required, format = "uri")]
    pub whatsapp: Option<String>,
    /// On X.
    #[schema(required, format = "uri")]
    pub x: Option<String>,
    /// On Facebook.
    #[schema(required, format = "uri")]
    pub facebook: Option<String>,
}

impl From<SocialLinksView> for SocialLinks {
    fn from(view: SocialLinksView) -> Self {
        let SocialLinksView { linkedin, instagram, telegram, whatsapp, x, facebook } = view;
        Self { linkedin, instagram, telegram, whatsapp, x, facebook }
    }
}

/// A person, usually at an account.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "019a9f2e-0000-7000-8000-00000000f001",
    "version": 1,
    "firstName": "Carla",
    "lastName": "Contreras",
    "position": "Compras",
    "email": "carla@acme.example",
    "phone": "+59899123456",
    "address": null,
    "socialLinks": {
        "linkedin": "https://www.linkedin.com/in/carla", "instagram": null, "telegram": null,
        "whatsapp": null, "x": null, "facebook": null
    },
    "notes": null,
    "account": {"id": "019a9f2e-0000-7000-8000-00000000c001", "name": "Acme S.A."},
    "owner": {"id": "019a9f2e-0000-7000-8000-00000000a001", "name": "Ana Paz"},
    "tags": ["vip"],
    "createdAt": "2026-01-31T12:00:00.000000Z",
    "createdBy": {"id": "019a9f2e-0000-7000-8000-00000000a001", "name": "Ana Paz"},
    "updatedAt": "2026-01-31T12:00:00.000000Z",
    "deletedAt": null
}))]
pub struct Contact {
    /// The contact's id.
    pub id: Uuid,
    /// Counts the changes, from 1; also in `ETag`.
    #[schema(minimum = 1)]
    pub version: i32,
    /// The first name.
    pub first_name: String,
    /// The last name.
    #[schema(required)]
    pub last_name: Option<String>,
    /// What they do at their account.
    #[schema(required)]
    pub position: Option<String>,
    /// The e-mail, unique among the company's live contacts whatever the case.
    #[schema(required)]
    pub email: Option<String>,
    /// The phone in E.164.
    #[schema(required)]
    pub phone: Option<String>,
    /// The postal address.
    #[schema(required)]
    pub address: Option<String>,
    /// Where they can be found on other services.
    pub social_links: SocialLinks,
    /// Free text.
    #[schema(required)]
    pub notes: Option<String>,
    /// At which account.
    #[schema(required)]
    pub account: Option<Reference>,
    /// Whose contact it is; null when that user was removed without a successor.
    #[schema(required)]
    pub owner: Option<Reference>,
    /// Tags.
    pub tags: Vec<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// Who created it.
    #[schema(required)]
    pub created_by: Option<Reference>,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it went to the bin; null while it is live.
    #[schema(required)]
    pub deleted_at: Option<Timestamp>,
}

impl From<ContactView> for Contact {
    fn from(view: ContactView) -> Self {
        let ContactView {
            id,
            version,
            first_name,
            last_name,
            position,
            email,
            phone,
            address,
            social_links,
            notes,
            account,
            owner,
            tags,
            created_at,
            created_by,
            updated_at,
            deleted_at,
        } = view;
        Self {
            id,
            version,
            first_name,
            last_name,
            position,
            email,
            phone,
            address,
            social_links: social_links.into(),
            notes,
            account: account.map(Into::into),
            owner: owner.map(Into::into),
            tags,
            created_at: created_at.into(),
            created_by: created_by.map(Into::into),
            updated_at: updated_at.into(),
            deleted_at: deleted_at.map(Into::into),
        }
    }
}

/// Links to set: http or https.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"linkedin": "https://www.linkedin.com/in/carla"}))]
pub struct SocialLinksPatch {
    /// On LinkedIn.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, format = "uri", max_length = 2048)]
    pub linkedin: Patch<String>,
    /// On Instagram.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, format = "uri", max_length = 2048)]
    pub instagram: Patch<String>,
    /// On Telegram.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, format = "uri", max_length = 2048)]
    pub telegram: Patch<String>,
    /// On WhatsApp.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, format = "uri", max_length = 2048)]
    pub whatsapp: Patch<String>,
    /// On X.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, format = "uri", max_length = 2048)]
    pub x: Patch<String>,
    /// On Facebook.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, format = "uri", max_length = 2048)]
    pub facebook: Patch<String>,
}

fn links(patch: Patch<SocialLinksPatch>) -> Patch<SocialLinksInput> {
    match patch {
        Patch::Absent => Patch::Absent,
        Patch::Null => Patch::Null,
        Patch::Value(SocialLinksPatch { linkedin, instagram, telegram, whatsapp, x, facebook }) => {
            Patch::Value(SocialLinksInput { linkedin, instagram, telegram, whatsapp, x, facebook })
        }
    }
}

/// A new contact.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "firstName": "Carla", "lastName": "Contreras", "email": "carla@acme.example", "phone": "099 123 456"
}))]
pub struct CreateContact {
    /// The first name.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required, min_length = 1, max_length = 100)]
    pub first_name: Patch<String>,
    /// The last name.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    pub last_name: Patch<String>,
    /// What they do at their account.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    pub position: Patch<String>,
    /// The e-mail, unique among the company's live contacts whatever the case.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, format = "email", max_length = 254)]
    pub email: Patch<String>,
    /// The phone; one without a country code is dialled in the company's country.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 40)]
    pub phone: Patch<String>,
    /// The postal address, on one or several lines.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 500)]
    pub address: Patch<String>,
    /// Where they can be found on other services.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<SocialLinksPatch>)]
    pub social_links: Patch<SocialLinksPatch>,
    /// Free text.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 5000)]
    pub notes: Patch<String>,
    /// At which account.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<Uuid>)]
    pub account_id: Patch<Uuid>,
    /// Whose contact it shall be; by default the creator's. Anybody else's takes `contacts:assign`.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<Uuid>)]
    pub owner_id: Patch<Uuid>,
    /// Up to 20 tags of up to 40 characters. Of those that differ in case or accents only, the first stays.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<Vec<Tag>>, max_items = 20)]
    pub tags: Patch<Vec<String>>,
}

impl From<CreateContact> for ContactCommand {
    fn from(body: CreateContact) -> Self {
        let CreateContact {
            first_name,
            last_name,
            position,
            email,
            phone,
            address,
            social_links,
            notes,
            account_id,
            owner_id,
            tags,
        } = body;
        let social_links = links(social_links);
        let input = ContactInput {
            first_name,
            last_name,
            position,
            email,
            phone,
            address,
            social_links,
            notes,
            tags,
        };
        Self { input, account_id, owner_id }
    }
}

/// A merge-patch of a contact: what is absent stays, null clears (a required field can't be cleared).
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"position": "Dirección", "socialLinks": {"x": null}}))]
pub struct UpdateContact {
    /// The first name.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 100)]
    pub first_name: Patch<String>,
    /// The last name.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    pub last_name: Patch<String>,
    /// What they do at their account.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    pub position: Patch<String>,
    /// The e-mail, unique among the company's live contacts whatever the case.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, format = "email", max_length = 254)]
    pub email: Patch<String>,
    /// The phone; one without a country code is dialled in the company's country.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 40)]
    pub phone: Patch<String>,
    /// The postal address, on one or several lines.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 500)]
    pub address: Patch<String>,
    /// Where they can be found on other services. A link that is absent stays, null clears it.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<SocialLinksPatch>)]
    pub social_links: Patch<SocialLinksPatch>,
    /// Free text.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 5000)]
    pub notes: Patch<String>,
    /// At which account.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<Uuid>)]
    pub account_id: Patch<Uuid>,
    /// Whose contact it shall be. Anybody's but one's own takes `contacts:assign`.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<Uuid>)]
    pub owner_id: Patch<Uuid>,
    /// Up to 20 tags of up to 40 characters; they replace the present ones. Of those that differ in case or accents
    /// only, the first stays.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<Vec<Tag>>, max_items = 20)]
    pub tags: Patch<Vec<String>>,
}

impl From<UpdateContact> for ContactCommand {
    fn from(body: UpdateContact) -> Self {
        let UpdateContact {
            first_name,
            last_name,
            position,
            email,
            phone,
            address,
            social_links,
            notes,
            account_id,
            owner_id,
            tags,
        } = body;
        let social_links = links(social_links);
        let input = ContactInput {
            first_name,
            last_name,
            position,
            email,
            phone,
            address,
            social_links,
            notes,
            tags,
        };
        Self { input, account_id, owner_id }
    }
}
