//! The test environment itself.

use cartera_application::{
    ports::Store,
    security::Actor,
    testing::{TestEnvironment, provenance},
};

#[tokio::test]
async fn a_company_signs_up_and_its_events_are_numbered() {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    assert_eq!(
        env.events(acme.id),
        ["company.created", "user.created", "user.signed_in", "pipeline.created", "session.started"]
    );
    let sequences: Vec<_> = env.store.events(acme.id).iter().map(|event| event.sequence).collect();
    assert_eq!(sequences, [1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn a_commit_that_wrote_without_an_event_fails_and_keeps_nothing() {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    let grant = Actor::system(acme.id, provenance()).authorize_system().expect("the system may");
    let tx = env.store.begin(&grant).await.expect("a unit of work begins");
    let mut owner = tx.users().get(acme.owner_id).await.expect("the owner is there");
    // The owner has no recorded events.
    tx.users().update(&mut owner).await.expect("the row is written");
    let error = tx.commit().await.expect_err("it must not commit");
    assert_eq!(error.to_string(), "a repository wrote but no event was recorded");
}
