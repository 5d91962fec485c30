//! Moving an opportunity: the only way its stage changes.

use cartera_application::{
    Code, Result,
    idempotency::Once,
    opportunities::{CreateOpportunity, MoveCommand},
    ports::Store,
    security::{Actor, IfMatch},
    testing::{TestCompany, TestEnvironment, provenance},
    views::{OpportunityView, StageChangeView},
};
use cartera_domain::{identity::Role, ids::Id, input::Patch, opportunities::Reason, pipelines::StageRef};
use chrono::TimeDelta;

use super::{bad_reference, refusal, violations};

fn to(stage: &str) -> MoveCommand {
    MoveCommand { stage: Patch::Value(stage.to_owned()), reason: Patch::Value(" They said yes ".to_owned()) }
}

async fn change_stage(
    env: &TestEnvironment,
    actor: &Actor,
    view: &OpportunityView,
    command: MoveCommand,
    if_match: Option<i32>,
) -> Result<StageChangeView> {
    let (id, if_match) = (TestEnvironment::id_of(view), IfMatch::new(if_match));
    let outcome = env.app.opportunities.change_stage(actor, id, command, if_match, &Once::default()).await?;
    Ok(outcome.output.change)
}

async fn start() -> (TestEnvironment, TestCompany, OpportunityView) {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    let account = env.account(&acme.owner, "Globex").await;
    let sale = env.opportunity(&acme.owner, account).await;
    env.clock.advance(TimeDelta::minutes(1));
    (env, acme, sale)
}

async fn read(env: &TestEnvironment, acme: &TestCompany, sale: &OpportunityView) -> OpportunityView {
    env.app.opportunities.get(&acme.owner, TestEnvironment::id_of(sale)).await.expect("it is there")
}

#[tokio::test]
async fn a_move_records_from_to_when_who_and_why() {
    let (env, acme, sale) = start().await;
    let member = env.person(acme.id, Role::Member).await;
    let change = change_stage(&env, &member.actor, &sale, to("negociacion"), None).await.expect("they may");
    assert_eq!(change.from_stage.map(|stage| stage.name), Some("Preparación".to_owned()));
    assert_eq!(change.new_stage.name, "Negociación");
    assert_eq!(change.reason.as_deref(), Some("They said yes"));
    assert_eq!(change.changed_by.map(|named| named.id), Some(member.id.uuid()));
    assert_eq!(change.changed_at - sale.created_at, TimeDelta::minutes(1));
    let moved = read(&env, &acme, &sale).await;
    assert_eq!((moved.version, moved.stage.name.as_str()), (2, "Negociación"));
    let published = env.store.events(acme.id).pop().expect("an event");
    let fields: Vec<_> = published.event.changes.iter().map(|change| change.field).collect();
    assert_eq!(published.event.kind.as_str(), "opportunity.stage_changed");
    assert_eq!(fields, ["stageId", "status", "closedAt", "reason"]);
}

#[tokio::test]
async fn closing_sets_closed_at_and_reopening_clears_it() {
    let (env, acme, sale) = start().await;
    let won = change_stage(&env, &acme.owner, &sale, to("Venta"), None).await.expect("they may");
    let closed = read(&env, &acme, &sale).await;
    assert_eq!((closed.status.as_str(), closed.closed_at), ("WON", Some(won.changed_at)));
    env.clock.advance(TimeDelta::minutes(1));
    let lost = change_stage(&env, &acme.owner, &sale, to("NO_VENTA"), None).await.expect("they may");
    let closed = read(&env, &acme, &sale).await;
    assert_eq!((closed.status.as_str(), closed.closed_at), ("LOST", Some(lost.changed_at)));
    let first = acme.stage("Preparación").to_string();
    change_stage(&env, &acme.owner, &sale, to(&first), None).await.expect("they may");
    let open = read(&env, &acme, &sale).await;
    assert_eq!((open.status.as_str(), open.closed_at, open.version), ("OPEN", None, 4));
}

#[tokio::test]
async fn stage_and_reason_are_mandatory_and_not_blank() {
    let (env, acme, sale) = start().await;
    let refused = violations(change_stage(&env, &acme.owner, &sale, MoveCommand::default(), None).await);
    assert_eq!(refused, [("stage".to_owned(), "required"), ("reason".to_owned(), "required")]);
    let blank = MoveCommand { stage: Patch::Value(" ".into()), reason: Patch::Value("\n\t ".into()) };
    let refused = violations(change_stage(&env, &acme.owner, &sale, blank, None).await);
    assert_eq!(refused, [("stage".to_owned(), "blank"), ("reason".to_owned(), "blank")]);
    let long = MoveCommand { reason: Patch::Value("x".repeat(1001)), ..to("Venta") };
    let refused = violations(change_stage(&env, &acme.owner, &sale, long, None).await);
    assert_eq!(refused, [("reason".to_owned(), "too_long")]);
    assert_eq!(read(&env, &acme, &sale).await.version, 1);
}

