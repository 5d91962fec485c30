//! Pipelines: creating, renaming, making the default, deleting.

use cartera_application::{
    Code, Error, Result,
    idempotency::Once,
    opportunities::CreateOpportunity,
    pipelines::MAX_PIPELINES,
    security::{Actor, IfMatch},
    testing::{TestCompany, TestEnvironment, once},
    views::PipelineView,
};
use cartera_domain::{
    identity::{Permission, Role},
    ids::{Id, PipelineId},
    input::Patch,
    pipelines::{NewPipelineInput, PipelineInput, StageInput},
    values::Line,
};

use super::{bad_reference, refusal, violations};

pub(crate) fn text(text: &str) -> Patch<String> {
    Patch::Value(text.to_owned())
}

pub(crate) fn stage(name: &str, kind: &str) -> StageInput {
    StageInput { name: text(name), kind: text(kind), ..StageInput::default() }
}

fn wanted(name: &str) -> NewPipelineInput {
    let stages = vec![stage("Contact", "OPEN"), stage("Signed", "WON"), stage("Gone", "LOST")];
    NewPipelineInput { name: text(name), is_default: Patch::Absent, stages: Patch::Value(stages) }
}

async fn create(env: &TestEnvironment, actor: &Actor, input: NewPipelineInput) -> Result<PipelineView> {
    Ok(env.app.pipelines.create(actor, input, &Once::default()).await?.output)
}

async fn update(
    env: &TestEnvironment,
    actor: &Actor,
    id: PipelineId,
    input: PipelineInput,
) -> Result<PipelineView> {
    env.app.pipelines.update(actor, id, input, IfMatch::default()).await.map(|done| done.output)
}

async fn delete(env: &TestEnvironment, actor: &Actor, id: PipelineId) -> Result<()> {
    env.app.pipelines.delete(actor, id, IfMatch::default()).await.map(|_| ())
}

fn id_of(view: &PipelineView) -> PipelineId {
    Id::new(view.id)
}

fn the_default() -> PipelineInput {
    PipelineInput { is_default: Patch::Value(true), ..PipelineInput::default() }
}

async fn start() -> (TestEnvironment, TestCompany) {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    (env, acme)
}

/// The names of the company's pipelines, the default one first.
async fn names(env: &TestEnvironment, acme: &TestCompany) -> Vec<String> {
    let all = env.app.pipelines.list(&acme.owner).await.expect("they may");
    assert_eq!(all.iter().filter(|pipeline| pipeline.is_default).count(), 1);
    all.into_iter().map(|pipeline| pipeline.name).collect()
}

#[tokio::test]
async fn a_pipeline_is_made_with_its_stages_by_somebody() {
    let (env, acme) = start().await;
    let made = create(&env, &acme.owner, wanted(" Channel ")).await.expect("they may");
    let stages: Vec<_> =
        made.stages.iter().map(|stage| (stage.order, stage.name.as_str(), stage.kind.as_str())).collect();
    assert_eq!(stages, [(1, "Contact", "OPEN"), (2, "Signed", "WON"), (3, "Gone", "LOST")]);
    assert_eq!((made.name.as_str(), made.is_default, made.version), ("Channel", false, 1));
    assert_eq!(made.created_by.as_ref().map(|creator| creator.id), Some(acme.owner_id.uuid()));
    assert_eq!(env.events(acme.id).last(), Some(&"pipeline.created"));
    let read = env.app.pipelines.get(&acme.owner, id_of(&made)).await.expect("it is there");
    assert_eq!(read, made);
    assert_eq!(names(&env, &acme).await, ["Ventas", "Channel"]);
    let own = env.app.pipelines.list(&acme.owner).await.expect("they may");
    assert_eq!(own[0].created_by, None, "it came with the company");
}

#[tokio::test]
async fn what_is_broken_is_named_and_nothing_is_kept() {
    let (env, acme) = start().await;
    let before = env.events(acme.id).len();
    let refused = violations(create(&env, &acme.owner, NewPipelineInput::default()).await);
    assert_eq!(refused, [("name".to_owned(), "required"), ("stages".to_owned(), "required")]);
    assert_eq!(names(&env, &acme).await, ["Ventas"]);
    assert_eq!(env.events(acme.id).len(), before);
}

