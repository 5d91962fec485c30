//! Attachments.

use cartera_application::{
    Code, Result,
    attachments::{Announced, SweepFiles},
    chores::Chore,
    idempotency::{Once, Outcome},
    security::{Actor, IfMatch},
    testing::{TestCompany, TestEnvironment, hash, once, provenance},
    views::AttachmentView,
};
use cartera_domain::{
    attachments::AttachmentInput,
    identity::{Permission, Role},
    ids::{AccountId, AttachmentId, Id},
    input::Patch,
};
use chrono::TimeDelta;

use super::{bad_reference, refusal, violations};

const BYTES: &[u8] = b"%PDF-1.7";

fn input(account: AccountId) -> AttachmentInput {
    let text = |text: &str| Patch::Value(text.to_owned());
    AttachmentInput {
        entity_type: text("ACCOUNT"),
        entity_id: Patch::Value(account.uuid()),
        file_name: text("Contrato.pdf"),
        content_type: text("application/pdf"),
        size: Patch::Value(8),
        sha256: Patch::Value(hash(BYTES).to_string()),
    }
}

struct Scene {
    env: TestEnvironment,
    acme: TestCompany,
    account: AccountId,
}

async fn start() -> Scene {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    let account = env.account(&acme.owner, "Globex").await;
    Scene { env, acme, account }
}

impl Scene {
    async fn announce(&self, actor: &Actor) -> Result<Announced> {
        let made = self.env.app.attachments.create(actor, input(self.account), &Once::default()).await;
        Ok(made?.output)
    }

    fn upload(&self, announced: &Announced) -> u16 {
        let upload = announced.upload.as_ref().expect("an upload is permitted");
        self.env.blobs.put(&upload.url, &upload.headers, BYTES)
    }

    async fn confirm(&self, actor: &Actor, id: AttachmentId) -> Result<(AttachmentView, bool)> {
        let confirmed = self.env.app.attachments.confirm(actor, id, &Once::default()).await?;
        Ok((confirmed.outcome.output, confirmed.is_news))
    }

    /// An available attachment of somebody.
    async fn attached(&self, actor: &Actor) -> AttachmentId {
        let announced = self.announce(actor).await.expect("it is announced");
        assert_eq!(self.upload(&announced), 200);
        let id = Id::new(announced.attachment.id);
        self.confirm(actor, id).await.expect("it is confirmed");
        id
    }

    async fn delete(&self, actor: &Actor, id: AttachmentId) -> Result<()> {
        self.env.app.attachments.delete(actor, id, IfMatch::default()).await.map(|_| ())
    }

    async fn try_sweep(&self) -> Result<u64> {
        let grant = Actor::system(self.acme.id, provenance()).authorize_system()?;
        SweepFiles.run(&self.env.ports, &grant).await
    }

    async fn sweep(&self) -> u64 {
        self.try_sweep().await.expect("it is swept")
    }

    fn files(&self) -> usize {
        self.env.blobs.keys().len()
    }
}

#[tokio::test]
async fn a_file_is_announced_uploaded_confirmed_and_downloaded() {
    let scene = start().await;
    let owner = &scene.acme.owner;
    let announced = scene.announce(owner).await.expect("it is announced");
    let id = Id::new(announced.attachment.id);
    let app = &scene.env.app.attachments;
    assert_eq!(announced.attachment.status, "PENDING");
    assert_eq!(refusal(app.download(owner, id).await), Code::AttachmentNotAvailable);
    assert_eq!(refusal(scene.confirm(owner, id).await), Code::UploadMissing);
    assert_eq!(scene.upload(&announced), 200);
    let (confirmed, is_news) = scene.confirm(owner, id).await.expect("it is confirmed");
    assert_eq!((confirmed.status.as_str(), confirmed.version, is_news), ("AVAILABLE", 2, true));
    let (again, is_news) = scene.confirm(owner, id).await.expect("it is confirmed already");
    assert_eq!((again, is_news), (confirmed.clone(), false));
    assert_eq!(app.get(owner, id).await.expect("it is there"), confirmed);
    let ticket = app.download(owner, id).await.expect("it is available");
    assert_eq!(scene.env.blobs.get(&ticket.url).bytes, BYTES);
    scene.delete(owner, id).await.expect("it is deleted");
    assert_eq!(refusal(app.get(owner, id).await), Code::NotFound);
    assert_eq!(scene.files(), 0);
    let events = scene.env.events(scene.acme.id);
    let expected = ["attachment.created", "attachment.confirmed", "attachment.deleted"];
    assert_eq!(events[events.len() - 3..], expected);
}

