//! Bodies read by a table give the same values and errors as a struct of merge-patches that denies unknown fields.

use cartera_application::Error as Failure;
use cartera_domain::{
    contacts::ContactFields,
    fields,
    input::{Rule, Violation},
    opportunities::MoneyInput,
    values::Money,
};
use chrono::NaiveDate;

use super::*;
use crate::edge::{Problem, json};

const ID: &str = "019a9f2e-0000-7000-8000-00000000c001";

fields! {
    /// Kinds that contacts lack.
    Things, ThingsInput below "things" {
        /// An amount.
        price: Option<Money>,
        /// A day.
        day: Option<NaiveDate>,
        /// A count.
        count: Option<i32>,
        /// A count by rules.
        rank: Option<i32> = [kept],
    }
}

fn read<F: FieldSet>(body: &str) -> Result<Vec<(&'static str, Patch<Raw>)>, Vec<Violation>> {
    let given = |Drafted(draft): Drafted<F>| F::FIELDS.iter().map(Field::own_name).zip(draft.into_values());
    match json::parse::<Drafted<F>>(body.as_bytes()) {
        Ok(draft) => Ok(given(draft).filter(|(_, given)| !given.is_absent()).collect()),
        Err(Problem(Failure::Refused(refusal))) => Err(refusal.violations.0),
        Err(Problem(other)) => panic!("{body}: {other}"),
    }
}

fn refused<F: FieldSet>(body: &str, pointer: &str, code: &str, expected: &str) {
    let violations = read::<F>(body).expect_err(body);
    let [Violation { field, rule }] = violations.as_slice() else { panic!("{body}: {violations:?}") };
    let said = match rule {
        Rule::Malformed { expected } => *expected,
        _ => "",
    };
    assert_eq!((field.as_str(), rule.code(), said), (pointer, code, expected), "{body}");
}

fn text(text: &str) -> Patch<Raw> {
    Patch::Value(Raw::Text(text.to_owned()))
}