#[tokio::test]
async fn the_current_stage_is_no_move() {
    let (env, acme, sale) = start().await;
    let before = env.events(acme.id).len();
    let refused = change_stage(&env, &acme.owner, &sale, to("PREPARACION"), None).await;
    assert_eq!(refusal(refused), Code::AlreadyInStage);
    assert_eq!(env.events(acme.id).len(), before);
}

#[tokio::test]
async fn only_stages_of_its_own_pipeline_will_do() {
    let (env, acme, sale) = start().await;
    let other = env.company("Other").await;
    let second = env.pipeline(acme.id).await;
    let of_second = second.record().stages[1].id.to_string();
    let theirs = other.stage("Venta").to_string();
    let unknown = uuid::Uuid::nil().to_string();
    for stage in [of_second.as_str(), &theirs, &unknown, "Ganho", "Nowhere", "%"] {
        let refused = change_stage(&env, &acme.owner, &sale, to(stage), None).await;
        assert_eq!(bad_reference(refused), "stage", "{stage}");
    }
    assert_eq!(read(&env, &acme, &sale).await.version, 1);
}

/// Two pipelines may have stages with the same name. In a move, the name means the stage of the opportunity's own
/// pipeline.
#[tokio::test]
async fn a_name_means_the_stage_of_its_own_pipeline() {
    let (env, acme, sale) = start().await;
    let account = Id::new(sale.account.expect("it has an account").id);
    for pipeline in [env.pipeline(acme.id).await, env.pipeline(acme.id).await] {
        let command = CreateOpportunity {
            pipeline_id: Patch::Value(pipeline.record().id.uuid()),
            ..TestEnvironment::new_opportunity("A sale", account)
        };
        let made = env.app.opportunities.create(&acme.owner, command, &Once::default()).await;
        let sale = made.expect("they may").output;
        let change = change_stage(&env, &acme.owner, &sale, to("ganho"), None).await.expect("they may");
        let own = pipeline.find_stage(&StageRef::parse("Ganho")).expect("it is there");
        assert_eq!(change.new_stage.id, own.id.uuid());
    }
}

#[tokio::test]
async fn a_viewer_moves_nothing_and_another_company_finds_nothing() {
    let (env, acme, sale) = start().await;
    let other = env.company("Other").await;
    let viewer = env.person(acme.id, Role::Viewer).await;
    let refused = change_stage(&env, &viewer.actor, &sale, to("Venta"), None).await;
    assert_eq!(refusal(refused), Code::Forbidden);
    let refused = change_stage(&env, &other.owner, &sale, to("Venta"), Some(1)).await;
    assert_eq!(refusal(refused), Code::NotFound);
    // A valid body must not reveal anything about a record that does not exist.
    let refused = change_stage(&env, &other.owner, &sale, MoveCommand::default(), None).await;
    assert_eq!(refusal(refused), Code::NotFound);
}

#[tokio::test]
async fn a_stale_version_is_refused() {
    let (env, acme, sale) = start().await;
    change_stage(&env, &acme.owner, &sale, to("Venta"), Some(1)).await.expect("the version is right");
    let refused = change_stage(&env, &acme.owner, &sale, to("No Venta"), Some(1)).await;
    assert_eq!(refusal(refused), Code::VersionMismatch);
    change_stage(&env, &acme.owner, &sale, to("No Venta"), Some(2)).await.expect("the version is right");
}

/// Concurrent moves: the opportunity that the second one loaded is outdated.
#[tokio::test]
async fn the_second_of_two_loses_and_learns_what_kind_of_conflict_it_was() {
    for (if_match, expected) in [(None, Code::EditConflict), (Some(1), Code::VersionMismatch)] {
        let (env, acme, sale) = start().await;
        let grant = Actor::system(acme.id, provenance()).authorize_system().expect("the system may");
        let first = env.store.begin(&grant).await.expect("a unit of work begins");
        let mut held = first.opportunities().get(TestEnvironment::id_of(&sale)).await.expect("it is there");
        let stage = acme.pipeline.stage(acme.stage("Venta")).expect("it is there");
        let reason = Reason::trusted("First".to_owned());
        let change_id = Id::new(uuid::Uuid::now_v7());
        let now = sale.created_at + TimeDelta::seconds(1);
        let change = held.move_to(stage, change_id, reason, None, now).expect("it may move");
        first.opportunities().record_move(&mut held, &change).await.expect("it is stored");
        let (second, ()) =
            tokio::join!(change_stage(&env, &acme.owner, &sale, to("No Venta"), if_match), async {
                // By now the second one has loaded the opportunity, and waits for its row lock.
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                first.commit().await.expect("it commits");
            });
        assert_eq!(refusal(second), expected);
        let read = read(&env, &acme, &sale).await;
        assert_eq!((read.version, read.stage.name.as_str()), (2, "Venta"));
        assert_eq!(env.store.look(|tables| tables.stage_changes.len()), 2);
    }
}
