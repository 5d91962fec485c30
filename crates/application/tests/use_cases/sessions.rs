//! Refreshing and ending sessions.

use cartera_application::{
    Code, Result,
    identity::{OpaqueToken, SessionOpened, TokenKind},
    testing::{PASSWORD, TestCompany, TestEnvironment, provenance},
};
use chrono::TimeDelta;

use super::refusal;

async fn refresh(env: &TestEnvironment, session: &SessionOpened) -> Result<SessionOpened> {
    env.app.identity.refresh(&session.refresh_token.expose(), provenance()).await
}

async fn is_open(env: &TestEnvironment, session: &SessionOpened) -> bool {
    env.app.authenticator.person(&session.access_token, provenance()).await.is_ok()
}

async fn start() -> (TestEnvironment, TestCompany) {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    (env, acme)
}

#[tokio::test]
async fn a_refresh_answers_the_next_pair_of_the_same_session() {
    let (env, acme) = start().await;
    env.clock.advance(TimeDelta::minutes(20));
    assert!(!is_open(&env, &acme.session).await, "the access token has expired");
    let before = env.events(acme.id);
    let next = refresh(&env, &acme.session).await.expect("it is live");
    assert_ne!(next.refresh_token, acme.session.refresh_token);
    assert_eq!(next.user, acme.session.user);
    assert_eq!(next.session_expires_at - acme.session.session_expires_at, TimeDelta::minutes(20));
    assert_eq!(env.actor_of(&next).await.session_id(), acme.owner.session_id());
    assert_eq!(env.events(acme.id), before, "a refresh is no event");
    env.clock.advance(TimeDelta::minutes(20));
    refresh(&env, &next).await.expect("the chain goes on");
}

#[tokio::test]
async fn two_tabs_that_race_both_get_a_successor() {
    let (env, acme) = start().await;
    let first = refresh(&env, &acme.session).await.expect("the first tab");
    env.clock.advance(TimeDelta::milliseconds(9_999));
    let second = refresh(&env, &acme.session).await.expect("the second tab");
    for session in [&first, &second] {
        assert!(is_open(&env, session).await);
    }
    assert_eq!(first.refresh_token, second.refresh_token, "both have the live one");
    refresh(&env, &second).await.expect("the second tab's token is live");
    refresh(&env, &first).await.expect("it still races");
}

#[tokio::test]
async fn two_tabs_at_the_very_same_moment_both_get_a_successor() {
    let (env, acme) = start().await;
    let (one, other) = tokio::join!(refresh(&env, &acme.session), refresh(&env, &acme.session));
    assert!(one.is_ok() && other.is_ok());
}

#[tokio::test]
async fn a_token_that_is_used_again_later_ends_the_whole_session() {
    let (env, acme) = start().await;
    let other = env.login(&acme.email, PASSWORD).await.expect("another device");
    let next = refresh(&env, &acme.session).await.expect("it is live");
    assert!(is_open(&env, &next).await);
    env.clock.advance(TimeDelta::seconds(10));
    assert_eq!(refusal(refresh(&env, &acme.session).await), Code::RefreshTokenReused);
    assert!(!is_open(&env, &next).await, "it holds at once on this process");
    assert_eq!(refusal(refresh(&env, &next).await), Code::RefreshTokenInvalid);
    assert_eq!(refusal(refresh(&env, &acme.session).await), Code::RefreshTokenInvalid);
    assert!(is_open(&env, &other).await, "other sessions go on");
    let events = env.events(acme.id);
    assert_eq!(events[events.len() - 2..], ["session.reuse_detected", "session.ended"]);
}

