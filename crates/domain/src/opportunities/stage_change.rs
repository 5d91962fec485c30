//! Stage changes: from, to, when, who, and why. They are immutable.

use chrono::{DateTime, Utc};

use crate::{
    ids::{OpportunityId, StageChangeId, StageId, UserId},
    input::{Form, Patch, Rule, Violations},
    pipelines::StageRef,
    values::{Locale, Prose, is_blank},
};

/// Why an opportunity moved.
pub type Reason = Prose<1000>;

/// The stored state of a stage change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageChangeRecord {
    /// The stage change's id.
    pub id: StageChangeId,
    /// The opportunity that moved.
    pub opportunity_id: OpportunityId,
    /// The stage it left; absent on creation.
    pub from_stage: Option<StageId>,
    /// The stage it moved to.
    pub to_stage: StageId,
    /// The reason; absent on creation.
    pub reason: Option<Reason>,
    /// When.
    pub changed_at: DateTime<Utc>,
    /// Who.
    pub changed_by: Option<UserId>,
}

/// A new stage change. Only the move that it records can construct it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageChange {
    record: StageChangeRecord,
}

impl StageChange {
    pub(super) fn new(record: StageChangeRecord) -> Self {
        Self { record }
    }

    /// The stored state.
    pub fn record(&self) -> &StageChangeRecord {
        &self.record
    }
}

/// The reason given when a restored opportunity goes to another stage than before, in the company's language.
pub fn reason_of_landing(locale: Locale) -> Reason {
    let text = match locale {
        Locale::Es => "Su etapa fue eliminada mientras estaba en la papelera",
        Locale::En => "Its stage was deleted while it lay in the bin",
        Locale::Pt => "Sua etapa foi excluída enquanto estava na lixeira",
    };
    Prose::trusted(text.to_owned())
}

/// Parses the input of a move: a stage by id or name, and a reason that is not blank.
///
/// # Errors
/// Every violation found.
pub fn read_reason(stage: Patch<String>, reason: Patch<String>) -> Result<(StageRef, Reason), Violations> {
    let mut form = Form::default();
    let stage = form.required("stage", stage, None, |raw: String| {
        if raw.chars().all(is_blank) { Err(Rule::Blank) } else { Ok(StageRef::parse(&raw)) }
    });
    let reason = form.required("reason", reason, None, Reason::parse);
    form.finish(stage.zip(reason))
}
