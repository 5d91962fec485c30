//! Contract tests of attachments.

use cartera_domain::{
    attachments::{
        Attachment, AttachmentFields, AttachmentRecord, AttachmentTarget, ContentType, FileName, Sha256,
    },
    ids::AttachmentId,
};

use super::{
    Harness,
    scene::{
        Scene, account, begin, begin_worker, code, commit, contact, deletion, fresh, later, noon,
        opportunity, refused, scene,
    },
};
use crate::error::Code;

fn fields(target: AttachmentTarget) -> AttachmentFields {
    AttachmentFields {
        target,
        file_name: FileName::trusted("Ñandú \"1\".pdf".to_owned()),
        content_type: ContentType::trusted("application/pdf".to_owned()),
        size: 26_214_400,
        sha256: Sha256::new([0xA7; 32]),
    }
}

/// A stored attachment, announced this many seconds after noon.
async fn attachment(h: &impl Harness, scene: &Scene, target: AttachmentTarget, seconds: i64) -> Attachment {
    let mut made = Attachment::create(fresh(), fields(target), Some(scene.user), later(seconds));
    let tx = begin(h, scene.id).await;
    tx.attachments().insert(&mut made).await.expect("the attachment is stored");
    commit(tx).await;
    made
}

async fn to_account(h: &impl Harness, scene: &Scene) -> AttachmentTarget {
    AttachmentTarget::Account(account(h, scene, &super::scene::unique("Globex")).await.record().id)
}

async fn stored(h: &impl Harness, scene: &Scene, id: AttachmentId) -> Option<AttachmentRecord> {
    let tx = begin(h, scene.id).await;
    match tx.attachments().get(id).await {
        Ok(attachment) => Some(attachment.record().clone()),
        Err(error) => {
            assert_eq!(error.code(), Code::NotFound);
            None
        }
    }
}

async fn removable(h: &impl Harness, scene: &Scene) -> Vec<AttachmentId> {
    let tx = begin(h, scene.id).await;
    let found = tx.attachments().removable(None, 10).await.expect("the store answers");
    found.into_iter().map(|removable| removable.id).collect()
}

/// Every field survives for every kind of record, on creation and on change.
pub async fn an_attachment_is_read_back_as_stored_and_as_confirmed(h: &impl Harness) {
    let scene = scene(h).await;
    let at = account(h, &scene, "Globex").await;
    let contact = contact(h, &scene, Some(at.record().id)).await.record().id;
    let (opportunity, _) = opportunity(h, &scene, &at).await;
    for target in [
        AttachmentTarget::Account(at.record().id),
        AttachmentTarget::Contact(contact),
        AttachmentTarget::Opportunity(opportunity.record().id),
    ] {
        let made = attachment(h, &scene, target, 0).await;
        let id = made.record().id;
        assert_eq!(stored(h, &scene, id).await.as_ref(), Some(made.record()));
        let tx = begin(h, scene.id).await;
        let mut confirmed = tx.attachments().get(id).await.expect("it is there");
        assert!(confirmed.confirm(later(1)));
        tx.attachments().update(&mut confirmed).await.expect("it is stored");
        let view = tx.attachments().view(id).await.expect("a unit of work sees its own changes");
        commit(tx).await;
        assert_eq!(stored(h, &scene, id).await.as_ref(), Some(confirmed.record()));
        assert_eq!((view.entity_type.as_str(), view.entity_id), (target.kind().as_str(), target.uuid()));
        assert_eq!((view.version, view.status.as_str(), view.size), (2, "AVAILABLE", 26_214_400));
        assert_eq!(
            (view.file_name.as_str(), view.content_type.as_str()),
            ("Ñandú \"1\".pdf", "application/pdf")
        );
        assert_eq!(view.sha256, "a7".repeat(32));
        assert_eq!((view.created_at, view.updated_at), (noon(), later(1)));
        assert_eq!(view.created_by.map(|user| user.name), Some("Ana Ejemplo".to_owned()));
    }
}

/// No method reaches an attachment of another company, and none can be created on its records.
pub async fn attachments_of_another_company_are_out_of_reach(h: &impl Harness) {
    let (ours, theirs) = (scene(h).await, scene(h).await);
    let target = to_account(h, &theirs).await;
    let made = attachment(h, &theirs, target, 0).await;
    let id = made.record().id;
    let tx = begin(h, ours.id).await;
    assert_eq!(code(tx.attachments().get(id).await), Some(Code::NotFound));
    assert_eq!(code(tx.attachments().view(id).await), Some(Code::NotFound));
    assert!(tx.attachments().abandoned(later(9), 10).await.expect("the store answers").is_empty());
    let mut foreign = Attachment::stored(made.record().clone());
    foreign.delete(later(1));
    assert_eq!(code(tx.attachments().update(&mut foreign).await), Some(Code::EditConflict));
    let mut ours_on_theirs = Attachment::create(fresh(), fields(target), Some(ours.user), noon());
    let written = tx.attachments().insert(&mut ours_on_theirs).await;
    assert_eq!(refused(tx, written).await, Some(Code::Internal));
    let mut deleted = Attachment::stored(made.record().clone());
    let tx = begin(h, theirs.id).await;
    deleted.delete(later(1));
    tx.attachments().update(&mut deleted).await.expect("it is stored");
    commit(tx).await;
    let tx = begin(h, ours.id).await;
    assert!(tx.attachments().removable(None, 10).await.expect("the store answers").is_empty());
    tx.attachments().forget(id).await.expect("there is nothing to forget");
    commit(tx).await;
    assert_eq!(removable(h, &theirs).await, [id]);
}

