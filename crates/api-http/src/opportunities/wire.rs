//! Wire types of opportunities in requests. Those in answers are in [`super::answers`].

use cartera_application::opportunities::{CreateOpportunity, MoveCommand, UpdateOpportunity, WantedLinks};
use cartera_domain::{
    input::{Patch, Rule, Violation, Violations},
    opportunities::{MoneyInput as DomainMoneyInput, OpportunityInput},
};
use serde::{Deserialize, de::IgnoredAny};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    edge::patch,
    wire::{Label, MoneyChange, MoneyInput},
};

fn money<M: Into<DomainMoneyInput>>(raw: Patch<M>) -> Patch<DomainMoneyInput> {
    match raw {
        Patch::Absent => Patch::Absent,
        Patch::Null => Patch::Null,
        Patch::Value(money) => Patch::Value(money.into()),
    }
}

/// A new opportunity, of an account or a contact or both.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = CreateOpportunity)]
#[schema(example = json!({
    "title": "Flota nueva", "accountId": "019a9f2e-0000-7000-8000-00000000c001",
    "amount": {"amount": "1250.00", "currency": "UYU"}, "expectedCloseDate": "2026-03-31"
}))]
pub struct NewOpportunity {
    /// The title.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required, min_length = 1, max_length = 200)]
    pub title: Patch<String>,
    /// The account it is a sale to; needed without a contact.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<Uuid>)]
    pub account_id: Patch<Uuid>,
    /// The contact it is a sale to; needed without an account.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<Uuid>)]
    pub contact_id: Patch<Uuid>,
    /// Free text.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, max_length = 5000)]
    pub description: Patch<String>,
    /// How much it is worth.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = MoneyInput, required)]
    pub amount: Patch<MoneyInput>,
    /// The pipeline, which stays; by default the company's default one.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<Uuid>)]
    pub pipeline_id: Patch<Uuid>,
    /// The stage in which it starts; by default the first open one.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<Uuid>)]
    pub stage_id: Patch<Uuid>,
    /// When the sale is expected.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<NaiveDate>)]
    pub expected_close_date: Patch<String>,
    /// Whose opportunity it shall be; by default the creator's. Anybody else's takes `opportunities:assign`.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<Uuid>)]
    pub owner_id: Patch<Uuid>,
    /// Up to 20 tags of up to 40 characters. Of those that differ in case or accents only, the first stays.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<Vec<Label>>, max_items = 20)]
    pub tags: Patch<Vec<String>>,
}

impl From<NewOpportunity> for CreateOpportunity {
    fn from(body: NewOpportunity) -> Self {
        let NewOpportunity {
            title,
            account_id,
            contact_id,
            description,
            amount,
            pipeline_id,
            stage_id,
            expected_close_date,
            owner_id,
            tags,
        } = body;
        Self {
            input: OpportunityInput { title, description, amount: money(amount), expected_close_date, tags },
            links: WantedLinks { account_id, contact_id, owner_id },
            pipeline_id,
            stage_id,
        }
    }
}

/// A merge-patch of an opportunity: what is absent stays, null clears (a required field can't be cleared).
/// The stage changes by `POST /opportunities/{id}/stage-changes` only, and the pipeline never.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = UpdateOpportunity)]
#[schema(example = json!({"amount": {"amount": "1500.00", "currency": "UYU"}, "expectedCloseDate": null}))]
pub struct OpportunityPatch {
    /// The title.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200)]
    pub title: Patch<String>,
    /// The account it is a sale to.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<Uuid>)]
    pub account_id: Patch<Uuid>,
    /// The contact it is a sale to.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<Uuid>)]
    pub contact_id: Patch<Uuid>,
    /// Free text.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<String>, max_length = 5000)]
    pub description: Patch<String>,
    /// How much it is worth: replaced whole.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = MoneyChange, required = false)]
    pub amount: Patch<MoneyChange>,
    /// When the sale is expected.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<NaiveDate>)]
    pub expected_close_date: Patch<String>,
    /// Whose opportunity it shall be. Anybody's but one's own takes `opportunities:assign`.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<Uuid>)]
    pub owner_id: Patch<Uuid>,
    /// Up to 20 tags of up to 40 characters; they replace the present ones. Of those that differ in case or accents
    /// only, the first stays.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<Vec<Label>>, max_items = 20)]
    pub tags: Patch<Vec<String>>,
    /// Known only to be refused with a hint.
    #[serde(default, deserialize_with = "patch")]
    #[schema(ignore)]
    pub stage: Patch<IgnoredAny>,
    /// Known only to be refused with a hint.
    #[serde(default, deserialize_with = "patch")]
    #[schema(ignore)]
    pub stage_id: Patch<IgnoredAny>,
    /// Known only to be refused with a hint.
    #[serde(default, deserialize_with = "patch")]
    #[schema(ignore)]
    pub status: Patch<IgnoredAny>,
    /// Known only to be refused with a hint.
    #[serde(default, deserialize_with = "patch")]
    #[schema(ignore)]
    pub pipeline_id: Patch<IgnoredAny>,
}

const BY_STAGE_CHANGE: &str = "use POST /opportunities/{id}/stage-changes";
const PIPELINE_STAYS: &str = "the pipeline stays; within it use POST /opportunities/{id}/stage-changes";

impl TryFrom<OpportunityPatch> for UpdateOpportunity {
    type Error = Violations;

    fn try_from(body: OpportunityPatch) -> Result<Self, Violations> {
        let OpportunityPatch {
            title,
            account_id,
            contact_id,
            description,
            amount,
            expected_close_date,
            owner_id,
            tags,
            stage,
            stage_id,
            status,
            pipeline_id,
        } = body;
        let refused: Vec<_> = [
            ("stage", stage, BY_STAGE_CHANGE),
            ("stageId", stage_id, BY_STAGE_CHANGE),
            ("status", status, BY_STAGE_CHANGE),
            ("pipelineId", pipeline_id, PIPELINE_STAYS),
        ]
        .into_iter()
        .filter(|(_, given, _)| !given.is_absent())
        .map(|(field, _, hint)| Violation::new(field, Rule::NotSettable { hint }))
        .collect();
        if !refused.is_empty() {
            return Err(Violations(refused));
        }
        Ok(Self {
            input: OpportunityInput { title, description, amount: money(amount), expected_close_date, tags },
            links: WantedLinks { account_id, contact_id, owner_id },
        })
    }
}

/// A move of an opportunity to another stage of its pipeline.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"stage": "negociacion", "reason": "Pidieron una propuesta"}))]
pub struct CreateStageChange {
    /// The stage, by id or by name; names match whatever case, accents and separators.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required, min_length = 1)]
    pub stage: Patch<String>,
    /// Why.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required, min_length = 1, max_length = 1000)]
    pub reason: Patch<String>,
}

impl From<CreateStageChange> for MoveCommand {
    fn from(CreateStageChange { stage, reason }: CreateStageChange) -> Self {
        Self { stage, reason }
    }
}
