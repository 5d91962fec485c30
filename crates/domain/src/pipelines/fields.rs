//! The writable fields of pipelines and stages.

use super::{Color, PipelineName, StageKind, StageName, StageRef};
use crate::{
    input::{Form, Patch, Rule, Violations, one_of},
    values::fold_key,
};

/// The most stages of a pipeline.
pub const MAX_STAGES: usize = 50;

/// The requested fields of a stage, unchecked.
#[derive(Debug, Clone, Default)]
pub struct StageInput {
    /// The name.
    pub name: Patch<String>,
    /// OPEN, WON or LOST; can only be set on a new stage.
    pub kind: Patch<String>,
    /// `#RRGGBB`; the default of its kind when absent or null.
    pub color: Patch<String>,
    /// The probability of a sale in percent; the default of its kind when absent or null.
    pub probability: Patch<i64>,
    /// The position, from 1; can only be set on a new stage.
    pub order: Patch<i64>,
}

/// The checked fields of a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageFields {
    /// The name.
    pub name: StageName,
    /// The kind.
    pub kind: StageKind,
    /// Its colour on the board.
    pub color: Color,
    /// The probability of a sale from here, in percent.
    pub probability: i32,
}

/// The requested fields of a new pipeline, unchecked.
#[derive(Debug, Clone, Default)]
pub struct NewPipelineInput {
    /// The name.
    pub name: Patch<String>,
    /// Whether it becomes the default pipeline.
    pub is_default: Patch<bool>,
    /// Its stages, in order.
    pub stages: Patch<Vec<StageInput>>,
}

/// The checked fields of a new pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPipelineFields {
    /// The name.
    pub name: PipelineName,
    /// Whether it becomes the default pipeline.
    pub is_default: bool,
    /// Its stages, in order.
    pub stages: Vec<StageFields>,
}

/// The requested fields of an existing pipeline, unchecked.
#[derive(Debug, Clone, Default)]
pub struct PipelineInput {
    /// The name.
    pub name: Patch<String>,
    /// Whether it becomes the default pipeline.
    pub is_default: Patch<bool>,
}

/// The checked fields of a pipeline, without its stages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipelineFields {
    /// The name.
    pub name: PipelineName,
    /// Whether it is the default pipeline.
    pub is_default: bool,
}

impl PipelineFields {
    /// These fields with a merge-patch applied.
    ///
    /// # Errors
    /// Every violation found; the fields are unchanged.
    pub fn patched(self, input: PipelineInput) -> Result<Self, Violations> {
        let PipelineInput { name, is_default } = input;
        let mut form = Form::default();
        let name = form.required("name", name, Some(self.name), parse_pipeline_name);
        let is_default = form.required("isDefault", is_default, Some(self.is_default), Ok::<_, Rule>);
        form.finish(name.zip(is_default).map(|(name, is_default)| Self { name, is_default }))
    }
}

impl NewPipelineFields {
    /// Parses the input of a new pipeline: exactly one stage of kind WON, at least one OPEN and one LOST, and no two
    /// with the same folded name. Stages keep the given order, except those with a position.
    ///
    /// # Errors
    /// Every violation found.
    pub fn read(input: NewPipelineInput) -> Result<Self, Violations> {
        let NewPipelineInput { name, is_default, stages } = input;
        let mut form = Form::default();
        let name = form.required("name", name, None, parse_pipeline_name);
        let is_default = is_default.into_value().unwrap_or(false);
        let stages = match stages {
            Patch::Absent | Patch::Null => {
                form.reject("stages", Rule::Required);
                None
            }
            Patch::Value(stages) => read_stages(&mut form, stages),
        };
        form.finish(name.zip(stages).map(|(name, stages)| Self { name, is_default, stages }))
    }
}

fn read_stages(form: &mut Form, inputs: Vec<StageInput>) -> Option<Vec<StageFields>> {
    if inputs.len() > MAX_STAGES {
        form.reject("stages", Rule::TooMany { max: MAX_STAGES });
        return None;
    }
    let (count, mut names) = (inputs.len(), Vec::new());
    let mut stages = Vec::new();
    for (index, mut input) in inputs.into_iter().enumerate() {
        let prefix = format!("stages.{index}.");
        let place = std::mem::take(&mut input.order);
        let place = form.optional(&format!("{prefix}order"), place, None, parse_place);
        let Some(fields) = read_stage(form, &prefix, None, input) else { continue };
        let folded = fold_key(fields.name.as_str());
        if names.contains(&folded) {
            let explanation = "another stage has this name (case, accents and separators don't count)";
            form.reject(&format!("{prefix}name"), Rule::Inconsistent { explanation });
        }
        names.push(folded);
        stages.push((place.unwrap_or(index + 1), fields));
    }
    stages.sort_by_key(|(place, _)| *place);
    let stages: Vec<_> = stages.into_iter().map(|(_, fields)| fields).collect();
    // If a stage of the list is invalid, its kind is unknown, so the kinds can't be checked.
    if stages.len() == count && !has_every_kind(stages.iter().map(|stage| stage.kind)) {
        let explanation = "must have exactly one WON stage, and at least one OPEN and one LOST stage";
        form.reject("stages", Rule::Inconsistent { explanation });
    }
    Some(stages)
}