#[tokio::test]
async fn a_name_is_taken_whatever_its_spelling_until_its_pipeline_goes() {
    let (env, acme) = start().await;
    let other = env.company("Other").await;
    let made = create(&env, &acme.owner, wanted("Ñandú Sur")).await.expect("they may");
    create(&env, &other.owner, wanted("Ñandú Sur")).await.expect("names are a company's own");
    let twin = create(&env, &acme.owner, wanted("nandu_SUR")).await;
    assert_eq!(refusal(twin), Code::PipelineNameTaken);
    let rename = PipelineInput { name: text("VENTAS"), ..PipelineInput::default() };
    let twin = update(&env, &acme.owner, id_of(&made), rename).await;
    assert_eq!(refusal(twin), Code::PipelineNameTaken);
    delete(&env, &acme.owner, id_of(&made)).await.expect("nothing stands in it");
    create(&env, &acme.owner, wanted("Nandu-Sur")).await.expect("the name is free again");
}

#[tokio::test]
async fn there_is_always_one_default_pipeline() {
    let (env, acme) = start().await;
    let first = acme.pipeline.record().id;
    let second = create(&env, &acme.owner, wanted("Second")).await.expect("they may");
    let third = NewPipelineInput { is_default: Patch::Value(true), ..wanted("Third") };
    let third = create(&env, &acme.owner, third).await.expect("they may");
    assert!(third.is_default);
    assert_eq!(names(&env, &acme).await, ["Third", "Second", "Ventas"]);
    let before = env.events(acme.id).len();
    let now = update(&env, &acme.owner, id_of(&second), the_default()).await.expect("they may");
    assert_eq!((now.is_default, now.version), (true, 2));
    assert_eq!(env.events(acme.id)[before..], ["pipeline.updated", "pipeline.updated"]);
    let unset = PipelineInput { is_default: Patch::Value(false), ..PipelineInput::default() };
    let refused = update(&env, &acme.owner, id_of(&second), unset.clone()).await;
    assert_eq!(refusal(refused), Code::PipelineIsDefault);
    let same = update(&env, &acme.owner, first, unset).await.expect("it is so already");
    assert_eq!(same.version, 2, "it once ceased to be the default, and that was all");
    assert_eq!(refusal(delete(&env, &acme.owner, id_of(&second)).await), Code::PipelineIsDefault);
    delete(&env, &acme.owner, first).await.expect("even the first one may go");
    assert_eq!(names(&env, &acme).await, ["Second", "Third"]);
    let account = env.account(&acme.owner, "Globex").await;
    assert_eq!(env.opportunity(&acme.owner, account).await.pipeline.name, "Second");
}

#[tokio::test]
async fn what_changes_nothing_is_no_change() {
    let (env, acme) = start().await;
    let first = acme.pipeline.record().id;
    let before = env.events(acme.id).len();
    let same = PipelineInput { name: text("Ventas"), is_default: Patch::Value(true) };
    assert_eq!(update(&env, &acme.owner, first, same).await.expect("they may").version, 1);
    assert_eq!(env.events(acme.id).len(), before);
}

#[tokio::test]
async fn a_pipeline_in_use_is_not_deleted() {
    let (env, acme) = start().await;
    let made = create(&env, &acme.owner, wanted("Channel")).await.expect("they may");
    let account = env.account(&acme.owner, "Globex").await;
    let in_it = || CreateOpportunity {
        pipeline_id: Patch::Value(made.id),
        ..TestEnvironment::new_opportunity("A sale", account)
    };
    let sale = env.app.opportunities.create(&acme.owner, in_it(), &Once::default()).await;
    let sale = sale.expect("they may").output;
    let refused = delete(&env, &acme.owner, id_of(&made)).await;
    let Err(Error::Refused(refusal)) = refused else { panic!("it must be refused, but {refused:?}") };
    assert_eq!(refusal.code, Code::PipelineInUse);
    assert_eq!(refusal.params, [("opportunities", 1)].into());
    let sale = TestEnvironment::id_of(&sale);
    env.app.opportunities.delete(&acme.owner, sale, IfMatch::default()).await.expect("they may");
    delete(&env, &acme.owner, id_of(&made)).await.expect("nothing stands in it now");
    assert_eq!(super::refusal(delete(&env, &acme.owner, id_of(&made)).await), Code::NotFound);
    assert_eq!(env.events(acme.id).last(), Some(&"pipeline.deleted"));
    let late = env.app.opportunities.create(&acme.owner, in_it(), &Once::default()).await;
    assert_eq!(bad_reference(late), "pipelineId");
}

