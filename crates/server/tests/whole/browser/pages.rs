//! The pages' words, and what they do without a valid link or a network.

use serde_json::json;

use super::chromium::Browser;
use crate::support::{Server, wait_for_mail};

#[tokio::test]
#[ignore = "needs Chromium: make test-browser"]
async fn a_page_without_a_link_says_so_in_the_language_of_the_browser() {
    let server = Server::shared().await;
    for (language, accept, reset, said) in [
        ("es-UY", "Acepte la invitación", "Elija una contraseña nueva", "Ábralo de nuevo."),
        ("pt-BR", "Aceite o convite", "Escolha uma nova senha", "Abra-o novamente."),
        ("en-GB", "Accept the invitation", "Choose a new password", "Open that link again."),
        ("fr-FR", "Accept the invitation", "Choose a new password", "Open that link again."),
    ] {
        let mut browser = Browser::start(&format!("plain-{language}"), language);
        for (path, title) in [("/invitations/accept", accept), ("/reset-password", reset)] {
            browser.open(&format!("{}{path}", server.origin));
            browser.wait_for_text(title);
            browser.wait_for_text(said);
            assert_eq!(browser.value("document.title"), format!("{title} · Cartera"));
        }
        let shown = browser.value("document.documentElement.lang");
        assert_eq!(shown, if language == "fr-FR" { "en" } else { &language[..2] });
        assert_eq!(browser.complaints(), Vec::<String>::new());
    }
}

#[tokio::test]
#[ignore = "needs Chromium: make test-browser"]
async fn every_language_has_words_for_everything() {
    let mut browser = Browser::start("words", "en");
    browser.open(&format!("{}/reset-password", Server::shared().await.origin));
    browser.wait_for_text("Choose a new password");
    let keys = "import('/pages/words.js').then(({ languages }) => Object.values(languages).map((words) => \
                [Object.keys(words), Object.keys(words.codes), Object.keys(words.rules)]))";
    let keys = browser.value(keys);
    assert_eq!(keys.as_array().map(Vec::len), Some(3));
    assert_eq!(keys[0], keys[1]);
    assert_eq!(keys[0], keys[2]);
    let blank =
        "import('/pages/words.js').then(({ languages }) => JSON.stringify(languages).includes('\"\"'))";
    assert_eq!(browser.value(blank), json!(false));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: make test-browser"]
async fn the_token_leaves_the_address_at_once_and_a_lost_network_is_said() {
    let server = Server::shared().await;
    let email = server.company().await.owner.email;
    server.nobody().post("/auth/forgot-password", &json!({ "email": email })).await.expect(202);
    let mail = wait_for_mail(&email, 1).await;
    let mut browser = Browser::start("offline", "en");
    browser.open(&mail.link());
    browser.wait_for("location.href.endsWith('/reset-password') && !document.getElementById('form').hidden");
    assert_eq!(browser.value("document.activeElement.id"), "password");
    browser.set_offline(true);
    browser.type_in("Good-Password-7");
    browser.press("Enter");
    browser.wait_for_text("The server can't be reached.");
    assert_eq!(browser.value("document.getElementById('form').hidden"), false, "it can be sent again");
    browser.set_offline(false);
    browser.clear("password");
    browser.type_in("Good-Password-8");
    browser.press("Enter");
    browser.wait_for_text("Your password was changed");
    // The token is nowhere in the page.
    let kept = "location.href + document.documentElement.outerHTML + JSON.stringify(history.state)";
    assert!(!browser.value(kept).to_string().contains(&mail.token()));
    assert_eq!(browser.complaints(), Vec::<String>::new());
}
