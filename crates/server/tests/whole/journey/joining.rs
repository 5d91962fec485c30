//! From an empty deployment to a company with many users, over real HTTP and real mail.

use cartera_domain::identity::Role;
use serde_json::{Value, json};

use crate::support::{Answer, Call, Client, Company, PASSWORD, Server, mails_to, unique, wait_for_mail};

fn fresh_email(who: &str) -> String {
    format!("{}@example.com", unique(who))
}

async fn login(nobody: &Client, email: &str, password: &str) -> Answer {
    nobody.post("/auth/login", &json!({ "email": email, "password": password })).await
}

/// Accepts a mailed invitation, and returns the session.
async fn join(nobody: &Client, email: &str, name: &str) -> Value {
    let token = wait_for_mail(email, 1).await.token();
    let preview = nobody.post("/invitations/preview", &json!({ "token": token })).await.expect(200).data();
    assert_eq!(preview["email"], email);
    let body = json!({ "token": token, "name": name, "password": PASSWORD });
    let session = nobody.post("/invitations/accept", &body).await.expect(201).data();
    nobody.post("/invitations/accept", &body).await.problem(422, "invitation_used");
    session
}

/// Chooses a new password after a forced reset, and returns the new session's client.
async fn choose(nobody: &Client, session: &Value, password: &str) -> Client {
    assert_eq!(session["forcePasswordReset"], true);
    let client = nobody.bearer(session["accessToken"].as_str().expect("a token"));
    client.get("/roles").await.problem(403, "password_reset_required");
    let change = |new: &str| json!({ "currentPassword": PASSWORD, "newPassword": new });
    client.post("/auth/change-password", &change(PASSWORD)).await.invalid(&["/newPassword"]);
    let changed = client.post("/auth/change-password", &change(password)).await.expect(200).data();
    assert_eq!(changed["forcePasswordReset"], false);
    nobody.bearer(changed["accessToken"].as_str().expect("a token"))
}

#[tokio::test]
async fn a_platform_administrator_fills_a_company_with_people() {
    let server = Server::shared().await;
    let nobody = server.nobody();
    let administrator = server.administrator().await.client;
    // Each missing field is reported.
    administrator
        .post("/companies", &json!({ "name": "Frigorífico" }))
        .await
        .invalid(&["/address", "/website", "/logoUrl"]);
    let body = json!({
        "name": unique("Frigorífico"), "address": "Rambla 1", "website": "https://frigo.example",
        "logoUrl": "https://frigo.example/logo.png", "country": "UY",
    });
    let company = administrator.post("/companies", &body).await.expect(201).data();
    let path = format!("/companies/{}", company["id"].as_str().expect("an id"));

    let admin_email = fresh_email("admin");
    let invite = json!({ "email": admin_email, "role": "ADMIN" });
    administrator.post(format!("{path}/invitations"), &invite).await.expect(201);
    let mail = wait_for_mail(&admin_email, 1).await;
    let name = company["name"].as_str().expect("a name");
    assert!(mail.subject.contains(name) && mail.text.contains(name), "{mail:?}");
    assert!(!mail.subject.contains(&mail.token()));
    let session = join(&nobody, &admin_email, "Ana Admin").await;
    assert_eq!(session["user"]["role"], "ADMIN");
    let admin = choose(&nobody, &session, "Another-Horse-8").await;
    admin.get("/roles").await.expect(200);

    // The ADMIN may invite a MEMBER, but not an OWNER.
    let member_email = fresh_email("member");
    let owner = json!({ "email": member_email, "role": "OWNER" });
    admin.post("/invitations", &owner).await.problem(403, "forbidden");
    let made = admin.post("/invitations", &json!({ "email": member_email })).await.expect(201).data();
    assert_eq!(admin.get("/invitations").await.rows("id"), [made["id"].clone()]);
    admin.post("/invitations", &json!({ "email": member_email })).await.problem(409, "invitation_pending");
    let session = join(&nobody, &member_email, "Mía Miembro").await;
    let member = choose(&nobody, &session, "Another-Horse-8").await;
    assert_eq!(admin.get("/invitations").await.rows("id"), Vec::<Value>::new());
    member.post("/accounts", &json!({ "name": unique("account") })).await.expect(201);
    member.post("/invitations", &json!({ "email": fresh_email("x") })).await.problem(403, "forbidden");
    admin.post("/invitations", &json!({ "email": member_email })).await.problem(409, "email_taken");

    // While the company is suspended everybody is refused; after reactivation everything works again.
    administrator.post(format!("{path}/suspend"), &json!({})).await.expect(200);
    for client in [&admin, &member] {
        client.get("/accounts").await.problem(401, "unauthenticated");
    }
    login(&nobody, &member_email, "Another-Horse-8").await.problem(401, "invalid_credentials");
    let invite = json!({ "email": fresh_email("late") });
    administrator.post(format!("{path}/invitations"), &invite).await.problem(403, "company_suspended");
    administrator.post(format!("{path}/reactivate"), &json!({})).await.expect(200);
    member.get("/accounts").await.expect(200);
    login(&nobody, &member_email, "Another-Horse-8").await.expect(200);
}

