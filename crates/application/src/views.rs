//! Read models: records with the names of what they refer to. They are serialisable because stored responses (see
//! [`crate::idempotency`]) contain them.

use cartera_domain::{
    pipelines::{Pipeline, PipelineRecord, Stage},
    values::{Currency, Money},
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A reference as it is read: the id and the name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedRef {
    /// The record's id.
    pub id: Uuid,
    /// The record's name.
    pub name: String,
}

/// A reference to a stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageRefView {
    /// The stage's id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// OPEN, WON or LOST.
    pub kind: String,
    /// `#RRGGBB`.
    pub color: String,
}

/// Money as it is read: the amount as exact decimal text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoneyView {
    /// Decimal text with exactly the currency's decimals.
    pub amount: String,
    /// ISO 4217 code.
    pub currency: String,
}

impl MoneyView {
    /// A sum of minor units in a currency.
    pub fn sum(minor_units: i128, currency: Currency) -> Self {
        Self {
            amount: cartera_domain::values::format_minor(minor_units, currency),
            currency: currency.code().to_owned(),
        }
    }
}

impl From<Money> for MoneyView {
    fn from(money: Money) -> Self {
        Self { amount: money.amount(), currency: money.currency().code().to_owned() }
    }
}

/// A pipeline as it is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PipelineView {
    /// The pipeline's id.
    pub id: Uuid,
    /// Counts the changes, those of its stages too, from 1.
    pub version: i32,
    /// Its name.
    pub name: String,
    /// Whether new opportunities go here when nothing was said.
    pub is_default: bool,
    /// Its stages, in order.
    pub stages: Vec<StageView>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// Who created it; nobody when it came with the company.
    pub created_by: Option<NamedRef>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// A stage of a pipeline as it is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageView {
    /// The stage's id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its place in the pipeline, from 1.
    pub order: i32,
    /// OPEN, WON or LOST.
    pub kind: String,
    /// `#RRGGBB`.
    pub color: String,
    /// How probable a sale is from here, in percent.
    pub probability: i32,
}

impl From<&Stage> for StageView {
    fn from(stage: &Stage) -> Self {
        let Stage { id, pipeline_id: _, name, order, kind, color, probability } = stage;
        Self {
            id: id.uuid(),
            name: name.as_str().to_owned(),
            order: *order,
            kind: kind.as_str().to_owned(),
            color: color.as_str().to_owned(),
            probability: *probability,
        }
    }
}

impl PipelineView {
    /// A pipeline whose creator has this name.
    pub fn of(pipeline: &Pipeline, creator_name: Option<String>) -> Self {
        let PipelineRecord {
            id,
            name,
            is_default,
            stages,
            version,
            created_at,
            created_by,
            updated_at,
            deleted_at: _,
        } = pipeline.record();
        let creator = created_by.zip(creator_name);
        Self {
            id: id.uuid(),
            version: *version,
            name: name.as_str().to_owned(),
            is_default: *is_default,
            stages: stages.iter().map(StageView::from).collect(),
            created_at: *created_at,
            created_by: creator.map(|(id, name)| NamedRef { id: id.uuid(), name }),
            updated_at: *updated_at,
        }
    }
}

/// A stage that was just changed, with the version of its pipeline, to which it belongs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PipelineStageView {
    /// The pipeline.
    pub pipeline_id: Uuid,
    /// The pipeline's version.
    pub version: i32,
    /// The stage.
    pub stage: StageView,
}

/// An opportunity as it is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpportunityView {
    /// The opportunity's id.
    pub id: Uuid,
    /// Counts the changes, from 1.
    pub version: i32,
    /// Its number in the company.
    pub number: i64,
    /// The title.
    pub title: String,
    /// The account it is a sale to.
    pub account: Option<NamedRef>,
    /// The contact it is a sale to.
    pub contact: Option<NamedRef>,
    /// Free text.
    pub description: Option<String>,
    /// How much it is worth.
    pub amount: MoneyView,
    /// The pipeline.
    pub pipeline: NamedRef,
    /// The stage.
    pub stage: StageRefView,
    /// OPEN, WON or LOST: the kind of the stage.
    pub status: String,
    /// When it was won or lost.
    pub closed_at: Option<DateTime<Utc>>,
    /// When the sale is expected.
    pub expected_close_date: Option<NaiveDate>,
    /// Whose opportunity it is.
    pub owner: Option<NamedRef>,
    /// Tags.
    pub tags: Vec<String>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// Who created it.
    pub created_by: Option<NamedRef>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it went to the bin; none while it is live.
    pub deleted_at: Option<DateTime<Utc>>,
}

/// A stage change as it is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageChangeView {
    /// The stage change's id.
    pub id: Uuid,
    /// The opportunity that moved.
    pub opportunity_id: Uuid,
    /// The stage it left; none on creation.
    pub from_stage: Option<StageRefView>,
    /// The stage it came to.
    pub new_stage: StageRefView,
    /// Why; none on creation.
    pub reason: Option<String>,
    /// When.
    pub changed_at: DateTime<Utc>,
    /// Who.
    pub changed_by: Option<NamedRef>,
}

/// What a move did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// The stage change.
    #[serde(flatten)]
    pub change: StageChangeView,
    /// The opportunity's version since; `None` in responses stored before this field existed.
    #[serde(default)]
    pub opportunity_version: Option<i32>,
}

/// An attachment as it is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachmentView {
    /// The attachment's id.
    pub id: Uuid,
    /// Counts the changes, from 1.
    pub version: i32,
    /// What kind of record it is attached to: ACCOUNT, CONTACT or OPPORTUNITY.
    pub entity_type: String,
    /// To which record.
    pub entity_id: Uuid,
    /// The file's name.
    pub file_name: String,
    /// Its content type.
    pub content_type: String,
    /// Its size in bytes.
    pub size: i64,
    /// Its SHA-256, in hexadecimal digits.
    pub sha256: String,
    /// PENDING until the upload was confirmed, then AVAILABLE.
    pub status: String,
    /// When it was announced.
    pub created_at: DateTime<Utc>,
    /// Who announced it.
    pub created_by: Option<NamedRef>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}
