//! Stages: adding, reordering, changing, and deleting with their opportunities.

use cartera_application::{
    Code, Error, Result,
    idempotency::Once,
    opportunities::{CreateOpportunity, MoveCommand},
    pipelines::{DeleteStage, StageDeleted},
    ports::Store,
    security::{Actor, IfMatch},
    testing::{TestCompany, TestEnvironment, once, provenance},
    views::{OpportunityView, PipelineStageView},
};
use cartera_domain::{
    identity::Role,
    ids::{Id, StageId},
    input::Patch,
    opportunities::{Reason, Transfer},
    pipelines::{MAX_STAGES, StageInput},
};
use chrono::TimeDelta;
use uuid::Uuid;

use super::{
    bad_reference,
    pipelines::{stage, text},
    refusal, violations,
};

async fn start() -> (TestEnvironment, TestCompany) {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    env.clock.advance(TimeDelta::minutes(1));
    (env, acme)
}

async fn add(env: &TestEnvironment, acme: &TestCompany, input: StageInput) -> Result<PipelineStageView> {
    let (id, seen) = (acme.pipeline.record().id, IfMatch::default());
    Ok(env.app.pipelines.add_stage(&acme.owner, id, input, seen, &Once::default()).await?.output)
}

async fn change(
    env: &TestEnvironment,
    actor: &Actor,
    id: StageId,
    input: StageInput,
) -> Result<PipelineStageView> {
    env.app.pipelines.update_stage(actor, id, input, IfMatch::default()).await.map(|done| done.output)
}

async fn remove(
    env: &TestEnvironment,
    actor: &Actor,
    id: StageId,
    command: DeleteStage,
) -> Result<StageDeleted> {
    env.app.pipelines.delete_stage(actor, id, command, IfMatch::default()).await.map(|done| done.output)
}

fn to(stage: &str, reason: &str) -> DeleteStage {
    DeleteStage { move_to: Some(stage.to_owned()), reason: Some(reason.to_owned()) }
}

/// The names of the first pipeline's stages, in order, and its version.
async fn stages(env: &TestEnvironment, acme: &TestCompany) -> (Vec<String>, i32) {
    let id = acme.pipeline.record().id;
    let read = env.app.pipelines.get(&acme.owner, id).await.expect("it is there");
    (read.stages.into_iter().map(|stage| stage.name).collect(), read.version)
}

async fn sales(env: &TestEnvironment, acme: &TestCompany, count: usize) -> Vec<OpportunityView> {
    let account = env.account(&acme.owner, "Globex").await;
    let mut made = Vec::new();
    for _ in 0..count {
        made.push(env.opportunity(&acme.owner, account).await);
    }
    made
}

#[tokio::test]
async fn a_stage_is_added_where_it_is_wanted() {
    let (env, acme) = start().await;
    let last = add(&env, &acme, stage("Postergada", "LOST")).await.expect("they may");
    assert_eq!((last.stage.order, last.version), (6, 2));
    let wanted = StageInput { order: Patch::Value(2), ..stage("Visita", "OPEN") };
    let second = add(&env, &acme, wanted).await.expect("they may");
    assert_eq!((second.stage.order, second.version, second.stage.probability), (2, 3, 50));
    let names = ["Preparación", "Visita", "Presentación", "Negociación", "Venta", "No Venta", "Postergada"];
    assert_eq!(stages(&env, &acme).await, (names.map(str::to_owned).to_vec(), 3));
    assert_eq!(env.events(acme.id).last(), Some(&"stage.created"));
    let sale = sales(&env, &acme, 1).await.remove(0);
    let command = MoveCommand { stage: text("visita"), reason: text("because") };
    let (id, seen) = (TestEnvironment::id_of(&sale), IfMatch::default());
    let moved = env.app.opportunities.change_stage(&acme.owner, id, command, seen, &Once::default()).await;
    assert_eq!(moved.expect("they may").output.change.new_stage.id, second.stage.id);
}

#[tokio::test]
async fn a_stage_that_may_not_come_is_refused() {
    let (env, acme) = start().await;
    let refused = violations(add(&env, &acme, StageInput::default()).await);
    assert_eq!(refused, [("name".to_owned(), "required"), ("kind".to_owned(), "required")]);
    let twin = add(&env, &acme, stage("NO_VENTA", "LOST")).await;
    assert_eq!(refusal(twin), Code::StageNameTaken);
    let second_won = add(&env, &acme, stage("Cobrada", "WON")).await;
    assert_eq!(refusal(second_won), Code::StageKindsRequired);
    for number in 5..MAX_STAGES {
        add(&env, &acme, stage(&format!("Paso {number}"), "OPEN")).await.expect("there is room");
    }
    let refused = add(&env, &acme, stage("Uno más", "OPEN")).await;
    let Err(Error::Refused(refusal)) = refused else { panic!("it must be refused, but {refused:?}") };
    assert_eq!((refusal.code, refusal.params), (Code::LimitReached, [("max", 50)].into()));
}