#[tokio::test]
async fn links_end_when_they_are_sent_again_revoked_or_late() {
    let server = Server::shared().await;
    let (company, nobody) = (server.company().await, server.nobody());
    let preview = async |token: &str| nobody.post("/invitations/preview", &json!({ "token": token })).await;
    let email = fresh_email("guest");
    let made = company.client().post("/invitations", &json!({ "email": email })).await.expect(201);
    let path = format!("/invitations/{}", made.id());
    let first = wait_for_mail(&email, 1).await.token();
    company.client().post(format!("{path}/resend"), &json!({})).await.expect(200);
    let second = wait_for_mail(&email, 2).await.token();
    preview(&first).await.problem(422, "invitation_unknown");
    preview(&second).await.expect(200);
    server.obey("update invitations set expires_at = now() where id = $1::uuid", &made.id()).await;
    preview(&second).await.problem(422, "invitation_expired");
    company.client().post(format!("{path}/resend"), &json!({})).await.expect(200);
    let third = wait_for_mail(&email, 3).await.token();
    company.client().delete(&path).await.expect(204);
    preview(&third).await.problem(422, "invitation_revoked");
    let stranger = server.company().await;
    stranger.client().delete(&path).await.problem(404, "not_found");
}

#[tokio::test]
async fn a_forgotten_password_is_chosen_anew_by_mail() {
    let server = Server::shared().await;
    let (company, nobody) = (server.company().await, server.nobody());
    let owner = &company.owner;
    let forgot = async |email: &str| nobody.post("/auth/forgot-password", &json!({ "email": email })).await;
    let known = forgot(&owner.email).await.expect(202);
    let unknown = fresh_email("nobody");
    assert_eq!(known.essence(), forgot(&unknown).await.expect(202).essence());
    let mail = wait_for_mail(&owner.email, 1).await;
    let reset = async |password: &str| {
        let body = json!({ "token": mail.token(), "newPassword": password });
        nobody.post("/auth/reset-password", &body).await
    };
    reset("weak").await.problem(400, "validation_failed");
    reset("Another-Horse-8").await.expect(204);
    reset("Another-Horse-9").await.problem(422, "password_reset_used");
    owner.client.get("/auth/me").await.problem(401, "unauthenticated");
    let cookie = format!("cartera_refresh={}", owner.refresh_token);
    let refresh = Call::new("POST", "/auth/refresh").header("cookie", cookie);
    nobody.send(refresh).await.problem(401, "refresh_token_invalid");
    login(&nobody, &owner.email, PASSWORD).await.problem(401, "invalid_credentials");
    login(&nobody, &owner.email, "Another-Horse-8").await.expect(200);
    // They are notified, in their language; nobody else is.
    let told = wait_for_mail(&owner.email, 2).await;
    assert!(told.text.contains("contraseña"), "{told:?}");
    assert!(mails_to(&unknown).is_empty());
}

