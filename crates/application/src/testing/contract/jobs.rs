//! Contract tests of the job queue.

use uuid::Uuid;

use super::{
    Harness,
    scene::{begin, begin_platform, commit, later, new_account, scene},
};
use crate::{
    jobs::{Job, Notice, QueuedJob},
    security::PLATFORM,
};

fn job() -> Job {
    Job::SendNotice { notice: Notice::PasswordChanged { user_id: Uuid::now_v7(), at: later(1) } }
}

/// There must be neither a change without its mail, nor a mail about a change that was not committed.
pub async fn a_job_is_queued_with_the_commit_and_only_then(h: &impl Harness) {
    let scene = scene(h).await;
    let tx = begin(h, scene.id).await;
    tx.jobs().enqueue(job()).await.expect("it is queued");
    drop(tx);
    let tx = begin(h, scene.id).await;
    tx.jobs().enqueue(job()).await.expect("it is queued");
    tx.rollback().await;
    assert_eq!(h.jobs(scene.id).await, [], "what was undone is not done");

    let (first, second) = (job(), job());
    let tx = begin(h, scene.id).await;
    tx.accounts().insert(&mut new_account(&scene, "With jobs")).await.expect("it is stored");
    tx.jobs().enqueue(first.clone()).await.expect("it is queued");
    tx.jobs().enqueue(second.clone()).await.expect("it is queued");
    assert_eq!(h.jobs(scene.id).await, [], "nobody sees it yet");
    commit(tx).await;
    let queued: Vec<_> = h.jobs(scene.id).await.into_iter().map(|queued| queued.job).collect();
    assert_eq!(queued, [first, second]);
}

/// The platform's realm has jobs too.
pub async fn a_job_has_the_company_and_the_request_of_its_unit_of_work(h: &impl Harness) {
    let (ours, theirs) = (scene(h).await, scene(h).await);
    let job = job();
    let tx = begin(h, ours.id).await;
    tx.jobs().enqueue(job.clone()).await.expect("it is queued");
    commit(tx).await;
    let request_id = "contract".to_owned();
    let queued = QueuedJob { company_id: ours.id.uuid(), request_id, job: job.clone() };
    assert_eq!(h.jobs(ours.id).await, [queued]);
    assert_eq!(h.jobs(theirs.id).await, []);

    let tx = begin_platform(h).await;
    tx.jobs().enqueue(job.clone()).await.expect("it is queued");
    commit(tx).await;
    let of_the_platform = h.jobs(PLATFORM).await;
    assert!(of_the_platform.iter().any(|queued| queued.job == job), "{of_the_platform:?}");
}
