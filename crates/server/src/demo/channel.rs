//! The demo's second funnel: agreements with partners, beside the sales to companies.

use cartera_application::{
    Error,
    opportunities::{CreateOpportunity, MoveCommand, WantedLinks},
    security::{Actor, IfMatch},
};
use cartera_domain::{
    ids::{Id, PipelineId},
    input::Patch,
    opportunities::{MoneyInput, OpportunityInput},
    pipelines::{NewPipelineInput, StageInput},
};
use chrono::{DateTime, Days, TimeDelta, Utc};
use uuid::Uuid;

use super::{
    Teller,
    steps::{accept_same_stage, on_a_weekday, step},
};

/// Name, kind, colour and probability of each stage.
const STAGES: [(&str, &str, &str, i64); 5] = [
    ("Contacto", "OPEN", "#0EA5E9", 15),
    ("Propuesta de convenio", "OPEN", "#8B5CF6", 40),
    ("En revisión legal", "OPEN", "#F97316", 75),
    ("Convenio firmado", "WON", "#16A34A", 100),
    ("Sin interés", "LOST", "#DC2626", 0),
];

/// What is agreed, for about how much (in pesos), and how far it gets: the stages after the first, with reasons.
type Agreement = (&'static str, i64, &'static [(&'static str, &'static str)]);

const TALKS: (&str, &str) = ("Propuesta de convenio", "Quieren ofrecer los cursos a sus socios");
const REVIEW: (&str, &str) = ("En revisión legal", "El borrador está con sus abogados");
const SIGNED: (&str, &str) = ("Convenio firmado", "Firmaron por dos años");

const AGREEMENTS: [Agreement; 9] = [
    ("Convenio de pasantías", 240_000, &[TALKS, REVIEW, SIGNED]),
    ("Becas para empleados", 180_000, &[TALKS, ("Sin interés", "Prefieren otra universidad")]),
    ("Sala de innovación compartida", 520_000, &[TALKS, REVIEW]),
    ("Programa de mentores", 90_000, &[TALKS, SIGNED]),
    ("Diplomado a medida", 310_000, &[TALKS, REVIEW, ("Sin interés", "Se quedaron sin presupuesto")]),
    ("Jornadas de empleo", 60_000, &[TALKS]),
    ("Laboratorio de datos", 450_000, &[TALKS, REVIEW]),
    ("Convenio de investigación", 380_000, &[]),
    ("Cursos de verano", 75_000, &[]),
];

/// Makes the pipeline and tells its agreements, spread over the second half of the year.
pub(super) async fn tell(
    teller: &Teller,
    owner: &Actor,
    accounts: &[Uuid],
    begin: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let begin = begin + Days::new(170);
    teller.clock.set(on_a_weekday(begin));
    let pipeline = open_pipeline(teller, owner).await?;
    for (number, agreement) in (0..).zip(AGREEMENTS) {
        let start = on_a_weekday(begin + Days::new(2 + number * 20) + TimeDelta::minutes(40));
        let account = accounts[usize::try_from(number * 5 + 2).unwrap_or(0) % accounts.len()];
        agree(teller, owner, pipeline, number, agreement, account, start..now).await?;
    }
    Ok(())
}

async fn open_pipeline(teller: &Teller, owner: &Actor) -> Result<PipelineId, Error> {
    let text = |value: &str| Patch::Value(value.to_owned());
    let stages = STAGES.map(|(name, kind, color, probability)| StageInput {
        name: text(name),
        kind: text(kind),
        color: text(color),
        probability: Patch::Value(probability),
        order: Patch::Absent,
    });
    let input = NewPipelineInput {
        name: text("Convenios"),
        is_default: Patch::Absent,
        stages: Patch::Value(stages.into()),
    };
    let made = teller.application.pipelines.create(owner, input, &step("pipeline-agreements")).await?;
    Ok(Id::new(made.output.id))
}

async fn agree(
    teller: &Teller,
    owner: &Actor,
    pipeline: PipelineId,
    number: u64,
    (title, price, path): Agreement,
    account: Uuid,
    time: std::ops::Range<DateTime<Utc>>,
) -> Result<(), Error> {
    let mut at = time.start.min(time.end);
    teller.clock.set(at);
    let amount = MoneyInput { amount: Some(format!("{price}.00")), currency: Some("UYU".to_owned()) };
    let command = CreateOpportunity {
        input: OpportunityInput {
            title: Patch::Value(title.to_owned()),
            amount: Patch::Value(amount),
            expected_close_date: Patch::Value((at + Days::new(90)).format("%Y-%m-%d").to_string()),
            ..OpportunityInput::default()
        },
        links: WantedLinks { account_id: Patch::Value(account), ..WantedLinks::default() },
        pipeline_id: Patch::Value(pipeline.uuid()),
        stage_id: Patch::Absent,
    };
    let opportunities = &teller.application.opportunities;
    let made = opportunities.create(owner, command, &step(&format!("agreement-{number}"))).await?;
    let id = Id::new(made.output.id);
    for (turn, (stage, reason)) in path.iter().enumerate() {
        at = on_a_weekday(at + Days::new(5 + number % 4) + TimeDelta::minutes(23));
        if at >= time.end {
            break;
        }
        teller.clock.set(at);
        let text = |value: &str| Patch::Value(value.to_owned());
        let command = MoveCommand { stage: text(stage), reason: text(reason) };
        let once = step(&format!("agreement-{number}-{turn}"));
        let moved = opportunities.change_stage(owner, id, command, IfMatch::default(), &once).await;
        accept_same_stage(moved)?;
    }
    Ok(())
}