#[tokio::test]
async fn the_whole_order_changes_in_one_call() {
    let (env, acme) = start().await;
    let other = env.company("Other").await;
    let id = acme.pipeline.record().id;
    let ids: Vec<_> = acme.pipeline.record().stages.iter().map(|stage| stage.id.uuid()).collect();
    let reorder =
        |order: &[Uuid]| env.app.pipelines.reorder(&acme.owner, id, order.to_vec(), IfMatch::default());
    let foreign = other.stage("Venta").uuid();
    for (index, stranger) in [foreign, Uuid::nil()].into_iter().enumerate() {
        let mut order = ids.clone();
        order[index] = stranger;
        assert_eq!(bad_reference(reorder(&order).await), format!("stageIds.{index}"));
    }
    let refused = violations(reorder(&ids[1..]).await);
    assert_eq!(refused, [("stageIds".to_owned(), "inconsistent")]);
    let refused = violations(reorder(&[ids[0], ids[0], ids[1], ids[2], ids[3]]).await);
    assert_eq!(refused, [("stageIds.1".to_owned(), "inconsistent")]);
    assert_eq!(reorder(&ids).await.expect("they may").output.version, 1, "it is so already");
    let order = [ids[2], ids[1], ids[0], ids[4], ids[3]];
    let now = reorder(&order).await.expect("they may").output;
    let placed: Vec<_> = now.stages.iter().map(|stage| (stage.id, stage.order)).collect();
    assert_eq!(placed, order.into_iter().zip(1..).collect::<Vec<_>>());
    assert_eq!(env.events(acme.id).last(), Some(&"pipeline.stages_reordered"));
    let sale = sales(&env, &acme, 1).await.remove(0);
    assert_eq!(sale.stage.name, "Negociación", "a sale starts in what is now the first open stage");
}

#[tokio::test]
async fn a_stage_changes_but_for_its_kind() {
    let (env, acme) = start().await;
    let id = acme.stage("Venta");
    let input = StageInput { name: text("Vendida"), probability: Patch::Value(99), ..StageInput::default() };
    let changed = change(&env, &acme.owner, id, input).await.expect("they may");
    assert_eq!((changed.stage.name.as_str(), changed.stage.probability), ("Vendida", 99));
    assert_eq!((changed.version, changed.pipeline_id), (2, acme.pipeline.record().id.uuid()));
    assert_eq!(env.events(acme.id).last(), Some(&"stage.updated"));
    let same = StageInput { name: text("Vendida"), ..StageInput::default() };
    assert_eq!(change(&env, &acme.owner, id, same).await.expect("they may").version, 2);
    let kind = StageInput { kind: text("LOST"), ..StageInput::default() };
    let refused = violations(change(&env, &acme.owner, id, kind).await);
    assert_eq!(refused, [("kind".to_owned(), "not_settable")]);
    let twin = StageInput { name: text("no-venta"), ..StageInput::default() };
    assert_eq!(refusal(change(&env, &acme.owner, id, twin).await), Code::StageNameTaken);
    let nobodys = change(&env, &acme.owner, Id::new(Uuid::nil()), StageInput::default()).await;
    assert_eq!(refusal(nobodys), Code::NotFound);
}

#[tokio::test]
async fn an_empty_stage_just_goes() {
    let (env, acme) = start().await;
    let id = acme.stage("Presentación");
    let nowhere = remove(&env, &acme.owner, id, to("nowhere", "x")).await;
    assert_eq!(violations(nowhere), [("moveTo".to_owned(), "malformed")]);
    let gone = remove(&env, &acme.owner, id, DeleteStage::default()).await.expect("they may");
    assert_eq!(gone, StageDeleted { moved: 0, to: None });
    assert_eq!(refusal(remove(&env, &acme.owner, id, DeleteStage::default()).await), Code::NotFound);
    let names = ["Preparación", "Negociación", "Venta", "No Venta"];
    assert_eq!(stages(&env, &acme).await, (names.map(str::to_owned).to_vec(), 2));
    assert_eq!(env.events(acme.id).last(), Some(&"stage.deleted"));
    add(&env, &acme, stage("presentacion", "OPEN")).await.expect("the name is free again");
}

#[tokio::test]
async fn a_pipeline_keeps_its_kinds_of_stages() {
    let (env, acme) = start().await;
    for name in ["Venta", "No Venta"] {
        let refused = remove(&env, &acme.owner, acme.stage(name), to("Negociación", "x")).await;
        assert_eq!(refusal(refused), Code::StageKindsRequired, "{name}");
    }
    for name in ["Presentación", "Negociación"] {
        remove(&env, &acme.owner, acme.stage(name), DeleteStage::default()).await.expect("they may");
    }
    let refused = remove(&env, &acme.owner, acme.stage("Preparación"), to("Venta", "x")).await;
    assert_eq!(refusal(refused), Code::StageKindsRequired);
}

