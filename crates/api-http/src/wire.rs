//! Wire types that several resources share. Clients depend on wire types, so they map a view field by field: a new
//! field of a record is never exposed by accident.

use cartera_application::{
    lists::Page,
    records::Can,
    views::{MoneyView, NamedRef, StageRefView},
};
use cartera_domain::{
    attachments::{AttachmentStatus, TargetType},
    identity::{Extent, Permission, Role},
    opportunities::MoneyInput as DomainMoneyInput,
    pipelines::StageKind as DomainStageKind,
};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize, Serializer};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};
use uuid::Uuid;

use crate::records::limits::MAX_LABEL;

/// A moment: RFC 3339 in UTC with `Z`, to the microsecond at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-01-31T12:00:00.000000Z")]
pub struct Timestamp(DateTime<Utc>);

impl From<DateTime<Utc>> for Timestamp {
    fn from(at: DateTime<Utc>) -> Self {
        Self(at)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

/// A record that another one refers to.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"id": "019a9f2e-0000-7000-8000-00000000a001", "name": "Ana Paz"}))]
pub struct Reference {
    /// The record's id.
    pub id: Uuid,
    /// The record's name.
    pub name: String,
}

impl From<NamedRef> for Reference {
    fn from(NamedRef { id, name }: NamedRef) -> Self {
        Self { id, name }
    }
}

/// A stage that a record refers to.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a9f2e-0000-7000-8000-00000000e001", "name": "Negociación", "kind": "OPEN", "color": "#F59E0B"
}))]
pub struct StageReference {
    /// The stage's id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// What standing in it means.
    #[schema(value_type = StageKind)]
    pub kind: String,
    /// Its colour.
    #[schema(pattern = "^#[0-9A-F]{6}$")]
    pub color: String,
}

impl From<StageRefView> for StageReference {
    fn from(StageRefView { id, name, kind, color }: StageRefView) -> Self {
        Self { id, name, kind, color }
    }
}

/// An amount of money: exact decimal text with exactly the currency's decimals.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"amount": "1250.00", "currency": "UYU"}))]
pub struct Money {
    /// Decimal text.
    #[schema(pattern = r"^[0-9]+(\.[0-9]+)?$")]
    pub amount: String,
    /// ISO 4217 code.
    #[schema(pattern = "^[A-Z]{3}$")]
    pub currency: String,
}

impl From<MoneyView> for Money {
    fn from(MoneyView { amount, currency }: MoneyView) -> Self {
        Self { amount, currency }
    }
}

/// An amount of money as it is written.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"amount": "1250.00", "currency": "UYU"}))]
pub struct MoneyInput {
    /// Plain decimal text from 0 to 9999999999999.99, with at most the currency's decimals.
    #[schema(value_type = String, required, pattern = r"^0*[0-9]{1,13}(\.[0-9]{1,4})?$")]
    pub amount: Option<String>,
    /// ISO 4217 code; by default the company's currency.
    #[schema(pattern = "^([A-Za-z]{3})?$")]
    pub currency: Option<String>,
}

impl From<MoneyInput> for DomainMoneyInput {
    fn from(MoneyInput { amount, currency }: MoneyInput) -> Self {
        Self { amount, currency }
    }
}

/// An amount of money that takes another's place, whole: so it names its currency.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"amount": "1500.00", "currency": "UYU"}))]
pub struct MoneyChange {
    /// Plain decimal text from 0 to 9999999999999.99, with at most the currency's decimals.
    #[schema(value_type = String, required, pattern = r"^0*[0-9]{1,13}(\.[0-9]{1,4})?$")]
    pub amount: Option<String>,
    /// ISO 4217 code.
    #[schema(value_type = String, required, pattern = "^[A-Za-z]{3}$")]
    pub currency: Option<String>,
}

impl From<MoneyChange> for DomainMoneyInput {
    fn from(MoneyChange { amount, currency }: MoneyChange) -> Self {
        Self { amount, currency }
    }
}