#[test]
fn what_is_given_stands_at_its_field() {
    let given = |body: &str| read::<ContactFields>(body).expect(body);
    assert_eq!(given("{}"), []);
    let nulls = r#"{"accountId":null,"ownerId":null,"tags":null,"socialLinks":null}"#;
    let names = ["socialLinks", "accountId", "ownerId", "tags"];
    assert_eq!(given(nulls), names.map(|name| (name, Patch::Null)));
    let id = Patch::Value(Raw::Id(ID.parse().expect("an id")));
    let tags = |tags: &[&str]| Patch::Value(Raw::Texts(tags.iter().map(|&tag| tag.to_owned()).collect()));
    assert_eq!(
        given(&format!(r#"{{"tags":["a","b"],"firstName":"Ana","accountId":"{ID}"}}"#)),
        [("firstName", text("Ana")), ("accountId", id), ("tags", tags(&["a", "b"]))]
    );
    assert_eq!(given(r#"{"tags":[]}"#), [("tags", tags(&[]))]);
    let absent = || Patch::Absent;
    let links = vec![Patch::Null, absent(), absent(), absent(), text("https://x.com"), absent()];
    assert_eq!(
        given(r#"{"socialLinks":{"x":"https://x.com","linkedin":null}}"#),
        [("socialLinks", Patch::Value(Raw::Group(links)))]
    );
}

#[test]
fn every_kind_is_read() {
    let given = |body: &str| read::<Things>(body).expect(body);
    let money = |amount: Option<&str>, currency: Option<&str>| {
        let (amount, currency) = (amount.map(str::to_owned), currency.map(str::to_owned));
        Patch::Value(Raw::Money(MoneyInput { amount, currency }))
    };
    assert_eq!(
        given(r#"{"price":{"amount":"1.00","currency":"UYU"},"day":"2026-03-31","count":-7}"#),
        [
            ("price", money(Some("1.00"), Some("UYU"))),
            ("day", text("2026-03-31")),
            ("count", Patch::Value(Raw::Integer(-7)))
        ],
        "whether they keep the rules is asked later"
    );
    assert_eq!(given(r#"{"count":-7.0}"#), [("count", Patch::Value(Raw::Integer(-7)))]);
    assert_eq!(given(r#"{"price":{"amount":null}}"#), [("price", money(None, None))]);
    assert_eq!(given(r#"{"price":null}"#), [("price", Patch::Null)]);
    for (body, pointer, code, expected) in [
        (r#"{"price":"1.00"}"#, "/price", "malformed", "an object"),
        (r#"{"price":["1.00","UYU"]}"#, "/price", "malformed", "an object"),
        (r#"{"price":{"amount":1}}"#, "/price/amount", "malformed", "text"),
        (r#"{"price":{"sum":"1"}}"#, "/price/sum", "unknown_field", ""),
        (r#"{"price":{"amount":"1","amount":"1"}}"#, "/price/amount", "malformed", "given only once"),
        (r#"{"day":20260331}"#, "/day", "malformed", "text"),
        (r#"{"count":"7"}"#, "/count", "malformed", "a whole number in range"),
        (r#"{"count":1.5}"#, "/count", "malformed", "a whole number in range"),
        (r#"{"count":9223372036854775808}"#, "/count", "malformed", "a whole number in range"),
        (r#"{"count":1E400}"#, "/count", "malformed", "within range: the number is too large"),
        (
            r#"{"price":{"amount":1E400}}"#,
            "/price/amount",
            "malformed",
            "within range: the number is too large",
        ),
        (r#"{"rank":1}"#, "/rank", "unknown_field", ""),
    ] {
        refused::<Things>(body, pointer, code, expected);
    }
}

#[test]
fn a_blank_is_null_where_no_text_belongs() {
    for blank in ["", " ", "\\t", "\u{200B}"] {
        let given = |body: &str| read::<Things>(&body.replace('_', blank)).expect(body);
        assert_eq!(
            given(r#"{"price":"_","count":"_"}"#),
            [("price", Patch::Null), ("count", Patch::Null)],
            "{blank:?}"
        );
        let contact = |body: &str| read::<ContactFields>(&body.replace('_', blank)).expect(body);
        let nulls = ["accountId", "ownerId", "tags"].map(|name| (name, Patch::Null));
        assert_eq!(contact(r#"{"tags":"_","accountId":"_","ownerId":"_"}"#), nulls, "{blank:?}");
    }
    let contact = read::<ContactFields>(r#"{"socialLinks":" "}"#).expect("a blank");
    assert_eq!(contact, [("socialLinks", Patch::Null)]);
    let money = MoneyInput { amount: Some(String::new()), currency: Some("UYU".to_owned()) };
    let given = read::<Things>(r#"{"price":{"amount":"","currency":"UYU"}}"#).expect("text");
    assert_eq!(given, [("price", Patch::Value(Raw::Money(money)))], "what it means is the field's to say");
}

#[test]
fn what_is_wrong_has_a_pointer_a_code_and_what_is_expected() {
    let deep = |field: &str| format!(r#"{{"{field}":{}1{}}}"#, "[".repeat(200), "]".repeat(200));
    let (known, unknown) = (deep("notes"), deep("zzz"));
    let (documented, once) = ("a value of the documented type", "given only once");
    let cases: [(&str, &str, &str, &str); 37] = [
        ("", "", "required", ""),
        (" ", "", "required", ""),
        ("[]", "", "malformed", "a JSON object"),
        ("null", "", "malformed", "a JSON object"),
        ("{", "", "malformed", "well-formed JSON"),
        ("{} {}", "", "malformed", "one JSON object and nothing after it"),
        (r#"{"firstName":"Ana",}"#, "", "malformed", "well-formed JSON"),
        (r#"{"socialLinks":{"x":"#, "", "malformed", "well-formed JSON"),
        (r#"{"firstName":"\ud800"}"#, "", "malformed", "well-formed JSON"),
        (r#"{"a":1}"#, "/a", "unknown_field", ""),
        (r#"{"":1}"#, "/", "unknown_field", ""),
        (r#"{"a/b~c":1}"#, "/a~1b~0c", "unknown_field", ""),
        (r#"{"first_name":"Ana"}"#, "/first_name", "unknown_field", ""),
        (r#"{"account":null}"#, "/account", "unknown_field", ""),
        (r#"{"version":1}"#, "/version", "unknown_field", ""),
        (&unknown, "/zzz", "unknown_field", ""),
        (&known, "/notes", "malformed", "text"),
        (r#"{"notes":true}"#, "/notes", "malformed", "text"),
        (r#"{"notes":1.5}"#, "/notes", "malformed", "text"),
        (r#"{"notes":{}}"#, "/notes", "malformed", "text"),
        (r#"{"notes":[]}"#, "/notes", "malformed", "text"),
        (r#"{"firstName":"a","firstName":"b"}"#, "/firstName", "malformed", once),
        (r#"{"firstName":null,"firstName":null}"#, "/firstName", "malformed", once),
        (r#"{"socialLinks":[]}"#, "/socialLinks", "malformed", "an object"),
        (r#"{"socialLinks":["a"]}"#, "/socialLinks", "malformed", "an object"),
        (r#"{"socialLinks":"x"}"#, "/socialLinks", "malformed", "an object"),
        (r#"{"socialLinks":{"x":1}}"#, "/socialLinks/x", "malformed", "text"),
        (r#"{"socialLinks":{"y":null}}"#, "/socialLinks/y", "unknown_field", ""),
        (r#"{"socialLinks":{"a/b":1}}"#, "/socialLinks/a~1b", "unknown_field", ""),
        (r#"{"socialLinks":{"x":null,"x":null}}"#, "/socialLinks/x", "malformed", once),
        (r#"{"tags":["a",1]}"#, "/tags/1", "malformed", "text"),
        (r#"{"tags":["a",null]}"#, "/tags/1", "malformed", "text"),
        (r#"{"tags":{"0":"a"}}"#, "/tags", "malformed", "a list"),
        (r#"{"tags":"a"}"#, "/tags", "malformed", "a list"),
        (r#"{"ownerId":"x"}"#, "/ownerId", "malformed", documented),
        (r#"{"ownerId":1}"#, "/ownerId", "malformed", documented),
        (r#"{"accountId":{}}"#, "/accountId", "malformed", documented),
    ];
    for (body, pointer, code, expected) in cases {
        refused::<ContactFields>(body, pointer, code, expected);
    }
}