#[tokio::test]
async fn a_stage_in_use_goes_only_when_it_is_said_where_and_why() {
    let (env, acme) = start().await;
    let made = sales(&env, &acme, 3).await;
    let gone = TestEnvironment::id_of(&made[2]);
    env.app.opportunities.delete(&acme.owner, gone, IfMatch::default()).await.expect("they may");
    let id = acme.stage("Preparación");
    let before = env.events(acme.id).len();
    for command in [
        DeleteStage::default(),
        DeleteStage { move_to: Some("Venta".into()), reason: None },
        DeleteStage { move_to: None, reason: Some("x".into()) },
    ] {
        let refused = remove(&env, &acme.owner, id, command).await;
        let Err(Error::Refused(refusal)) = refused else { panic!("it must be refused, but {refused:?}") };
        assert_eq!((refusal.code, refusal.params), (Code::StageInUse, [("opportunities", 2)].into()));
    }
    let other = env.pipeline(acme.id).await;
    let foreign = other.record().stages[1].id.to_string();
    let after = env.events(acme.id).len();
    for (target, reason, field) in [
        (id.to_string(), "x", "moveTo"),
        ("PREPARACION".to_owned(), "x", "moveTo"),
        (foreign, "x", "moveTo"),
        (Uuid::nil().to_string(), "x", "moveTo"),
        ("ganho".to_owned(), "x", "moveTo"),
        ("Venta".to_owned(), " ", "reason"),
    ] {
        let refused = violations(remove(&env, &acme.owner, id, to(&target, reason)).await);
        assert_eq!(refused.len(), 1);
        assert_eq!(refused[0].0, field, "{target}");
    }
    assert_eq!(env.events(acme.id).len(), after);
    assert_eq!(after, before + 1, "only the second pipeline");
    for view in &made[..2] {
        let read = env.app.opportunities.get(&acme.owner, TestEnvironment::id_of(view)).await;
        assert_eq!(read.expect("it is there").version, 1);
    }
}

#[tokio::test]
async fn what_stands_in_a_stage_moves_with_its_history() {
    let (env, acme) = start().await;
    let admin = env.person(acme.id, Role::Admin).await;
    let made = sales(&env, &acme, 3).await;
    let before = env.events(acme.id).len();
    env.clock.advance(TimeDelta::minutes(1));
    let id = acme.stage("Preparación");
    let gone = remove(&env, &admin.actor, id, to("no_venta", " No more ")).await.expect("they may");
    assert_eq!(gone, StageDeleted { moved: 3, to: Some("LOST".to_owned()) });
    let names = ["opportunity.stage_changed"; 3].into_iter().chain(["stage.deleted"]).collect::<Vec<_>>();
    assert_eq!(env.events(acme.id)[before..], names);
    for view in &made {
        let read = env.app.opportunities.get(&acme.owner, TestEnvironment::id_of(view)).await;
        let read = read.expect("it is there");
        assert_eq!((read.status.as_str(), read.version), ("LOST", 2));
        assert_eq!((read.closed_at, read.updated_at), (Some(read.updated_at), read.updated_at));
        assert!(read.updated_at > view.updated_at);
    }
    let changes = env.store.look(|tables| tables.stage_changes.values().cloned().collect::<Vec<_>>());
    let moved: Vec<_> = changes.iter().filter(|change| change.from_stage == Some(id)).collect();
    assert_eq!(moved.len(), 3);
    for change in moved {
        assert_eq!(change.reason.as_ref().map(Reason::as_str), Some("No more"));
        assert_eq!((change.changed_by, change.to_stage), (Some(admin.id), acme.stage("No Venta")));
    }
    // The report shows creations with the deleted stage.
    let first = changes.iter().find(|change| change.from_stage.is_none()).expect("a creation");
    let grant = Actor::system(acme.id, provenance()).authorize_system().expect("the system may");
    let tx = env.store.begin(&grant).await.expect("a unit of work begins");
    let view = tx.opportunities().view_stage_change(first.id).await.expect("it is there");
    assert_eq!(view.new_stage.name, "Preparación");
}