/// What the caller may do with a record.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"update": true, "delete": false, "restore": false, "assign": true}))]
#[expect(clippy::struct_excessive_bools, reason = "they are independent answers")]
pub struct RecordCan {
    /// Change it.
    pub update: bool,
    /// Put it into the bin.
    pub delete: bool,
    /// Take it out of the bin.
    pub restore: bool,
    /// Make somebody else its owner.
    pub assign: bool,
}

impl From<Can> for RecordCan {
    fn from(Can { update, delete, restore, assign }: Can) -> Self {
        Self { update, delete, restore, assign }
    }
}

/// A record with what was asked for besides.
#[derive(Debug, Clone, Serialize)]
pub struct Including<T> {
    /// The record.
    #[serde(flatten)]
    pub record: T,
    /// What the caller may do with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can: Option<RecordCan>,
}

/// Converts a page of views into a page of wire types.
pub fn page_of<V, T: From<V>>(page: Page<V>) -> Page<T> {
    let Page { items, limit, page, next_cursor, total } = page;
    Page { items: items.into_iter().map(T::from).collect(), limit, page, next_cursor, total }
}

/// A label: one line of at most 40 characters.
pub enum Label {}

impl PartialSchema for Label {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .max_length(Some(MAX_LABEL))
            .description(Some("A label."))
            .into()
    }
}

impl ToSchema for Label {}

/// The key of something that one may do. The set is open: every resource brings keys, and clients of today read them too.
pub enum PermissionKey {}

impl PartialSchema for PermissionKey {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[a-z][A-Za-z]*:[a-z][A-Za-z]*$"))
            .examples(["accounts:read", "opportunities:assign"])
            .description(Some("The key of something that one may do. Later versions have more."))
            .into()
    }
}

impl ToSchema for PermissionKey {}

/// Declares the schema of a closed set of strings, taken from the domain's list. The fields themselves are strings; the
/// type is never constructed.
macro_rules! closed_set {
    ($($(#[doc = $doc:literal])+ $name:ident = $values:expr;)+) => {$(
        $(#[doc = $doc])+
        pub enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let description = concat!($($doc),+).trim();
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .enum_values(Some($values))
                    .description(Some(description))
                    .into()
            }
        }

        impl ToSchema for $name {}
    )+};
}

closed_set! {
    /// What it means that an opportunity stands in a stage; also the status of an opportunity.
    StageKind = DomainStageKind::ALL.iter().map(|kind| kind.as_str());
    /// A role in a company, from the most to the least powerful.
    RoleName = Role::ALL.iter().map(|role| role.as_str());
    /// A role in a company, or PLATFORM_ADMIN for a platform administrator.
    UserRole = Role::ALL.iter().map(|role| role.as_str()).chain(["PLATFORM_ADMIN"]);
    /// The kind of record that a file is attached to.
    AttachmentTargetType = TargetType::ALL.iter().map(|kind| kind.as_str());
    /// Whether the file of an attachment is there.
    AttachmentStatusName = AttachmentStatus::ALL.iter().map(|status| status.as_str());
    /// The key of something that a new API key may do.
    ApiKeyScope = Permission::ALL.iter().filter(|p| p.allowed_to_api_keys()).map(|p| p.key());
    /// How far a permission reaches: every record, or only one's own.
    ExtentName = [extent_name(Extent::All), extent_name(Extent::Own)];
}

/// The name of an extent.
pub const fn extent_name(extent: Extent) -> &'static str {
    match extent {
        Extent::All => "ALL",
        Extent::Own => "OWN",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_has_a_key_of_the_pattern() {
        let is_name = |text: &str| {
            text.starts_with(|c: char| c.is_ascii_lowercase())
                && text.chars().all(|c| c.is_ascii_alphabetic())
        };
        for key in Permission::ALL.iter().map(|permission| permission.key()) {
            assert!(key.split_once(':').is_some_and(|(of, verb)| is_name(of) && is_name(verb)), "{key}");
        }
    }

    #[test]
    fn moments_are_utc_with_z_and_microseconds_at_most() {
        let at = DateTime::parse_from_rfc3339("2026-01-31T09:00:00.123456789-03:00").expect("a moment");
        let text = serde_json::to_value(Timestamp::from(at.with_timezone(&Utc))).expect("a text");
        assert_eq!(text, "2026-01-31T12:00:00.123456Z");
    }
}