#[tokio::test]
async fn an_administrator_demands_a_new_password() {
    let server = Server::shared().await;
    let (company, nobody) = (server.company().await, server.nobody());
    let member = server.user(&company, Role::Member).await;
    let path = format!("/users/{}/reset-password", member.id);
    company.client().post(&path, &json!({})).await.expect(204);
    member.client.get("/accounts").await.problem(403, "password_reset_required");
    let token = wait_for_mail(&member.email, 1).await.token();
    let reset = |password: &str| json!({ "token": token, "newPassword": password });
    nobody.post("/auth/reset-password", &reset(PASSWORD)).await.invalid(&["/newPassword"]);
    nobody.post("/auth/reset-password", &reset("Another-Horse-8")).await.expect(204);
    let session = login(&nobody, &member.email, "Another-Horse-8").await.expect(200).data();
    assert_eq!(session["forcePasswordReset"], false);
}

#[tokio::test]
async fn ten_wrong_passwords_lock_and_a_new_one_by_mail_unlocks() {
    let server = Server::shared().await;
    let (company, nobody) = (server.company().await, server.nobody());
    let (owner, unknown) = (&company.owner, fresh_email("nobody"));
    let mut answers = Vec::new();
    for _ in 0..10 {
        for email in [&owner.email, &unknown] {
            answers.push(login(&nobody, email, "Wrong-Horse-7").await.essence());
        }
    }
    // The same answer for known and unknown e-mails, locked or not, with the right or a wrong password.
    answers.push(login(&nobody, &owner.email, PASSWORD).await.essence());
    answers.push(login(&nobody, &unknown, PASSWORD).await.essence());
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    owner.client.get("/auth/me").await.expect(200);
    let told = wait_for_mail(&owner.email, 1).await;
    assert!(!told.text.contains("#token="), "there is nothing to follow: {told:?}");
    nobody.post("/auth/forgot-password", &json!({ "email": owner.email })).await.expect(202);
    let body =
        json!({ "token": wait_for_mail(&owner.email, 2).await.token(), "newPassword": "Another-Horse-8" });
    nobody.post("/auth/reset-password", &body).await.expect(204);
    login(&nobody, &owner.email, "Another-Horse-8").await.expect(200);
}

#[tokio::test]
async fn a_forged_host_is_in_no_link() {
    let server = Server::shared().await;
    let (company, nobody) = (server.company().await, server.nobody());
    let email = &company.owner.email;
    for header in ["host", "x-forwarded-host", "forwarded", "origin"] {
        let value = if header == "forwarded" { "host=evil.example" } else { "evil.example" };
        let forgot = Call::post("/auth/forgot-password", &json!({ "email": email })).header(header, value);
        nobody.send(forgot).await.expect(202);
    }
    wait_for_mail(email, 4).await;
    for mail in mails_to(email) {
        assert!(!mail.source.contains("evil.example"), "{mail:?}");
        assert!(mail.link().starts_with("http://127.0.0.1"), "{mail:?}");
    }
}

#[tokio::test]
async fn a_copied_refresh_token_is_told_by_mail() {
    let server = Server::shared().await;
    let company: Company = server.company().await;
    let refresh = || {
        let cookie = format!("cartera_refresh={}", company.owner.refresh_token);
        Call::new("POST", "/auth/refresh").header("cookie", cookie)
    };
    server.nobody().send(refresh()).await.expect(200);
    let late = "update sessions set rotations = array[now() - interval '11 seconds'] \
        where company_id = $1::uuid and generation > 0";
    server.obey(late, &company.id).await;
    server.nobody().send(refresh()).await.problem(401, "refresh_token_reused");
    wait_for_mail(&company.owner.email, 1).await;
}
