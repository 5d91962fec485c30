//! The claims of access tokens, and invalid tokens of every kind.

mod forge;

use cartera_application::{
    Code,
    ports::{AccessClaims, AccessTokens},
    security::PLATFORM,
};
use chrono::TimeDelta;
use forge::{
    AUDIENCE, ISSUER, KEY_ID, OLD_SECRET, SECRET, assert_refused, decoded, encoded, forged, forged_with,
    header, is_refused, now, payload, platform_administrator, signed, tokens, tokens_of, user, with, without,
};
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};
use uuid::Uuid;

#[test]
fn a_token_says_what_it_was_given() {
    for claims in [user(), platform_administrator()] {
        let token = tokens().issue(&claims).expect("signed");
        assert_eq!(tokens().verify(&token, now()).expect("sound"), claims);
        assert_eq!(tokens().verify_even_expired(&token).expect("sound"), claims);
    }
}

#[test]
fn a_token_says_exactly_these_claims() {
    let token = tokens().issue(&user()).expect("signed");
    let parts: Vec<&str> = token.split('.').collect();
    assert_eq!(decoded(parts[0]), header());
    assert_eq!(decoded(parts[1]), payload());

    let token = tokens().issue(&platform_administrator()).expect("signed");
    let said = decoded(token.split('.').nth(1).expect("three parts"));
    let expected = with(with(payload(), "companyId", Value::Null), "role", json!("PLATFORM_ADMIN"));
    assert_eq!(said, expected);
}

#[test]
fn times_are_cut_to_whole_seconds() {
    let part = TimeDelta::microseconds(999_999);
    let claims = AccessClaims { issued_at: now() + part, expires_at: user().expires_at + part, ..user() };
    let token = tokens().issue(&claims).expect("signed");
    assert_eq!(tokens().verify(&token, now()).expect("sound"), user());
}

#[test]
fn the_forger_of_these_tests_can_make_a_sound_token() {
    let answer = tokens().verify(&forged(&header(), &payload()), now());
    assert_eq!(answer.expect("sound"), user());
}

#[test]
fn only_one_algorithm_passes() {
    let unsigned = |algorithm: &str| {
        let header = with(header(), "alg", json!(algorithm));
        format!("{}.{}.", encoded(header.to_string()), encoded(payload().to_string()))
    };
    for algorithm in ["none", "None", "NONE", "HS256", ""] {
        assert_refused(&unsigned(algorithm), algorithm);
    }
    for (name, algorithm) in [("HS384", Algorithm::HS384), ("HS512", Algorithm::HS512)] {
        let header = with(header(), "alg", json!(name));
        assert_refused(&forged_with(&header, &payload(), algorithm), name);
    }
    // Signed with HS256, but naming another algorithm, as in the attack that uses a public key as the HMAC secret.
    for name in ["RS256", "PS256", "ES256", "EdDSA", "HS512", "none"] {
        assert_refused(&forged(&with(header(), "alg", json!(name)), &payload()), name);
    }
    assert_refused(&forged(&without(header(), "alg"), &payload()), "no algorithm");
}

#[test]
fn every_changed_character_is_noticed() {
    let token = tokens().issue(&user()).expect("signed");
    for (at, old) in token.char_indices() {
        let mut changed = token.clone();
        changed.replace_range(at..=at, if old == 'A' { "B" } else { "A" });
        assert_refused(&changed, &format!("character {at} was changed"));
    }
}

#[test]
fn another_payload_under_the_same_signature_is_refused() {
    let token = tokens().issue(&user()).expect("signed");
    let parts: Vec<&str> = token.split('.').collect();
    let other = encoded(with(payload(), "role", json!("ADMIN")).to_string());
    assert_refused(&[parts[0], &other, parts[2]].join("."), "another payload");
    assert_refused(&[parts[0], parts[1], &encoded([0; 32])].join("."), "another signature");
    assert_refused(&[parts[0], parts[1], &parts[2][..20]].join("."), "half a signature");
}