#[tokio::test]
async fn a_session_ends_after_thirty_idle_days_and_ninety_in_all() {
    let (env, acme) = start().await;
    let idle = env.login(&acme.email, PASSWORD).await.expect("another device");
    let mut session = acme.session.clone();
    for _ in 0..3 {
        env.clock.advance(TimeDelta::days(29));
        session = refresh(&env, &session).await.expect("it was used within thirty days");
    }
    assert_eq!(refusal(refresh(&env, &idle).await), Code::RefreshTokenInvalid);
    env.clock.advance(TimeDelta::days(3) - TimeDelta::seconds(1));
    session = refresh(&env, &session).await.expect("it is not ninety days old");
    // In this test ninety days pass faster than the two seconds of the authorization cache.
    env.forget();
    assert!(is_open(&env, &session).await);
    env.clock.advance(TimeDelta::seconds(1));
    assert!(!is_open(&env, &session).await);
    assert_eq!(refusal(refresh(&env, &session).await), Code::RefreshTokenInvalid);
}

#[tokio::test]
async fn a_token_that_is_not_one_refreshes_nothing() {
    let (env, acme) = start().await;
    let other = env.company("Other").await;
    let unknown = OpaqueToken::new(TokenKind::Refresh, acme.id, [200; 32]).expose();
    let of_other_kind = OpaqueToken::new(TokenKind::ApiKey, acme.id, [200; 32]).expose();
    // The right secret with another company's id is looked up in that company, and not found.
    let foreign = acme
        .session
        .refresh_token
        .expose()
        .replace(&acme.id.uuid().simple().to_string(), &other.id.uuid().simple().to_string());
    for token in ["", "crt_x", &unknown, &of_other_kind, &foreign, &acme.session.access_token] {
        let refused = env.app.identity.refresh(token, provenance()).await;
        assert_eq!(refusal(refused), Code::RefreshTokenInvalid, "{token}");
    }
}

#[tokio::test]
async fn whoever_has_no_authority_any_more_can_not_refresh() {
    let (env, acme) = start().await;
    env.change_user(acme.id, acme.owner_id, |user| user.active = false);
    assert_eq!(refusal(refresh(&env, &acme.session).await), Code::RefreshTokenInvalid);
    env.change_user(acme.id, acme.owner_id, |user| user.active = true);
    env.suspend(acme.id);
    assert_eq!(refusal(refresh(&env, &acme.session).await), Code::RefreshTokenInvalid);
}

#[tokio::test]
async fn signing_out_works_with_either_token_even_an_expired_one() {
    for with_cookie in [true, false] {
        let (env, acme) = start().await;
        let other = env.login(&acme.email, PASSWORD).await.expect("another device");
        env.clock.advance(TimeDelta::minutes(20));
        let other = refresh(&env, &other).await.expect("it is live");
        let (cookie, token) = (acme.session.refresh_token.expose(), acme.session.access_token.clone());
        let (cookie, token) =
            if with_cookie { (Some(cookie.as_str()), None) } else { (None, Some(token.as_str())) };
        for _ in 0..2 {
            env.app.identity.logout(cookie, token, provenance()).await.expect("twice is as good as once");
        }
        assert_eq!(refusal(refresh(&env, &acme.session).await), Code::RefreshTokenInvalid);
        assert!(is_open(&env, &other).await, "other sessions go on");
        let ended = env.events(acme.id).into_iter().filter(|name| *name == "session.ended").count();
        assert_eq!(ended, 1);
    }
}

#[tokio::test]
async fn signing_out_without_a_token_of_ours_is_refused() {
    let (env, acme) = start().await;
    let logout = |cookie, token| env.app.identity.logout(cookie, token, provenance());
    assert_eq!(refusal(logout(None, None).await), Code::Unauthenticated);
    assert_eq!(refusal(logout(None, Some("rubbish")).await), Code::Unauthenticated);
    // Signing out succeeds even with an invalid cookie.
    logout(Some("rubbish"), None).await.expect("they are out");
    logout(Some("rubbish"), Some(&acme.session.access_token)).await.expect("the other token counts");
    assert!(!is_open(&env, &acme.session).await);
}
