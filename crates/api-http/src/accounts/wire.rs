//! Accounts on the wire.

use cartera_application::{accounts::AccountCommand, views::AccountView};
use cartera_domain::{accounts::AccountInput, input::Patch};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    edge::patch,
    wire::{Reference, Tag, Timestamp},
};

/// An organisation that the company sells to, or hopes to.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "019a9f2e-0000-7000-8000-00000000c001",
    "version": 1,
    "name": "Acme S.A.",
    "industry": "Logística",
    "address": "18 de Julio 1234, Montevideo",
    "employees": 120,
    "website": "https://acme.example",
    "phone": "+59829001234",
    "description": null,
    "owner": {"id": "019a9f2e-0000-7000-8000-00000000a001", "name": "Ana Paz"},
    "tags": ["vip"],
    "createdAt": "2026-01-31T12:00:00.000000Z",
    "createdBy": {"id": "019a9f2e-0000-7000-8000-00000000a001", "name": "Ana Paz"},
    "updatedAt": "2026-01-31T12:00:00.000000Z",
    "deletedAt": null
}))]
pub struct Account {
    /// The account's id.
    pub id: Uuid,
    /// Counts the changes, from 1; also in `ETag`.
    #[schema(minimum = 1)]
    pub version: i32,
    /// The name, unique among the company's live accounts whatever the case.
    pub name: String,
    /// The line of business.
    #[schema(required)]
    pub industry: Option<String>,
    /// The postal address.
    #[schema(required)]
    pub address: Option<String>,
    /// The number of employees.
    #[schema(required, minimum = 0)]
    pub employees: Option<i32>,
    /// The website.
    #[schema(required, format = "uri")]
    pub website: Option<String>,
    /// The phone in E.164.
    #[schema(required)]
    pub phone: Option<String>,
    /// Free text.
    #[schema(required)]
    pub description: Option<String>,
    /// Whose account it is; null when that user was removed without a successor.
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

impl From<AccountView> for Account {
    fn from(view: AccountView) -> Self {
        let AccountView {
            id,
            version,
            name,
            industry,
            address,
            employees,
            website,
            phone,
            description,
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
            name,
            industry,
            address,
            employees,
            website,
            phone,
            description,
            owner: owner.map(Into::into),
            tags,
            created_at: created_at.into(),
            created_by: created_by.map(Into::into),
            updated_at: updated_at.into(),
            deleted_at: deleted_at.map(Into::into),
        }
    }
}

/// A new account.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "name": "Acme S.A.", "industry": "Logística", "employees": 120, "phone": "2900 1234", "tags": ["vip"]
}))]
pub struct CreateAccount {
    /// The name, unique among the company's live accounts whatever the case.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required, min_length = 1, max_length = 200)]
    pub name: Patch<String>,
    /// The line of business.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    pub industry: Patch<String>,
    /// The postal address, on one or several lines.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 500)]
    pub address: Patch<String>,
    /// The number of employees.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<i32>, minimum = 0)]
    pub employees: Patch<i64>,
    /// The website, http or https.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, format = "uri", max_length = 2048)]
    pub website: Patch<String>,
    /// The phone; one without a country code is dialled in the company's country.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 40)]
    pub phone: Patch<String>,
    /// Free text.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 5000)]
    pub description: Patch<String>,
    /// Whose account it shall be; by default the creator's. Anybody else's takes `accounts:assign`.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<Uuid>)]
    pub owner_id: Patch<Uuid>,
    /// Up to 20 tags of up to 40 characters. Of those that differ in case or accents only, the first stays.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<Vec<Tag>>, max_items = 20)]
    pub tags: Patch<Vec<String>>,
}

impl From<CreateAccount> for AccountCommand {
    fn from(body: CreateAccount) -> Self {
        let CreateAccount { name, industry, address, employees, website, phone, description, owner_id, tags } =
            body;
        Self {
            input: AccountInput { name, industry, address, employees, website, phone, description, tags },
            owner_id,
        }
    }
}

/// A merge-patch of an account: what is absent stays, null clears (a required field can't be cleared).
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"employees": 130, "website": null}))]
pub struct UpdateAccount {
    /// The name, unique among the company's live accounts whatever the case.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200)]
    pub name: Patch<String>,
    /// The line of business.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    pub industry: Patch<String>,
    /// The postal address, on one or several lines.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 500)]
    pub address: Patch<String>,
    /// The number of employees.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<i32>, minimum = 0)]
    pub employees: Patch<i64>,
    /// The website, http or https.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, format = "uri", max_length = 2048)]
    pub website: Patch<String>,
    /// The phone; one without a country code is dialled in the company's country.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 40)]
    pub phone: Patch<String>,
    /// Free text.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 5000)]
    pub description: Patch<String>,
    /// Whose account it shall be. Anybody's but one's own takes `accounts:assign`.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<Uuid>)]
    pub owner_id: Patch<Uuid>,
    /// Up to 20 tags of up to 40 characters; they replace the present ones. Of those that differ in case or accents
    /// only, the first stays.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<Vec<Tag>>, max_items = 20)]
    pub tags: Patch<Vec<String>>,
}

impl From<UpdateAccount> for AccountCommand {
    fn from(body: UpdateAccount) -> Self {
        let UpdateAccount { name, industry, address, employees, website, phone, description, owner_id, tags } =
            body;
        Self {
            input: AccountInput { name, industry, address, employees, website, phone, description, tags },
            owner_id,
        }
    }
}