#[tokio::test]
async fn a_stale_version_of_the_pipeline_is_refused() {
    let (env, acme) = start().await;
    let (pipelines, id) = (&env.app.pipelines, acme.pipeline.record().id);
    let stage_id = acme.stage("Presentación");
    let ids: Vec<_> = acme.pipeline.record().stages.iter().map(|stage| stage.id.uuid()).collect();
    let rename = |name| StageInput { name: text(name), ..StageInput::default() };
    let seen = IfMatch::new(Some(1));
    pipelines.update_stage(&acme.owner, stage_id, rename("Demo"), seen).await.expect("it is right");
    let stale = [
        pipelines.update_stage(&acme.owner, stage_id, rename("Show"), seen).await.err(),
        pipelines.delete_stage(&acme.owner, stage_id, DeleteStage::default(), seen).await.err(),
        pipelines.reorder(&acme.owner, id, ids, seen).await.err(),
        pipelines.add_stage(&acme.owner, id, stage("New", "OPEN"), seen, &Once::default()).await.err(),
    ];
    for error in stale {
        assert_eq!(error.map(|error| error.code()), Some(Code::VersionMismatch));
    }
    let seen = IfMatch::new(Some(2));
    pipelines.delete_stage(&acme.owner, stage_id, DeleteStage::default(), seen).await.expect("it is right");
}

#[tokio::test]
async fn managers_shape_no_stages_and_another_company_finds_none() {
    let (env, acme) = start().await;
    let other = env.company("Other").await;
    let manager = env.person(acme.id, Role::Manager).await;
    let (pipeline, id) = (acme.pipeline.record().id, acme.stage("Presentación"));
    for (actor, code) in [(&manager.actor, Code::Forbidden), (&other.owner, Code::NotFound)] {
        let (seen, once) = (IfMatch::default(), Once::default());
        let pipelines = &env.app.pipelines;
        let added = pipelines.add_stage(actor, pipeline, StageInput::default(), seen, &once).await;
        assert_eq!(refusal(added), code);
        assert_eq!(refusal(pipelines.reorder(actor, pipeline, Vec::new(), seen).await), code);
        assert_eq!(refusal(change(&env, actor, id, StageInput::default()).await), code);
        assert_eq!(refusal(remove(&env, actor, id, to("Venta", "x")).await), code);
    }
}

#[tokio::test]
async fn the_same_submission_happens_once() {
    let (env, acme) = start().await;
    let (id, once) = (acme.pipeline.record().id, once("stage", 1));
    let add = || {
        let input = stage("Visita", "OPEN");
        env.app.pipelines.add_stage(&acme.owner, id, input, IfMatch::default(), &once)
    };
    let (first, second) = (add().await.expect("they may"), add().await.expect("they may"));
    assert_eq!((first.replayed, second.replayed), (false, true));
    assert_eq!(first.output, second.output);
}

/// The stage is deleted concurrently, after it was looked up and before it was locked.
#[tokio::test]
async fn whoever_is_slower_than_the_deletion_of_the_stage_loses() {
    for (names_stage, field) in [(true, "stageId"), (false, "pipelineId")] {
        let (env, acme) = start().await;
        let sale = sales(&env, &acme, 1).await.remove(0);
        let account = sale.account.as_ref().expect("it has an account").id;
        let leaving = acme.stage("Preparación");
        let grant = Actor::system(acme.id, provenance()).authorize_system().expect("the system may");
        let deletion = env.store.begin(&grant).await.expect("a unit of work begins");
        let mut all = deletion.pipelines().lock_all().await.expect("the store answers");
        let count = deletion.pipelines().lock_stages_and_count_uses(&[leaving]).await;
        assert_eq!(count.expect("the store answers"), 1);
        let (from, target) = (all[0].stage(leaving), all[0].stage(acme.stage("Venta")));
        let (from, target) = (from.expect("it is there").clone(), target.expect("it is there").clone());
        let (reason, now) = (Reason::trusted("It goes".to_owned()), sale.created_at);
        let transfer = Transfer::new(from, target, reason, None, now).expect("it may be");
        let series = Id::new(Uuid::now_v7());
        deletion.opportunities().transfer(&transfer, series).await.expect("it is stored");
        all[0].remove_stage(leaving, None, now).expect("it may go");
        deletion.pipelines().update(&mut all[0]).await.expect("it is stored");
        let create = CreateOpportunity {
            stage_id: if names_stage { Patch::Value(leaving.uuid()) } else { Patch::Absent },
            ..TestEnvironment::new_opportunity("Late", Id::new(account))
        };
        let command = MoveCommand { stage: text("Negociación"), reason: text("x") };
        let (id, seen, once) = (TestEnvironment::id_of(&sale), IfMatch::default(), Once::default());
        let (created, moved, ()) = tokio::join!(
            env.app.opportunities.create(&acme.owner, create, &once),
            env.app.opportunities.change_stage(&acme.owner, id, command, seen, &once),
            async {
                // By now both have looked the stage up, and wait for its lock.
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                deletion.commit().await.expect("it commits");
            }
        );
        assert_eq!(bad_reference(created), field);
        assert_eq!(refusal(moved), Code::EditConflict);
        let read = env.app.opportunities.get(&acme.owner, id).await.expect("it is there");
        assert_eq!(read.stage.name, "Venta");
    }
}
