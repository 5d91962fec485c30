//! Headers in both directions.

use actix_web::test::TestRequest;

use cartera_api_http::edge::ProxyHeader;

use super::support::{ID, ORIGIN, get, post, send, send_with, settings};

#[actix_web::test]
async fn a_request_id_is_taken_or_made() {
    let longest = "x".repeat(128);
    for id in ["a", "A.b_c-9", longest.as_str()] {
        let answer = send(get("/api/v1/whoami").insert_header(("x-request-id", id))).await;
        assert_eq!(answer.header("x-request-id"), Some(id));
        assert_eq!(answer.json()["data"]["requestId"], id);
    }
    let too_long = "x".repeat(129);
    for id in ["", "a b", "a\"b", "é", "<script>", too_long.as_str()] {
        let answer = send(get("/api/v1/whoami").insert_header(("x-request-id", id))).await;
        let made = answer.header("x-request-id").expect("an id");
        assert_eq!(made.len(), 36, "{made}");
    }
}

#[actix_web::test]
async fn a_created_record_says_where_and_which_it_is() {
    let answer = send(post("/api/v1/things", r#"{"name": "Ana"}"#)).await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.header("location"), Some("/api/v1/things/7"));
    assert_eq!(answer.header("etag"), Some("\"1\""));
    assert_eq!(answer.json()["data"]["name"], "Ana");
}

#[actix_web::test]
async fn if_match_is_a_list_of_tags_or_a_star() {
    let with = |lines: &[&str]| {
        let request = TestRequest::patch().uri(&format!("/api/v1/things/{ID}"));
        send(lines.iter().fold(request, |request, line| request.append_header(("if-match", *line))))
    };
    for lines in [
        &["\"3\""][..],
        &["*"],
        &[" \"3\" "],
        &["W/\"3\""],
        &["\"3-gzip\""],
        &["W/\"3;gzip\""],
        &["\"2\", \"3\""],
        &["\"2\"", "\"3\""],
        &[],
    ] {
        let answer = with(lines).await;
        assert_eq!((answer.status.as_u16(), answer.header("etag")), (200, Some("\"4\"")), "{lines:?}");
    }
    for value in ["\"2\"", "W/\"2\"", "\"\"", "\"03\"", "\"+3\"", "\"abc\"", "\"99999999999\"", "\"-1\""] {
        with(&[value]).await.refused(412, "version_mismatch");
    }
    for lines in
        [&["3"][..], &["\"3"], &["3\""], &["\"3\" \"4\""], &[""], &["W/3"], &["\""], &["é"], &["*", "\"3\""]]
    {
        with(lines).await.invalid("header:If-Match", "malformed");
    }
}

#[actix_web::test]
async fn every_answer_protects_browsers() {
    for path in ["/api/v1/plain", "/api/v1/nope", "/livez"] {
        let answer = send(get(path)).await;
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("x-frame-options"), Some("DENY"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(
            answer.header("content-security-policy"),
            Some("default-src 'none'; frame-ancestors 'none'")
        );
        assert_eq!(answer.header("strict-transport-security"), Some("max-age=31536000; includeSubDomains"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}

#[actix_web::test]
async fn plain_http_promises_no_https() {
    let mut settings = settings();
    settings.public_origin = ORIGIN.replace("https", "http");
    let answer = send_with(settings, get("/api/v1/plain")).await;
    assert_eq!(answer.header("strict-transport-security"), None);
}

#[actix_web::test]
async fn the_address_is_the_last_that_no_trusted_proxy_added() {
    let from = |peer: [u8; 4], forwarded: &'static str| {
        let peer = std::net::SocketAddr::from((peer, 4711));
        send(get("/api/v1/whoami").peer_addr(peer).insert_header(("x-forwarded-for", forwarded)))
    };
    let cases = [
        ([192, 0, 2, 7], "203.0.113.9", "192.0.2.7"),
        ([10, 0, 0, 1], "203.0.113.9", "203.0.113.9"),
        ([10, 0, 0, 1], "1.1.1.1, 203.0.113.9", "203.0.113.9"),
        ([10, 0, 0, 1], "1.1.1.1, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        ([10, 0, 0, 1], "nonsense", "10.0.0.1"),
        ([10, 0, 0, 1], "203.0.113.9, nonsense", "10.0.0.1"),
        ([10, 0, 0, 1], "::ffff:203.0.113.9", "203.0.113.9"),
    ];
    for (peer, forwarded, address) in cases {
        let answer = from(peer, forwarded).await;
        assert_eq!(answer.json()["data"]["address"], address, "{peer:?} {forwarded}");
    }
}

/// All callers of such a deployment were one before.
#[actix_web::test]
async fn an_address_with_a_port_is_the_callers_too() {
    let from = |header: &'static str, value: &'static str| {
        let peer = std::net::SocketAddr::from(([10, 0, 0, 1], 4711));
        get("/api/v1/whoami").peer_addr(peer).insert_header((header, value))
    };
    let azure = from("x-forwarded-for", "203.0.113.17:50000").insert_header(("forwarded", "for=6.6.6.6"));
    assert_eq!(send(azure).await.json()["data"]["address"], "203.0.113.17");
    let mut settings = settings();
    settings.proxy_header = ProxyHeader::Forwarded;
    let rfc = from("forwarded", "for=\"[2001:db8::1]:443\"").insert_header(("x-forwarded-for", "6.6.6.6"));
    assert_eq!(send_with(settings, rfc).await.json()["data"]["address"], "2001:db8::1");
}

#[actix_web::test]
async fn user_agents_are_cut() {
    let answer = send(get("/api/v1/whoami").insert_header(("user-agent", "x".repeat(4_000)))).await;
    assert_eq!(answer.json()["data"]["userAgent"].as_str().map(str::len), Some(400));
}
