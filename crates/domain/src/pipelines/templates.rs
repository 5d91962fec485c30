//! The pipeline with which a new company starts, in its language.

use chrono::{DateTime, Utc};

use super::{Color, Pipeline, PipelineName, PipelineRecord, Stage, StageKind, StageName};
use crate::{
    ids::{PipelineId, StageId},
    values::Locale,
};

/// Kind, colour and probability (percent) of the five stages; their names depend on the language.
const SHAPE: [(StageKind, &str, i32); 5] = [
    (StageKind::Open, "#64748B", 10),
    (StageKind::Open, "#3B82F6", 30),
    (StageKind::Open, "#F59E0B", 60),
    (StageKind::Won, "#16A34A", 100),
    (StageKind::Lost, "#DC2626", 0),
];

const fn names(locale: Locale) -> (&'static str, [&'static str; 5]) {
    match locale {
        Locale::Es => ("Ventas", ["Preparación", "Presentación", "Negociación", "Venta", "No Venta"]),
        Locale::En => ("Sales", ["Preparation", "Presentation", "Negotiation", "Won", "Lost"]),
        Locale::Pt => ("Vendas", ["Preparação", "Apresentação", "Negociação", "Ganho", "Perdido"]),
    }
}

/// The default pipeline of a new company. `new_stage_id` generates the ids of the stages.
pub fn default_pipeline(
    id: PipelineId,
    locale: Locale,
    mut new_stage_id: impl FnMut() -> StageId,
    now: DateTime<Utc>,
) -> Pipeline {
    let (name, stage_names) = names(locale);
    let stages = stage_names
        .into_iter()
        .zip(SHAPE)
        .zip(1..)
        .map(|((name, (kind, color, probability)), order)| Stage {
            id: new_stage_id(),
            pipeline_id: id,
            name: StageName::trusted(name.to_owned()),
            order,
            kind,
            color: Color::trusted(color.to_owned()),
            probability,
        })
        .collect();
    Pipeline::create(PipelineRecord {
        id,
        name: PipelineName::trusted(name.to_owned()),
        is_default: true,
        stages,
        version: 1,
        created_at: now,
        created_by: None,
        updated_at: now,
        deleted_at: None,
    })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::pipelines::StageRef;

    fn pipeline(locale: Locale) -> Pipeline {
        let mut next = 0;
        default_pipeline(
            PipelineId::new(Uuid::from_u128(1)),
            locale,
            || {
                next += 1;
                StageId::new(Uuid::from_u128(100 + next))
            },
            DateTime::UNIX_EPOCH,
        )
    }

    #[test]
    fn every_language_has_one_won_and_at_least_one_open_and_lost_stage() {
        for locale in [Locale::Es, Locale::En, Locale::Pt] {
            let pipeline = pipeline(locale);
            let count = |kind| pipeline.record().stages.iter().filter(|stage| stage.kind == kind).count();
            assert_eq!((count(StageKind::Open), count(StageKind::Won), count(StageKind::Lost)), (3, 1, 1));
            assert_eq!(pipeline.first_open_stage().map(|stage| stage.order), Some(1));
        }
    }

    #[test]
    fn a_stage_is_found_by_folded_name_and_by_id() {
        let pipeline = pipeline(Locale::Es);
        let lost = pipeline.find_stage(&StageRef::parse("NO_VENTA")).expect("the stage exists");
        assert_eq!(lost.kind, StageKind::Lost);
        assert_eq!(pipeline.stage(lost.id), Some(lost));
        assert_eq!(pipeline.find_stage(&StageRef::parse("Won")), None);
    }
}