#[tokio::test]
async fn another_file_than_announced_is_not_accepted() {
    let scene = start().await;
    let owner = &scene.acme.owner;
    let announced = scene.announce(owner).await.expect("it is announced");
    let id: AttachmentId = Id::new(announced.attachment.id);
    assert_eq!(scene.upload(&announced), 200);
    let key = scene.env.blobs.keys().pop().expect("it was uploaded");
    for (content_type, bytes) in [("application/pdf", &b"%PDF-1.8"[..]), ("text/html", BYTES)] {
        scene.env.blobs.tamper(&key, content_type, bytes);
        assert_eq!(refusal(scene.confirm(owner, id).await), Code::UploadMismatch);
    }
    let status = scene.env.app.attachments.get(owner, id).await.expect("it is there").status;
    assert_eq!(status, "PENDING");
}

#[tokio::test]
async fn a_record_of_nobody_of_another_company_or_in_the_bin_takes_none() {
    let scene = start().await;
    let other = scene.env.company("Other").await;
    let theirs = scene.env.account(&other.owner, "Theirs").await;
    let app = &scene.env.app;
    let create =
        async |account| app.attachments.create(&scene.acme.owner, input(account), &Once::default()).await;
    assert_eq!(bad_reference(create(theirs).await), "entityId");
    assert_eq!(bad_reference(create(Id::new(uuid::Uuid::from_u128(9))).await), "entityId");
    let id = scene.attached(&scene.acme.owner).await;
    assert_eq!(refusal(app.attachments.get(&other.owner, id).await), Code::NotFound);
    app.accounts.delete(&scene.acme.owner, scene.account, IfMatch::default()).await.expect("it is deleted");
    assert_eq!(bad_reference(create(scene.account).await), "entityId");
    assert_eq!(refusal(app.attachments.get(&scene.acme.owner, id).await), Code::NotFound);
    assert_eq!(scene.sweep().await, 0, "the record may come back");
    assert_eq!(scene.files(), 1);
}

#[tokio::test]
async fn contacts_and_opportunities_take_attachments_too() {
    let scene = start().await;
    let contact = scene.env.contact(&scene.acme.owner, None).await;
    let opportunity = scene.env.opportunity(&scene.acme.owner, scene.account).await;
    for (kind, id) in [("CONTACT", contact.uuid()), ("OPPORTUNITY", opportunity.id)] {
        let input = AttachmentInput {
            entity_type: Patch::Value(kind.to_owned()),
            entity_id: Patch::Value(id),
            ..input(scene.account)
        };
        let app = &scene.env.app.attachments;
        let made = app.create(&scene.acme.owner, input, &Once::default()).await.expect("it is announced");
        let view = made.output.attachment;
        assert_eq!((view.entity_type.as_str(), view.entity_id), (kind, id));
    }
}

#[tokio::test]
async fn rights_are_those_on_the_record() {
    let scene = start().await;
    let (env, acme) = (&scene.env, &scene.acme);
    let id = scene.attached(&acme.owner).await;
    let viewer = env.person(acme.id, Role::Viewer).await.actor;
    assert!(env.app.attachments.download(&viewer, id).await.is_ok());
    assert_eq!(refusal(scene.announce(&viewer).await), Code::Forbidden);
    assert_eq!(refusal(scene.confirm(&viewer, id).await), Code::Forbidden);
    assert_eq!(refusal(scene.delete(&viewer, id).await), Code::Forbidden);
    let member = env.person(acme.id, Role::Member).await.actor;
    let own = scene.attached(&member).await;
    assert_eq!(refusal(scene.delete(&member, id).await), Code::Forbidden);
    scene.delete(&member, own).await.expect("it is their own");
    let key = env.key(&acme.owner, &[Permission::ContactsRead, Permission::ContactsWrite]).await.actor;
    assert_eq!(refusal(scene.announce(&key).await), Code::Forbidden);
    assert_eq!(refusal(env.app.attachments.get(&key, id).await), Code::Forbidden);
    let manager = env.person(acme.id, Role::Manager).await.actor;
    let stale = env.app.attachments.delete(&manager, id, IfMatch::new(Some(1))).await;
    assert_eq!(refusal(stale), Code::VersionMismatch);
    scene.delete(&manager, id).await.expect("a manager deletes all");
}

