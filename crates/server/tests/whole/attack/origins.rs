//! CSRF and CORS: what pages of other origins can make a browser send, and what they can read.

use super::surface::surface;
use crate::support::{Call, Server};

/// Origins that are not the server's, some of them similar.
fn foreign(origin: &str) -> Vec<String> {
    let host = origin.trim_start_matches("http://");
    vec![
        "https://evil.example".to_owned(),
        "null".to_owned(),
        format!("http://{host}.evil.example"),
        format!("http://evil.example/{host}"),
        format!("http://{host}@evil.example"),
        format!("https://{host}"),
        format!("{origin}1"),
        format!("{origin}/"),
        format!("{origin} https://evil.example"),
        origin.to_uppercase().replace("HTTP", "hTTp"),
        "*".to_owned(),
        String::new(),
    ]
}

#[tokio::test]
async fn every_operation_that_takes_the_cookie_asks_where_it_comes_from() {
    let server = Server::shared().await;
    let doors = surface(server).await;
    let by_cookie: Vec<_> = doors.iter().filter(|door| door.valid.cookie.is_some()).collect();
    assert!(by_cookie.len() >= 2, "to refresh, and to sign out");
    for door in by_cookie {
        // What a page can send without a preflight: a form's POST, with only the cookie.
        let client = door.valid.client.nobody();
        for origin in foreign(&server.origin) {
            client.send(door.valid.call().header("origin", origin)).await.problem(403, "origin_not_allowed");
        }
        for site in ["cross-site", "same-site"] {
            let call = door.valid.call().header("sec-fetch-site", site);
            client.send(call).await.problem(403, "origin_not_allowed");
        }
        let form = door.valid.call().header("origin", "https://evil.example");
        let form = form.header("content-type", "text/plain").bytes("{}");
        client.send(form).await.problem(403, "origin_not_allowed");
        // None of these requests used the token up.
        let answer = client.send(door.valid.call().header("origin", &server.origin)).await;
        assert!(answer.status < 300, "{answer:?}");
    }
}

#[tokio::test]
async fn the_cookie_opens_nothing_but_what_it_is_for() {
    let server = Server::shared().await;
    let doors = surface(server).await;
    let owner = server.company().await.owner;
    for door in doors.iter().filter(|door| door.valid.cookie.is_none()) {
        let cookie = format!("cartera_refresh={}", owner.refresh_token);
        let client = door.valid.client.nobody();
        let answer = client.send(door.valid.call().header("cookie", cookie)).await;
        let public =
            door.valid.statuses.iter().all(|status| *status != 401) || door.valid.client.token().is_none();
        if !public {
            answer.problem(401, "unauthenticated");
        }
    }
}

#[tokio::test]
async fn no_other_origin_reads_an_answer() {
    let server = Server::shared().await;
    let company = server.company().await;
    for origin in foreign(&server.origin) {
        let read = company.client().send(Call::get("/accounts").header("origin", &origin)).await;
        assert_eq!(read.header("access-control-allow-origin"), None, "{origin}");
        let preflight = Call::new("OPTIONS", "/accounts")
            .header("origin", &origin)
            .header("access-control-request-method", "DELETE")
            .header("access-control-request-headers", "authorization");
        let answer = server.nobody().send(preflight).await;
        answer.problem(403, "origin_not_allowed");
        assert_eq!(answer.header("access-control-allow-origin"), None, "{origin}");
    }
}
