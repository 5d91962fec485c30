//! The record that an opportunity moved: from, to, when, who, and why. It is never edited.

use chrono::{DateTime, Utc};

use crate::{
    ids::{OpportunityId, StageChangeId, StageId, UserId},
    input::{Form, Patch, Rule, Violations},
    pipelines::StageRef,
    values::{Locale, Prose},
};

/// Why an opportunity moved.
pub type Reason = Prose<1000>;

/// What is stored of a stage change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageChangeRecord {
    /// The stage change's id.
    pub id: StageChangeId,
    /// The opportunity that moved.
    pub opportunity_id: OpportunityId,
    /// The stage it left; none on creation.
    pub from_stage: Option<StageId>,
    /// The stage it came to.
    pub to_stage: StageId,
    /// Why; none on creation.
    pub reason: Option<Reason>,
    /// When.
    pub changed_at: DateTime<Utc>,
    /// Who.
    pub changed_by: Option<UserId>,
}

/// A stage change that was just decided: it exists only together with the move it records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageChange {
    record: StageChangeRecord,
}

impl StageChange {
    pub(super) fn new(record: StageChangeRecord) -> Self {
        Self { record }
    }

    /// What is stored.
    pub fn record(&self) -> &StageChangeRecord {
        &self.record
    }
}

/// Why an opportunity that comes out of the bin stands in another stage than before, in the company's
/// language.
pub fn reason_of_landing(locale: Locale) -> Reason {
    let text = match locale {
        Locale::Es => "Su etapa fue eliminada mientras estaba en la papelera",
        Locale::En => "Its stage was deleted while it lay in the bin",
        Locale::Pt => "Sua etapa foi excluída enquanto estava na lixeira",
    };
    Prose::trusted(text.to_owned())
}

/// Reads the body of a move: a stage by id or name, and a reason that is not blank.
///
/// # Errors
/// Every violation found.
pub fn read_reason(stage: Patch<String>, reason: Patch<String>) -> Result<(StageRef, Reason), Violations> {
    let mut form = Form::default();
    let stage = form.required("stage", stage, None, |raw: String| {
        if raw.trim().is_empty() { Err(Rule::Blank) } else { Ok(StageRef::parse(&raw)) }
    });
    let reason = form.required("reason", reason, None, Reason::parse);
    form.finish(stage.zip(reason))
}