#[tokio::test]
async fn a_replay_permits_the_upload_anew_until_the_file_is_there() {
    let scene = start().await;
    let owner = &scene.acme.owner;
    let app = &scene.env.app.attachments;
    let announce =
        async || app.create(owner, input(scene.account), &once("a", 1)).await.expect("it is announced");
    let first = announce().await;
    scene.env.clock.advance(TimeDelta::hours(23));
    let Outcome { output: second, replayed } = announce().await;
    assert!(replayed);
    assert_eq!(second.attachment, first.output.attachment);
    assert_ne!(second.upload, first.output.upload, "the first URL has expired");
    assert_eq!(scene.upload(&second), 200);
    scene.confirm(owner, Id::new(second.attachment.id)).await.expect("it is confirmed");
    assert_eq!(announce().await.output.upload, None);
    scene.delete(owner, Id::new(second.attachment.id)).await.expect("it is deleted");
    assert_eq!(announce().await.output.upload, None);
}

#[tokio::test]
async fn without_the_store_nothing_is_announced_and_what_is_deleted_waits_for_the_sweep() {
    let scene = start().await;
    let owner = &scene.acme.owner;
    let app = &scene.env.app.attachments;
    let (kept, deleted) = (scene.attached(owner).await, scene.attached(owner).await);
    let pending = scene.announce(owner).await.expect("it is announced");
    scene.env.blobs.set_down(true);
    assert_eq!(refusal(scene.announce(owner).await), Code::Unavailable);
    assert_eq!(refusal(app.download(owner, kept).await), Code::Unavailable);
    assert_eq!(refusal(scene.confirm(owner, Id::new(pending.attachment.id)).await), Code::Unavailable);
    scene.delete(owner, deleted).await.expect("it is deleted all the same");
    assert_eq!(refusal(scene.try_sweep().await), Code::Unavailable);
    assert_eq!(scene.files(), 2);
    scene.env.blobs.set_down(false);
    assert_eq!(scene.sweep().await, 0, "the row waits until nothing can be uploaded any more");
    assert_eq!(scene.files(), 1);
    assert!(app.download(owner, kept).await.is_ok());
}

#[tokio::test]
async fn uploads_that_never_come_are_given_up_and_forgotten() {
    let scene = start().await;
    let owner = &scene.acme.owner;
    let kept = scene.attached(owner).await;
    let announced = scene.announce(owner).await.expect("it is announced");
    assert_eq!(scene.upload(&announced), 200, "but it is never confirmed");
    scene.env.clock.advance(TimeDelta::hours(24));
    assert_eq!(scene.sweep().await, 0);
    scene.env.clock.advance(TimeDelta::hours(2));
    assert_eq!(scene.sweep().await, 2, "given up, and forgotten");
    assert_eq!((scene.files(), scene.sweep().await), (1, 0));
    assert_eq!(scene.env.events(scene.acme.id).last(), Some(&"attachment.deleted"));
    let app = &scene.env.app.attachments;
    assert_eq!(refusal(app.get(owner, Id::new(announced.attachment.id)).await), Code::NotFound);
    assert!(app.get(owner, kept).await.is_ok());
}

#[tokio::test]
async fn a_list_is_of_one_record_that_is_there() {
    use cartera_application::{
        attachments::{AttachmentList, WantedTarget},
        lists::parse,
    };
    let scene = start().await;
    let query = parse(AttachmentList::TABLE, &[], None).expect("an empty query");
    let list = async |entity_type: Option<&str>, entity_id: Option<&str>| {
        let wanted = WantedTarget {
            entity_type: entity_type.map(str::to_owned),
            entity_id: entity_id.map(str::to_owned),
        };
        scene.env.app.attachments.list(&scene.acme.owner, wanted, &query).await
    };
    let missing = violations(list(None, None).await);
    assert_eq!(missing, [("entityType".to_owned(), "required"), ("entityId".to_owned(), "required")]);
    let malformed = violations(list(Some("USER"), Some("7")).await);
    assert_eq!(malformed, [("entityType".to_owned(), "not_allowed"), ("entityId".to_owned(), "malformed")]);
    let account = scene.account.to_string();
    assert_eq!(refusal(list(Some("CONTACT"), Some(&account)).await), Code::NotFound);
    assert_eq!(refusal(list(Some("OPPORTUNITY"), Some(&account)).await), Code::NotFound);
    // Lists are not implemented in memory.
    assert_eq!(refusal(list(Some("ACCOUNT"), Some(&account)).await), Code::Internal);
}