#[test]
fn what_is_no_token_is_refused() {
    let token = tokens().issue(&user()).expect("signed");
    let [first, second] = [format!("{token}."), format!(" {token}")];
    for text in ["", ".", "..", "a.b.c", "Bearer", "💥.💥.💥", &first, &second] {
        assert_refused(text, text);
    }
}

#[test]
fn each_claim_is_mandatory() {
    for claim in ["sub", "companyId", "role", "sid", "iat", "exp", "iss", "aud"] {
        assert_refused(&forged(&header(), &without(payload(), claim)), claim);
    }
    let administrator = with(with(payload(), "companyId", Value::Null), "role", json!("PLATFORM_ADMIN"));
    assert!(tokens().verify(&forged(&header(), &administrator), now()).is_ok());
    assert_refused(&forged(&header(), &without(administrator, "companyId")), "null must be said");
}

#[test]
fn claims_of_the_wrong_type_are_refused() {
    let wrong = [
        ("sub", json!(1)),
        ("sub", json!("somebody")),
        ("sub", Value::Null),
        ("companyId", json!(2)),
        ("companyId", json!("acme")),
        ("companyId", json!(["00000000-0000-0000-0000-000000000002"])),
        ("role", json!(5)),
        ("role", Value::Null),
        ("sid", json!("x")),
        ("sid", Value::Null),
        ("iat", json!("1500000000")),
        ("iat", json!(i64::MAX)),
        ("exp", json!("1500000900")),
        ("exp", json!(1e300)),
        ("exp", json!(u64::MAX)),
        ("exp", json!(i64::MAX)),
        ("exp", json!(-1)),
        ("exp", Value::Null),
        ("nbf", json!("soon")),
        ("iss", json!([ISSUER])),
        ("aud", json!([AUDIENCE])),
    ];
    for (claim, value) in wrong {
        let why = format!("{claim} = {value}");
        assert_refused(&forged(&header(), &with(payload(), claim, value)), &why);
    }
    assert_refused(&forged(&header(), &json!([])), "a list");
    let twice = payload().to_string().replacen('{', r#"{"role":"VIEWER","#, 1);
    assert_refused(&signed(&header().to_string(), &twice, Algorithm::HS256), "a claim said twice");
}

#[test]
fn tokens_of_others_and_for_others_are_refused() {
    for (claim, value) in [("iss", "https://crm.example.com/"), ("iss", ""), ("aud", "other"), ("aud", "")] {
        assert_refused(&forged(&header(), &with(payload(), claim, json!(value))), claim);
    }
}

#[test]
fn another_class_of_token_is_refused() {
    for class in [json!("JWT"), json!("refresh+jwt"), json!("AT+JWT"), json!(""), Value::Null, json!(1)] {
        let why = class.to_string();
        assert_refused(&forged(&with(header(), "typ", class), &payload()), &why);
    }
    assert_refused(&forged(&without(header(), "typ"), &payload()), "no class");
}

#[test]
fn headers_that_must_be_understood_and_are_not_are_refused() {
    let critical = with(with(header(), "crit", json!(["b64"])), "b64", json!(true));
    assert_refused(&forged(&critical, &payload()), "crit");
}

#[test]
fn a_token_lives_until_its_last_second_and_no_longer() {
    let token = tokens().issue(&user()).expect("signed");
    let end = user().expires_at;
    let alive = tokens().verify(&token, end - TimeDelta::microseconds(1));
    assert_eq!(alive.expect("alive"), user());
    assert!(is_refused(&tokens().verify(&token, end)));
    assert!(is_refused(&tokens().verify(&token, end + TimeDelta::seconds(1))));
    assert_eq!(tokens().verify_even_expired(&token).expect("sound"), user());
}

#[test]
fn a_token_from_the_future_is_refused() {
    for (ahead, passes) in [(0, true), (60, true), (61, false), (600, false)] {
        let token = forged(&header(), &with(payload(), "iat", json!(now().timestamp() + ahead)));
        let answer = tokens().verify(&token, now());
        assert_eq!(answer.is_ok(), passes, "{ahead} s ahead");
        assert!(passes || is_refused(&answer), "{ahead} s ahead");
    }
}

#[test]
fn a_token_that_is_not_valid_yet_is_refused() {
    for (ahead, passes) in [(-1, true), (0, true), (1, false)] {
        let token = forged(&header(), &with(payload(), "nbf", json!(now().timestamp() + ahead)));
        let answer = tokens().verify(&token, now());
        assert_eq!(answer.is_ok(), passes, "{ahead} s ahead");
        assert!(passes || is_refused(&answer), "{ahead} s ahead");
    }
}

#[test]
fn the_key_is_chosen_by_its_id() {
    for id in [json!("0000000000000000"), json!(""), Value::Null, json!(KEY_ID.to_uppercase())] {
        let why = id.to_string();
        assert_refused(&forged(&with(header(), "kid", id), &payload()), &why);
    }
    assert_refused(&forged(&without(header(), "kid"), &payload()), "no key id");
    let of_another_secret = tokens_of(OLD_SECRET, None).issue(&user()).expect("signed");
    assert_refused(&of_another_secret, "another secret");
}

#[test]
fn the_previous_secret_is_good_for_checking_only() {
    let rotated = tokens_of(SECRET, Some(OLD_SECRET));
    let old = tokens_of(OLD_SECRET, None).issue(&user()).expect("signed");
    assert_eq!(rotated.verify(&old, now()).expect("sound"), user());
    // Each key is only accepted under its own id.
    let parts: Vec<&str> = old.split('.').collect();
    let mixed = [&encoded(header().to_string()), parts[1], parts[2]].join(".");
    assert!(is_refused(&rotated.verify(&mixed, now())));

    let new = rotated.issue(&user()).expect("signed");
    assert!(tokens().verify(&new, now()).is_ok(), "new tokens are signed with the new secret");
    assert!(is_refused(&tokens_of(OLD_SECRET, None).verify(&new, now())));
}

#[test]
fn the_platform_and_companies_are_never_mixed() {
    let nil = json!(Uuid::nil());
    let company = json!(Uuid::from_u128(2));
    for (company, role) in
        [(Value::Null, "OWNER"), (nil.clone(), "OWNER"), (nil, "PLATFORM_ADMIN"), (company, "PLATFORM_ADMIN")]
    {
        let why = format!("{company} {role}");
        let payload = with(with(payload(), "companyId", company), "role", json!(role));
        assert_refused(&forged(&header(), &payload), &why);
    }
    for claims in [
        AccessClaims { company_id: PLATFORM, ..user() },
        AccessClaims { role: "PLATFORM_ADMIN".to_owned(), ..user() },
        AccessClaims { subject: platform_administrator().subject, ..user() },
        AccessClaims { company_id: user().company_id, ..platform_administrator() },
        AccessClaims { role: "OWNER".to_owned(), ..platform_administrator() },
        AccessClaims { subject: user().subject, ..platform_administrator() },
    ] {
        let error = tokens().issue(&claims).expect_err("it would say two things");
        assert_eq!(error.code(), Code::Internal, "{claims:?}");
    }
}

#[test]
fn debug_output_holds_no_secret() {
    let shown = format!("{:?}", tokens_of(SECRET, Some(OLD_SECRET)));
    assert!(shown.contains(ISSUER) && shown.contains(KEY_ID), "{shown}");
    for secret in [SECRET, OLD_SECRET] {
        let text = String::from_utf8_lossy(secret).into_owned();
        let bytes = format!("{secret:?}");
        for form in [text, bytes, hex::encode(secret), encoded(secret)] {
            assert!(!shown.contains(&form), "{shown}");
        }
    }
}
