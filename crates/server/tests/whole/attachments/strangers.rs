//! Tenant isolation of attachments: neither of two companies reaches the other's files.

use reqwest::header::HeaderName;
use serde_json::json;

use crate::support::{Company, Server, announcement, attach, confirm, fetch, upload};

const THEIRS: &[u8] = b"what only they may read";
const OURS: &[u8] = b"what we upload ourselves";

async fn two() -> (Company, Company) {
    let server = Server::shared().await;
    (server.company().await, server.company().await)
}

#[tokio::test]
async fn another_companys_attachment_is_not_there() {
    let (ours, theirs) = two().await;
    let account = theirs.account().await;
    let id = attach(theirs.client(), "ACCOUNT", &account, THEIRS).await;
    let client = ours.client();
    client.get(format!("/attachments/{id}")).await.problem(404, "not_found");
    client.get(format!("/attachments/{id}/download")).await.problem(404, "not_found");
    client.delete(format!("/attachments/{id}")).await.problem(404, "not_found");
    confirm(client, &id).await.problem(404, "not_found");
    client.get(format!("/attachments?entityType=ACCOUNT&entityId={account}")).await.problem(404, "not_found");
    let opportunity = theirs.opportunity(&account).await;
    for (kind, target) in [("ACCOUNT", &account), ("OPPORTUNITY", &opportunity)] {
        let refused = client.post("/attachments", &announcement(kind, target, OURS)).await;
        let body = refused.problem(422, "invalid_reference");
        assert_eq!(body["errors"][0]["pointer"], "/entityId");
    }
}

#[tokio::test]
async fn our_urls_lead_to_our_files_alone() {
    let (ours, theirs) = two().await;
    let their_id = attach(theirs.client(), "ACCOUNT", &theirs.account().await, THEIRS).await;
    let our_id = attach(ours.client(), "ACCOUNT", &ours.account().await, OURS).await;
    let download = ours.client().get(format!("/attachments/{our_id}/download")).await.expect(200).data();
    let url = download["url"].as_str().expect("a URL");
    let (our_key, their_key) = (format!("{}/{our_id}", ours.id), format!("{}/{their_id}", theirs.id));
    assert!(url.contains(&our_key), "{url}");
    for key in
        [their_key.clone(), format!("{our_key}/%2e%2e/%2e%2e/{their_key}"), format!("x/..%2F{their_key}")]
    {
        let answer = fetch(&url.replace(&our_key, &key)).await;
        assert!((400..500).contains(&answer.status().as_u16()), "{key}: {}", answer.status());
        assert!(!answer.text().await.expect("text").contains("only they"), "{key}");
    }
}

#[tokio::test]
async fn an_upload_is_no_way_to_copy_anothers_file() {
    let (ours, theirs) = two().await;
    let their_id = attach(theirs.client(), "ACCOUNT", &theirs.account().await, THEIRS).await;
    let body = announcement("ACCOUNT", &ours.account().await, OURS);
    let made = ours.client().post("/attachments", &body).await.expect(201);
    let mut announced = made.data();
    let source = HeaderName::from_static("x-amz-copy-source");
    announced["upload"]["headers"][source.as_str()] = json!(format!("/cartera/{}/{their_id}", theirs.id));
    assert_eq!(upload(&announced, OURS).await, 403);
    confirm(ours.client(), &made.id()).await.problem(409, "upload_missing");
}

#[tokio::test]
async fn rights_are_those_on_the_record() {
    use cartera_domain::identity::Role;

    let server = Server::shared().await;
    let company = server.company().await;
    let account = company.account().await;
    let owners = attach(company.client(), "ACCOUNT", &account, b"the owner's").await;
    let viewer = server.user(&company, Role::Viewer).await;
    viewer.client.get(format!("/attachments/{owners}/download")).await.expect(200);
    let refused = viewer.client.post("/attachments", &announcement("ACCOUNT", &account, b"x")).await;
    refused.problem(403, "forbidden");
    let member = server.user(&company, Role::Member).await;
    let own = attach(&member.client, "ACCOUNT", &account, b"the member's").await;
    member.client.delete(format!("/attachments/{owners}")).await.problem(403, "forbidden");
    member.client.delete(format!("/attachments/{own}")).await.expect(204);
    let (_, key) = company.key(&["opportunities:read", "opportunities:write"]).await;
    key.get(format!("/attachments/{owners}")).await.problem(403, "forbidden");
    key.post("/attachments", &announcement("ACCOUNT", &account, b"x")).await.problem(403, "forbidden");
    let opportunity = company.opportunity(&account).await;
    attach(&key, "OPPORTUNITY", &opportunity, b"the key's").await;
}
