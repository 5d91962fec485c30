//! From the mail to the new password, like a person: opening the link and filling the form by keyboard.
//!
//! Driving the browser blocks, so the runtime has several threads: idle connections then notice when the server closes
//! them.

use cartera_domain::identity::Role;
use serde_json::{Value, json};

use super::chromium::Browser;
use crate::support::{Client, Company, PASSWORD, ReceivedMail, Server, mails_to, unique, wait_for_mail};

const CHOSEN: &str = "Ñandú-Corre-7";

async fn invite(company: &Company, email: &str) -> (String, ReceivedMail) {
    let body = json!({ "email": email, "role": "MEMBER" });
    let id = company.client().post("/invitations", &body).await.expect(201).id();
    (id, wait_for_mail(email, 1).await)
}

async fn sign_in(nobody: &Client, email: &str, password: &str) -> Value {
    nobody.post("/auth/login", &json!({ "email": email, "password": password })).await.expect(200).data()
}

/// The errors shown at the password, and whether the field is marked as invalid.
fn errors_at_password(browser: &mut Browser) -> Value {
    assert_eq!(browser.value("document.getElementById('password').getAttribute('aria-invalid')"), "true");
    assert_eq!(
        browser.value("document.activeElement.id"),
        "password",
        "the focus is where there is work to do"
    );
    browser.value("[...document.querySelectorAll('#password-errors li')].map((item) => item.textContent)")
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: make test-browser"]
async fn an_invitation_is_accepted() {
    let server = Server::shared().await;
    let company = server.company().await;
    let name = company.client().get("/companies/current").await.expect(200).data()["name"].clone();
    let email = format!("{}@example.com", unique("guest"));
    let (_, mail) = invite(&company, &email).await;
    let mut browser = Browser::start("accept", "es-UY");
    browser.open(&mail.link());
    browser.wait_for_text(name.as_str().expect("a name"));
    browser.wait_for("location.hash === '' && document.activeElement.id === 'name'");
    assert_eq!(browser.value("document.getElementById('email').value"), email.as_str());
    // First an empty, then a weak password: every broken rule is shown.
    browser.press("Enter");
    browser.wait_for("document.getElementById('name').getAttribute('aria-invalid') === 'true'");
    browser.type_in("Berta Núñez");
    browser.press("Tab");
    browser.type_in("débil");
    browser.press("Enter");
    browser.wait_for("document.querySelectorAll('#password-errors li').length === 3");
    assert_eq!(
        errors_at_password(&mut browser),
        json!(["Faltan caracteres.", "Falta una letra mayúscula.", "Falta un dígito."])
    );
    browser.clear("password");
    browser.type_in(CHOSEN);
    assert_eq!(browser.value("document.querySelectorAll('#rule li.met').length"), 4);
    browser.press("Enter");
    browser.wait_for_text("Su cuenta está lista.");
    let text = browser.text();
    assert!(text.contains(&email) && text.contains("se le pedirá elegir otra contraseña"), "{text}");
    assert_eq!(browser.value("document.activeElement.id"), "title", "it is read out");
    let session = sign_in(&server.nobody(), &email, CHOSEN).await;
    assert_eq!(
        (&session["user"]["name"], &session["forcePasswordReset"]),
        (&json!("Berta Núñez"), &json!(true))
    );
    // The link is no longer valid.
    browser.open(&mail.link());
    browser.wait_for_text("Esta invitación ya se usó.");
    assert_eq!(browser.value("document.getElementById('form').hidden"), true);
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: make test-browser"]
async fn links_that_lead_nowhere_say_why() {
    let server = Server::shared().await;
    let company = server.company().await;
    let email = format!("{}@example.com", unique("guest"));
    let (id, mail) = invite(&company, &email).await;
    let mut browser = Browser::start("refused", "en");
    let damaged = mail.link().replace(&mail.token(), "nonsense");
    browser.open(&damaged);
    browser.wait_for_text("This link is damaged");
    browser.open(&damaged.replace("/invitations/accept", "/reset-password"));
    browser.wait_for_text("Choose a new password");
    browser.wait_for_text("This link is damaged");
    server.obey("update invitations set expires_at = now() where id = $1::uuid", &id).await;
    browser.open(&mail.link());
    browser.wait_for_text("This invitation has expired.");
    company.client().post(format!("/invitations/{id}/resend"), &json!({})).await.expect(200);
    let again = wait_for_mail(&email, 2).await;
    company.client().delete(format!("/invitations/{id}")).await.expect(204);
    browser.open(&again.link());
    browser.wait_for_text("This invitation was taken back.");
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: make test-browser"]
async fn a_forgotten_password_is_chosen_anew() {
    let server = Server::shared().await;
    let company = server.company().await;
    let (nobody, member) = (server.nobody(), server.user(&company, Role::Member).await);
    nobody.post("/auth/forgot-password", &json!({ "email": member.email })).await.expect(202);
    let mail = wait_for_mail(&member.email, 1).await;
    let mut browser = Browser::start("reset", "pt-BR");
    browser.open(&mail.link());
    browser.wait_for("location.hash === '' && document.activeElement?.id === 'password'");
    assert!(!browser.text().contains("Seu nome"), "only a password is asked for");
    // Password managers keep the password under the user name.
    let user_name = "(({ value, autocomplete, readOnly, offsetParent }) => \
                     [value, autocomplete, readOnly, offsetParent !== null])(document.getElementById('email'))";
    assert_eq!(browser.value(user_name), json!([member.email, "username", true, true]));
    browser.type_in("fraca");
    browser.press("Enter");
    browser.wait_for("document.querySelectorAll('#password-errors li').length === 3");
    assert_eq!(
        errors_at_password(&mut browser),
        json!(["Faltam caracteres.", "Falta uma letra maiúscula.", "Falta um dígito."])
    );
    browser.clear("password");
    browser.type_in(CHOSEN);
    browser.press("Enter");
    browser.wait_for_text("Sua senha foi alterada");
    sign_in(&nobody, &member.email, CHOSEN).await;
    let old = json!({ "email": member.email, "password": PASSWORD });
    nobody.post("/auth/login", &old).await.problem(401, "invalid_credentials");
    // They are notified, and the link is no longer valid.
    wait_for_mail(&member.email, 2).await;
    browser.open(&mail.link());
    browser.wait_for_text("Este link já foi usado.");
    assert_eq!(browser.value("document.getElementById('form').hidden"), true);
    assert_eq!(mails_to(&member.email).len(), 2);
    assert_eq!(browser.complaints(), Vec::<String>::new());
}
