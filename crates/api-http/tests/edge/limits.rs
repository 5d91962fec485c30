//! Rate limits, their headers and their memory.

use std::{net::IpAddr, num::NonZeroU32, time::Duration};

use actix_web::test::TestRequest;
use cartera_api_http::edge::{Limits, Rate};
use cartera_application::{Code, security::ActorRef};
use cartera_domain::ids::Id;
use uuid::Uuid;

use super::support::{edge, get, send_to, settings};

fn sign_in(email: &str) -> TestRequest {
    TestRequest::post().uri(&format!("/api/v1/sign-in?email={email}"))
}

#[actix_web::test]
async fn a_sixth_sign_in_within_a_minute_waits() {
    let edge = edge(settings());
    for remaining in (0..5).rev() {
        let answer = send_to(&edge, sign_in("ana@example.com")).await;
        assert_eq!(answer.status, 200);
        assert_eq!(
            answer.header("ratelimit-policy"),
            Some("\"sign-in-address\";q=60;w=60, \"sign-in\";q=5;w=60")
        );
        let (limit, tail) =
            (answer.header("ratelimit").expect("a limit"), format!("\"sign-in\";r={remaining};t="));
        assert!(limit.contains(&tail), "{limit}");
    }
    let answer = send_to(&edge, sign_in("Ana@Example.COM")).await;
    answer.refused(429, "rate_limited");
    let wait: u64 = answer.header("retry-after").expect("a time").parse().expect("seconds");
    assert!((1..=12).contains(&wait), "{wait}");
    let limit = answer.header("ratelimit").expect("a limit");
    assert!(limit.ends_with(&format!("\"sign-in\";r=0;t={wait}")), "{limit}");
    assert_eq!(send_to(&edge, sign_in("eva@example.com")).await.status, 200);
}

#[test]
fn one_address_can_not_try_every_e_mail() {
    let limits = Limits::new(settings().rate_limits);
    let address = IpAddr::from([192, 0, 2, 1]);
    let refused =
        (0..100).filter(|n| limits.sign_in(address, &format!("user{n}@example.com")).is_err()).count();
    assert_eq!(refused, 40);
    assert!(limits.sign_in(IpAddr::from([192, 0, 2, 2]), "user1@example.com").is_ok());
}

/// Pages, documents, unknown paths and refused credentials: whatever no other limit counts.
#[actix_web::test]
async fn what_is_open_to_everybody_is_limited_too_and_probes_are_not() {
    let few = Rate { requests: NonZeroU32::new(3).expect("three"), period: Duration::from_mins(1) };
    let mut settings = settings();
    settings.rate_limits.as_mut().expect("limits").public = few;
    for path in
        ["/", "/docs", "/openapi.json", "/reset-password", "/errors/forbidden", "/nowhere", "/api/v1/nowhere"]
    {
        let edge = edge(settings.clone());
        for remaining in (0..3).rev() {
            let answer = send_to(&edge, get(path)).await;
            assert_ne!(answer.status, 429, "{path}");
            let limit = answer.header("ratelimit").expect("a limit");
            assert!(limit.starts_with(&format!("\"public\";r={remaining};t=")), "{path}: {limit}");
        }
        send_to(&edge, get(path)).await.refused(429, "rate_limited");
        let from_elsewhere = get(path).peer_addr(([192, 0, 2, 9], 4000).into());
        assert_ne!(send_to(&edge, from_elsewhere).await.status, 429, "{path}");
        for probe in ["/health", "/healthz", "/livez", "/readyz", "/metrics"] {
            let answer = send_to(&edge, get(probe)).await;
            assert!(answer.status != 429 && answer.header("ratelimit").is_none(), "{probe}");
        }
    }
}

#[test]
fn half_an_ipv6_address_is_one_customer() {
    let limits = Limits::new(settings().rate_limits);
    let address = |text: &str| text.parse::<IpAddr>().expect("an address");
    for n in 0..10 {
        assert!(limits.register(address(&format!("2001:db8::{n}"))).is_ok());
    }
    let error = limits.register(address("2001:db8::ffff")).expect_err("the eleventh").0;
    assert!(error.is(Code::RateLimited));
    assert!(limits.register(address("2001:db8:0:1::1")).is_ok());
}

#[test]
fn an_ipv4_address_in_ipv6_form_is_the_same() {
    let limits = Limits::new(settings().rate_limits);
    for _ in 0..10 {
        assert!(limits.register(IpAddr::from([192, 0, 2, 1])).is_ok());
    }
    assert!(limits.register("::ffff:192.0.2.1".parse().expect("an address")).is_err());
}

#[test]
fn each_user_and_key_has_a_quota_and_the_system_none() {
    let limits = Limits::new(settings().rate_limits);
    let (ana, key) = (Id::new(Uuid::from_u128(1)), Id::new(Uuid::from_u128(2)));
    for _ in 0..3000 {
        assert!(limits.request(ActorRef::User(ana)).is_ok());
        assert!(limits.request(ActorRef::System).is_ok());
    }
    assert!(limits.request(ActorRef::User(ana)).is_err());
    assert!(limits.request(ActorRef::ApiKey(key, ana)).is_ok());
}

#[test]
fn without_limits_everything_goes() {
    let limits = Limits::new(None);
    let address = IpAddr::from([192, 0, 2, 1]);
    assert!((0..1000).all(|_| limits.sign_in(address, "a@b.c").is_ok() && limits.register(address).is_ok()));
    assert_eq!(limits.remembered(), 0);
}

#[test]
fn full_quotas_are_forgotten() {
    let mut rates = settings().rate_limits.expect("limits");
    rates.register.period = std::time::Duration::from_millis(10);
    let limits = Limits::new(Some(rates));
    for n in 0..100 {
        assert!(limits.register(IpAddr::from([10, 1, 0, n])).is_ok());
    }
    assert_eq!(limits.remembered(), 100);
    std::thread::sleep(std::time::Duration::from_millis(50));
    limits.sweep();
    assert_eq!(limits.remembered(), 0);
}
