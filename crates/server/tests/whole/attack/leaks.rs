//! After every operation was called once, no secret of a user or of the deployment is in a log line or in an answer to
//! somebody else.

use futures_util::{StreamExt, stream};
use tokio::sync::OnceCell;

use super::surface::surface;
use crate::{
    journey::secrets::{HANDING_OUT, handed_out},
    support::{JWT_SECRET, PASSWORD, Server, environment},
};

/// A server with the most verbose log. It lives as long as the tests, as the callers of operations need.
async fn talkative() -> &'static Server {
    static TALKATIVE: OnceCell<Server> = OnceCell::const_new();
    TALKATIVE.get_or_init(|| Server::start(&[("RATE_LIMITS", "off"), ("LOG_LEVEL", "debug")])).await
}

/// The secrets in the deployment's settings.
fn of_the_deployment(server: &Server) -> Vec<String> {
    let mut secrets = vec![JWT_SECRET.to_owned()];
    for (name, value) in environment(&server.database) {
        match name {
            "SECRETS_KEY" | "S3_SECRET_ACCESS_KEY" => secrets.push(value),
            // The password in the URL, if it has one.
            name if name.ends_with("DATABASE_URL") => {
                let url = url::Url::parse(&value).expect("a URL");
                secrets.extend(url.password().filter(|password| password.len() > 8).map(str::to_owned));
            }
            _ => (),
        }
    }
    secrets
}

/// The signatures of presigned URLs of the store.
fn signatures(server: &Server) -> Vec<String> {
    let answers = server.record.answers();
    let urls = answers.iter().flat_map(|(_, answer)| answer.split("X-Amz-Signature=").skip(1));
    let signatures = urls.map(|rest| rest.chars().take_while(char::is_ascii_hexdigit).collect::<String>());
    // Real signatures have this length, unlike the document's examples.
    signatures.filter(|signature| signature.len() == 64).collect()
}

#[tokio::test]
async fn no_secret_of_anybody_is_logged_or_answered_by_any_operation() {
    let server = talkative().await;
    let doors = surface(server).await;
    // Each call with permission, and again unauthenticated with the same body, because refusals are logged too.
    let calls = doors.iter().map(async |door| {
        door.valid.client.nobody().send(door.valid.call()).await;
        door.valid.client.send(door.valid.call()).await
    });
    let answers: Vec<_> = stream::iter(calls).buffered(1).collect().await;
    let fine = answers.iter().filter(|answer| answer.status < 300).count();
    assert!(fine * 2 > answers.len(), "most of {} succeed: {fine}", answers.len());

    let signed = signatures(server);
    assert!(signed.len() > 1, "{signed:?}");
    let handed = handed_out(server);
    let tokens: Vec<_> =
        doors.iter().filter_map(|door| door.valid.body.as_ref()?["token"].as_str()).collect();
    assert!(handed.len() > 10 && tokens.len() > 2, "{} {}", handed.len(), tokens.len());
    let own = of_the_deployment(server);
    assert!(own.len() >= 3, "{}", own.len());

    let log = server.record.log();
    let known = [PASSWORD.to_owned()].into_iter().chain(tokens.iter().map(|&token| token.to_owned()));
    let all: Vec<_> = signed.iter().chain(&handed).chain(&own).cloned().chain(known).collect();
    for secret in &all {
        assert!(!log.contains(secret.as_str()), "logged: {secret}");
    }
    assert!(
        !log.contains("$argon2") && log.contains("\"route\":\"/api/v1/attachments\""),
        "requests are logged"
    );
    for (request, answer) in server.record.answers() {
        for secret in
            own.iter().map(String::as_str).chain([PASSWORD, "$argon2"]).chain(tokens.iter().copied())
        {
            assert!(!answer.contains(secret), "{request} answers {secret}");
        }
        if !HANDING_OUT.contains(&request.as_str()) {
            for secret in &handed {
                assert!(!answer.contains(secret.as_str()), "{request} answers {secret}");
            }
        }
    }
}