#[tokio::test]
async fn a_stale_version_is_refused() {
    let (env, acme) = start().await;
    let made = create(&env, &acme.owner, wanted("Channel")).await.expect("they may");
    let (id, pipelines) = (id_of(&made), &env.app.pipelines);
    let rename = |name| PipelineInput { name: text(name), ..PipelineInput::default() };
    let seen = IfMatch::new(Some(1));
    pipelines.update(&acme.owner, id, rename("South"), seen).await.expect("the version is right");
    let stale = pipelines.update(&acme.owner, id, rename("North"), seen).await;
    assert_eq!(refusal(stale), Code::VersionMismatch);
    assert_eq!(refusal(pipelines.delete(&acme.owner, id, seen).await), Code::VersionMismatch);
    pipelines.delete(&acme.owner, id, IfMatch::new(Some(2))).await.expect("the version is right");
}

#[tokio::test]
async fn owners_and_administrators_shape_pipelines_and_all_read_them() {
    let (env, acme) = start().await;
    let other = env.company("Other").await;
    let id = acme.pipeline.record().id;
    for (role, may) in
        [(Role::Admin, true), (Role::Manager, false), (Role::Member, false), (Role::Viewer, false)]
    {
        let person = env.person(acme.id, role).await;
        env.app.pipelines.get(&person.actor, id).await.expect("everybody reads");
        let made = create(&env, &person.actor, wanted(role.as_str())).await;
        if may {
            made.expect("they may");
            continue;
        }
        assert_eq!(refusal(made), Code::Forbidden, "{role:?}");
        let changed = update(&env, &person.actor, id, PipelineInput::default()).await;
        assert_eq!(refusal(changed), Code::Forbidden);
        assert_eq!(refusal(delete(&env, &person.actor, id).await), Code::Forbidden);
    }
    let key = env.key(&acme.owner, &[Permission::PipelinesWrite]).await;
    let made = create(&env, &key.actor, wanted("By key")).await.expect("it may");
    assert_eq!(made.created_by.map(|creator| creator.id), Some(acme.owner_id.uuid()));
    assert_eq!(refusal(env.app.pipelines.get(&other.owner, id).await), Code::NotFound);
    let changed = update(&env, &other.owner, id, the_default()).await;
    assert_eq!(refusal(changed), Code::NotFound);
    assert_eq!(refusal(delete(&env, &other.owner, id).await), Code::NotFound);
}

#[tokio::test]
async fn there_are_at_most_so_many() {
    let (env, acme) = start().await;
    env.store.tamper(|tables| {
        for number in 2..MAX_PIPELINES {
            let mut record = acme.pipeline.record().clone();
            record.id = Id::new(uuid::Uuid::from_u128(u128::from(number)));
            record.name = Line::trusted(format!("Number {number}"));
            record.is_default = false;
            tables.pipelines.insert((acme.id, record.id), record);
        }
    });
    create(&env, &acme.owner, wanted("The last one")).await.expect("there is room");
    let refused = create(&env, &acme.owner, wanted("One more")).await;
    let Err(Error::Refused(refusal)) = refused else { panic!("it must be refused, but {refused:?}") };
    assert_eq!((refusal.code, refusal.params), (Code::LimitReached, [("max", 200)].into()));
}

#[tokio::test]
async fn the_same_submission_happens_once() {
    let (env, acme) = start().await;
    let create = |name| env.app.pipelines.create(&acme.owner, wanted(name), &ONCE);
    let first = create("Channel").await.expect("they may");
    let second = create("Channel").await.expect("they may");
    assert_eq!((first.replayed, second.replayed), (false, true));
    assert_eq!(first.output, second.output);
    assert_eq!(names(&env, &acme).await.len(), 2);
}

static ONCE: std::sync::LazyLock<Once> = std::sync::LazyLock::new(|| once("channel", 1));