/// Whether a pipeline may have stages of these kinds: exactly one WON, at least one OPEN and one LOST.
pub(super) fn has_every_kind(kinds: impl IntoIterator<Item = StageKind>) -> bool {
    let (mut open, mut won, mut lost) = (0, 0, 0);
    for kind in kinds {
        match kind {
            StageKind::Open => open += 1,
            StageKind::Won => won += 1,
            StageKind::Lost => lost += 1,
        }
    }
    won == 1 && open > 0 && lost > 0
}

impl StageFields {
    /// Parses the input of a new stage and its position, if given.
    ///
    /// # Errors
    /// Every violation found.
    pub fn read(mut input: StageInput) -> Result<(Self, Option<usize>), Violations> {
        let mut form = Form::default();
        let place = std::mem::take(&mut input.order);
        let place = form.optional("order", place, None, parse_place);
        let fields = read_stage(&mut form, "", None, input);
        form.finish(fields.map(|fields| (fields, place)))
    }

    /// These fields with a merge-patch applied. The kind never changes, and the position only by reordering the
    /// pipeline.
    ///
    /// # Errors
    /// Every violation found; the fields are unchanged.
    pub fn patched(self, input: StageInput) -> Result<Self, Violations> {
        let mut form = Form::default();
        let hints = [
            ("kind", input.kind.is_absent(), "a stage's kind never changes; add another stage"),
            ("order", input.order.is_absent(), "use PUT /pipelines/{id}/stages/order"),
        ];
        for (field, absent, hint) in hints {
            if !absent {
                form.reject(field, Rule::NotSettable { hint });
            }
        }
        let input = StageInput { kind: Patch::Absent, order: Patch::Absent, ..input };
        let fields = read_stage(&mut form, "", Some(&self), input);
        form.finish(fields)
    }
}

fn read_stage(
    form: &mut Form,
    prefix: &str,
    old: Option<&StageFields>,
    input: StageInput,
) -> Option<StageFields> {
    let StageInput { name, kind, color, probability, order: _ } = input;
    let field = |name: &str| format!("{prefix}{name}");
    let name = form.required(&field("name"), name, old.map(|f| f.name.clone()), parse_stage_name);
    let kind = form.required(&field("kind"), kind, old.map(|f| f.kind), |raw: String| parse_kind(&raw));
    let color =
        form.optional(&field("color"), color, old.map(|f| f.color.clone()), |raw: String| Color::parse(&raw));
    let probability =
        form.optional(&field("probability"), probability, old.map(|f| f.probability), parse_probability);
    let (name, kind) = name.zip(kind)?;
    Some(StageFields {
        name,
        kind,
        color: color.unwrap_or_else(|| kind.usual_color()),
        probability: probability.unwrap_or_else(|| kind.usual_probability()),
    })
}

fn parse_kind(raw: &str) -> Result<StageKind, Rule> {
    one_of(raw, StageKind::ALL, StageKind::as_str)
}

fn parse_probability(raw: i64) -> Result<i32, Rule> {
    within(raw, 0, 100)
}

fn parse_place(raw: i64) -> Result<usize, Rule> {
    within(raw, 1, i64::try_from(MAX_STAGES).unwrap_or(i64::MAX))
}

fn within<T: TryFrom<i64>>(raw: i64, min: i64, max: i64) -> Result<T, Rule> {
    T::try_from(raw)
        .ok()
        .filter(|_| (min..=max).contains(&raw))
        .ok_or_else(|| Rule::OutOfRange { min: min.to_string(), max: max.to_string() })
}

/// Pipelines and stages are identified by their folded names, which a name without a letter or digit lacks.
fn parse_pipeline_name(raw: String) -> Result<PipelineName, Rule> {
    let name = PipelineName::parse(raw)?;
    if fold_key(name.as_str()).is_empty() { Err(NAMELESS) } else { Ok(name) }
}

const NAMELESS: Rule = Rule::Malformed { expected: "a name with at least one letter or digit" };

/// A stage may be given by id or by name, so a name can't look like an id.
fn parse_stage_name(raw: String) -> Result<StageName, Rule> {
    let name = StageName::parse(raw)?;
    match StageRef::parse(name.as_str()) {
        StageRef::Id(_) => Err(Rule::Malformed { expected: "a name that is no id" }),
        StageRef::Name(folded) if folded.is_empty() => Err(NAMELESS),
        StageRef::Name(_) => Ok(name),
    }
}