/// Saving a version that is not the next one is refused.
pub async fn the_second_of_two_changes_loses(h: &impl Harness) {
    let scene = scene(h).await;
    let target = to_account(h, &scene).await;
    let id = attachment(h, &scene, target, 0).await.record().id;
    let (first, second) = (begin(h, scene.id).await, begin(h, scene.id).await);
    let mut confirmed = first.attachments().get(id).await.expect("it is there");
    let mut deleted = second.attachments().get(id).await.expect("it is there");
    assert!(confirmed.confirm(later(1)));
    first.attachments().update(&mut confirmed).await.expect("it is stored");
    commit(first).await;
    deleted.delete(later(2));
    assert_eq!(code(second.attachments().update(&mut deleted).await), Some(Code::EditConflict));
    drop(second);
    assert_eq!(stored(h, &scene, id).await.as_ref(), Some(confirmed.record()));
}

/// They go to the bin with their record, and are restored with it.
pub async fn attachments_of_a_record_in_the_bin_are_hidden_until_it_is_back(h: &impl Harness) {
    let scene = scene(h).await;
    let mut at = account(h, &scene, "Globex").await;
    let mut person = contact(h, &scene, None).await;
    let (mut sale, _) = opportunity(h, &scene, &account(h, &scene, "Initech").await).await;
    let mut ids = Vec::new();
    for target in [
        AttachmentTarget::Account(at.record().id),
        AttachmentTarget::Contact(person.record().id),
        AttachmentTarget::Opportunity(sale.record().id),
    ] {
        ids.push(attachment(h, &scene, target, 0).await.record().id);
    }
    let tx = begin(h, scene.id).await;
    at.delete(deletion(1));
    tx.accounts().update(&mut at).await.expect("it is stored");
    person.delete(deletion(1));
    tx.contacts().update(&mut person).await.expect("it is stored");
    sale.delete(deletion(1));
    tx.opportunities().update(&mut sale).await.expect("it is stored");
    commit(tx).await;
    for id in ids {
        assert_eq!(stored(h, &scene, id).await, None);
        let tx = begin(h, scene.id).await;
        assert_eq!(code(tx.attachments().view(id).await), Some(Code::NotFound));
    }
    assert_eq!(removable(h, &scene).await, [], "the records may come back");
}

/// Confirmed or deleted ones are not abandoned; those pending for a long time are.
pub async fn abandoned_uploads_come_oldest_first(h: &impl Harness) {
    let scene = scene(h).await;
    let target = to_account(h, &scene).await;
    let second = attachment(h, &scene, target, 2).await.record().id;
    let first = attachment(h, &scene, target, 1).await.record().id;
    attachment(h, &scene, target, 9).await;
    let mut confirmed = attachment(h, &scene, target, 0).await;
    let mut deleted = attachment(h, &scene, target, 0).await;
    let tx = begin(h, scene.id).await;
    assert!(confirmed.confirm(later(1)));
    deleted.delete(later(1));
    for changed in [&mut confirmed, &mut deleted] {
        tx.attachments().update(changed).await.expect("it is stored");
    }
    let ids = async |limit| -> Vec<_> {
        let found = tx.attachments().abandoned(later(9), limit).await.expect("the store answers");
        found.iter().map(|attachment| attachment.record().id).collect()
    };
    assert_eq!(ids(10).await, [first, second]);
    assert_eq!(ids(1).await, [first]);
    commit(tx).await;
}

/// A deleted attachment is absent, but its row stays until its file is removed.
pub async fn what_is_deleted_is_removable_until_it_is_forgotten(h: &impl Harness) {
    let scene = scene(h).await;
    let target = to_account(h, &scene).await;
    let mut ids = Vec::new();
    for seconds in 0..3 {
        let mut made = attachment(h, &scene, target, seconds).await;
        let tx = begin(h, scene.id).await;
        if seconds < 2 {
            made.delete(later(5));
            tx.attachments().update(&mut made).await.expect("it is stored");
            commit(tx).await;
            assert_eq!(stored(h, &scene, made.record().id).await, None);
        }
        ids.push(made.record().id);
    }
    assert_eq!(removable(h, &scene).await, ids[..2]);
    let tx = begin(h, scene.id).await;
    for limit in [1, 10] {
        let next = tx.attachments().removable(Some(ids[0]), limit).await.expect("the store answers");
        assert_eq!(
            next.iter().map(|next| (next.id, next.created_at)).collect::<Vec<_>>(),
            [(ids[1], later(1))]
        );
    }
    drop(tx);
    let tx = begin_worker(h, scene.id).await;
    for id in &ids {
        tx.attachments().forget(*id).await.expect("the store answers");
    }
    commit(tx).await;
    assert_eq!(removable(h, &scene).await, []);
    assert!(stored(h, &scene, ids[2]).await.is_some(), "what was not deleted is not forgotten");
}
