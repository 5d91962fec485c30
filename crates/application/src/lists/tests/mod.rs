//! The list language, by tables of parameters.

mod choices;
mod cursors;
mod empty;
mod predicates;

use cartera_domain::{
    accounts::AccountFields,
    contacts::ContactFields,
    ids::{Id, StageId, UserId},
    pipelines::StageRef,
    record::Fields,
};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::{CursorKey, FieldRef, ListQuery, ListTable, Position, Predicate, Sort, Test, Value, parse};
use crate::{
    error::{Code, Error, Result},
    identity::ApiKeyList,
    opportunities::{OpportunityList as F, StageChangeList},
    records::list_of,
};

const ME: UserId = Id::new(Uuid::from_u128(7));
const ID: Uuid = Uuid::from_u128(9);

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn read(parameters: &[(&str, &str)]) -> Result<ListQuery> {
    parse(F::TABLE, &pairs(parameters), Some(ME))
}

#[track_caller]
fn sound(parameters: &[(&str, &str)]) -> ListQuery {
    read(parameters).expect("the parameters are in order")
}

/// Field and rule of every violation.
#[track_caller]
fn refused_by(table: &'static ListTable, parameters: &[(&str, &str)]) -> Vec<(String, &'static str)> {
    match parse(table, &pairs(parameters), Some(ME)) {
        Err(Error::Refused(refusal)) if refusal.code == Code::ValidationFailed => {
            refusal.violations.0.into_iter().map(|v| (v.field, v.rule.code())).collect()
        }
        other => panic!("{parameters:?} must be refused, but {other:?}"),
    }
}

#[track_caller]
fn refused(parameters: &[(&str, &str)]) -> Vec<(String, &'static str)> {
    refused_by(F::TABLE, parameters)
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn moment(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).expect("a moment").to_utc()
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

#[test]
fn nothing_said_means_newest_first_from_the_beginning() {
    let query = sound(&[]);
    assert_eq!(query.sort, Sort { field: F::CREATED_AT, descending: true });
    assert_eq!((query.limit, query.count, query.wants_total()), (20, false, false));
    assert_eq!((query.position.clone(), query.offset()), (Position::After(None), 0));
    assert_eq!((query.q.as_deref(), query.tests().count(), query.flags.len()), (None, 0, 0));
}

/// Parameters, and the one condition that they mean.
type Case<'a> = (Vec<(&'a str, &'a str)>, FieldRef, Test);

#[test]
fn every_form_of_a_filter_is_read() {
    let id = ID.to_string();
    let stages = format!("NO_VENTA,{id}");
    let cases: Vec<Case> = vec![
        (vec![("accountId", &id)], F::ACCOUNT_ID, Test::AnyOf(vec![Value::Id(ID)])),
        (vec![("ownerId", "me")], F::OWNER_ID, Test::AnyOf(vec![Value::Id(ME.uuid())])),
        (vec![("ownerId", &id)], F::OWNER_ID, Test::AnyOf(vec![Value::Id(ID)])),
        (vec![("status", "WON,LOST")], F::STATUS, Test::AnyOf(vec![text("WON"), text("LOST")])),
        (
            vec![("status", "WON"), ("status", "LOST")],
            F::STATUS,
            Test::AnyOf(vec![text("WON"), text("LOST")]),
        ),
        (
            vec![("stage", &stages)],
            F::STAGE,
            Test::AnyOf(vec![
                Value::Stage(StageRef::Name("no venta".to_owned())),
                Value::Stage(StageRef::Id(StageId::new(ID))),
            ]),
        ),
        (vec![("currency", "UYU,USD")], F::CURRENCY, Test::AnyOf(vec![text("UYU"), text("USD")])),
        (vec![("number", "7,8")], F::NUMBER, Test::AnyOf(vec![Value::Integer(7), Value::Integer(8)])),
        (vec![("number[gt]", "-1")], F::NUMBER, Test::MoreThan(Value::Integer(-1))),
        (
            vec![("expectedCloseDate[lte]", "2026-02-28")],
            F::EXPECTED_CLOSE_DATE,
            Test::AtMost(Value::Date(day("2026-02-28"))),
        ),
        (
            vec![("createdAt[gte]", "2026-01-31T12:00:00-03:00")],
            F::CREATED_AT,
            Test::AtLeast(Value::Timestamp(moment("2026-01-31T15:00:00Z"))),
        ),
        (
            vec![("createdAt[gt]", "2026-01-31T12:00:00.5+0000")],
            F::CREATED_AT,
            Test::MoreThan(Value::Timestamp(moment("2026-01-31T12:00:00.5Z"))),
        ),
        (
            // A `+` that was not encoded arrives as a space.
            vec![("createdAt[lt]", "2026-01-31T12:00:00 01:00")],
            F::CREATED_AT,
            Test::LessThan(Value::Timestamp(moment("2026-01-31T11:00:00Z"))),
        ),
        (vec![("closedAt[isNull]", "true")], F::CLOSED_AT, Test::IsNull(true)),
        (vec![("contactId[isNull]", "false")], F::CONTACT_ID, Test::IsNull(false)),
    ];
    for (parameters, field, test) in cases {
        let meant = Predicate::All(vec![Predicate::Test(field, test)]);
        assert_eq!(sound(&parameters).predicate, meant, "{parameters:?}");
    }
}

#[test]
fn amounts_are_compared_in_the_minor_units_of_the_one_currency() {
    for (currency, raw, minor) in [("UYU", "1250.50", 125_050), ("JPY", "1250", 1250), ("KWD", "1.5", 1500)] {
        let query = sound(&[("amount[gte]", raw), ("currency", currency)]);
        let test = Test::AtLeast(Value::Integer(minor));
        assert!(query.tests().any(|asked| asked == (F::AMOUNT, &test)), "{raw} {currency}");
    }
    for currency in [&[][..], &[("currency", "UYU,USD")], &[("currency", "UYU"), ("currency", "USD")]] {
        let with = |parameter| [&[parameter][..], currency].concat();
        let expected = |name: &str| vec![(name.to_owned(), "inconsistent")];
        assert_eq!(refused(&with(("amount[gte]", "1"))), expected("amount[gte]"));
        assert_eq!(refused(&with(("sort", "-amount"))), expected("sort"));
    }
    let too_fine = refused(&[("amount[lt]", "1.5"), ("currency", "JPY")]);
    assert_eq!(too_fine, [("amount[lt]".to_owned(), "too_many_decimals")]);
    assert_eq!(refused(&[("amount", "1"), ("currency", "UYU")]), [("amount".to_owned(), "not_settable")]);
}

#[test]
fn every_sort_field_sorts_both_ways() {
    for field in F::TABLE.fields().filter(|field| field.spec().sort) {
        let name = field.name();
        let more = [("currency", "UYU"), ("deleted", "true")];
        let sorted = |by: &str| sound(&[&[("sort", by)], more.as_slice()].concat()).sort;
        assert_eq!(sorted(name), Sort { field, descending: false });
        assert_eq!(sorted(&format!("-{name}")), Sort { field, descending: true });
    }
    for bad in ["-", "stage", "--title", "title,number", "title desc", "Title", "1; drop table users"] {
        assert_eq!(refused(&[("sort", bad)]), [("sort".to_owned(), "not_allowed")], "{bad}");
    }
}

#[test]
fn the_bin_is_sorted_by_when_things_went_there_and_only_the_bin_is() {
    let bin = sound(&[("deleted", "true")]);
    assert_eq!(bin.sort, Sort { field: F::DELETED_AT, descending: true });
    assert_eq!(sound(&[("deleted", "false")]).sort.field, F::CREATED_AT);
    assert!(sound(&[("deleted", "true"), ("deletedAt[gte]", "2026-01-01T00:00:00Z")]).flag("deleted"));
    for (name, value) in [("sort", "-deletedAt"), ("deletedAt[gte]", "2026-01-01T00:00:00Z")] {
        let field = if name == "sort" { "sort" } else { "deletedAt" };
        assert_eq!(refused(&[(name, value)]), [(field.to_owned(), "inconsistent")]);
    }
    let cursor = cursors::cursor_of(&bin, CursorKey::Integer(5));
    let (deleted, cursor) = (("deleted", "true"), ("cursor", cursor.as_str()));
    assert!(read(&[deleted, cursor]).is_ok());
    assert!(read(&[cursor]).is_err_and(|error| error.is(Code::InvalidCursor)), "a cursor of the bin");
}

#[test]
fn an_email_is_compared_whatever_its_case() {
    let query = parse(list_of(ContactFields::TABLE), &pairs(&[("email", "Ana@Example.com")]), None)
        .expect("an e-mail");
    let test = Test::AnyOf(vec![Value::Text("ana@example.com".to_owned())]);
    assert!(query.tests().eq([(list_of(ContactFields::TABLE).field("email").expect("a field"), &test)]));
    assert_eq!(
        refused_by(list_of(ContactFields::TABLE), &[("email", "ana@")]),
        [("email".to_owned(), "malformed")]
    );
}

#[test]
fn pages_limits_and_flags_are_read() {
    let query = sound(&[("page", "3"), ("limit", "100"), ("count", "true"), ("board", "true")]);
    assert_eq!((query.position.clone(), query.offset(), query.limit), (Position::Page(3), 200, 100));
    assert!(query.count && query.wants_total() && query.flag("board"));
    assert_eq!(sound(&[("page", "100"), ("limit", "100")]).offset(), 9_900);
    assert!(!sound(&[("board", "false")]).flag("board"));
    assert_eq!(sound(&[("q", " Ñandú--S.A. ")]).q.as_deref(), Some("nandu s a"));
}

#[test]
fn every_malformed_parameter_is_refused() {
    let long = "x".repeat(201);
    let many = vec!["1"; 101].join(",");
    let cases: &[(&str, &str, &str)] = &[
        ("limit", "0", "out_of_range"),
        ("limit", "101", "out_of_range"),
        ("limit", "-1", "out_of_range"),
        ("limit", "ten", "out_of_range"),
        ("limit", "99999999999999999999", "out_of_range"),
        ("page", "0", "out_of_range"),
        ("page", "501", "inconsistent"),
        ("page", "10001", "out_of_range"),
        ("count", "yes", "not_allowed"),
        ("board", "1", "not_allowed"),
        ("q", &long, "too_long"),
        ("status", "won", "not_allowed"),
        ("status", "OPEN,", "not_allowed"),
        ("status", "\"OPEN", "malformed"),
        ("accountId", "7", "malformed"),
        ("accountId", "me", "malformed"),
        ("ownerId", "you", "malformed"),
        ("stage", "Demo,,Venta", "blank"),
        ("stage", "\"\"", "blank"),
        ("currency", "PESOS", "malformed"),
        ("number", "1.5", "malformed"),
        ("number", "9223372036854775808", "malformed"),
        ("number", &many, "too_many"),
        ("expectedCloseDate", "2026-02-29", "malformed"),
        ("expectedCloseDate[gte]", "28/02/2026", "malformed"),
        ("createdAt[gte]", "2026-01-31", "malformed"),
        ("createdAt[gte]", "+10000-01-01T00:00:00Z", "malformed"),
        ("closedAt[isNull]", "null", "not_allowed"),
        ("title", "x\0y", "control_character"),
        ("status", "W\u{1B}ON", "control_character"),
    ];
    for (name, value, rule) in cases {
        assert_eq!(refused(&[(name, value)]), [((*name).to_owned(), *rule)], "{name}={value}");
    }
    for (raw, rule) in [("Logística,", "blank"), ("\"Retail, food", "malformed")] {
        assert_eq!(
            refused_by(list_of(AccountFields::TABLE), &[("industry", raw)]),
            [("industry".to_owned(), rule)]
        );
    }
}

#[test]
fn unknown_parameters_and_operators_are_refused() {
    for name in [
        "",
        "unknown",
        "title",
        "Status",
        "status[gte]",
        "status[isNull]",
        "status[]",
        "status[",
        "status]",
        "status[AnyOf]",
        "createdAt[GTE]",
        "createdAt[gte",
        "createdAt[gte]]",
        "createdAt[[gte]",
        "closedAt[null]",
        "limit[gte]",
        "board[gte]",
        "companyId",
        "deleted_at",
    ] {
        assert_eq!(refused(&[(name, "OPEN")]), [(name.to_owned(), "unknown_field")], "{name:?}");
    }
    assert_eq!(
        refused_by(list_of(AccountFields::TABLE), &[("board", "true")]),
        [("board".to_owned(), "unknown_field")]
    );
    assert_eq!(refused_by(ApiKeyList::TABLE, &[("q", "x")]), [("q".to_owned(), "unknown_field")]);
    assert_eq!(refused_by(ApiKeyList::TABLE, &[("name", "x")]), [("name".to_owned(), "unknown_field")]);
}

#[test]
fn what_means_one_thing_is_given_once() {
    for name in ["limit", "page", "count", "sort", "q", "cursor"] {
        let value = match name {
            "count" => "true",
            "sort" => "title",
            _ => "1",
        };
        let found = refused(&[(name, value), (name, value)]);
        assert_eq!(found, [(name.to_owned(), "malformed")], "{name}");
    }
    let both = refused(&[("page", "1"), ("cursor", "x")]);
    assert_eq!(both, [("page".to_owned(), "inconsistent")]);
}

#[test]
fn all_mistakes_are_named_at_once() {
    let mut found = refused(&[
        ("limit", "0"),
        ("sort", "color"),
        ("status", "WON,MAYBE"),
        ("createdAt[gte]", "yesterday"),
        ("amount[gte]", "1"),
        ("nonsense", "1"),
        ("q", "\0"),
    ]);
    found.sort();
    let names: Vec<_> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["amount[gte]", "createdAt[gte]", "limit", "nonsense", "q", "sort", "status"]);
}

#[test]
fn me_is_nobody_for_who_is_no_user() {
    let refusal = parse(F::TABLE, &pairs(&[("ownerId", "me")]), None).expect_err("nobody is me");
    assert!(refusal.is(Code::ValidationFailed));
}

/// Text that would mean something to a database is a value like any other: it is compared whole, and no
/// name of a field comes from it.
#[test]
fn text_that_looks_like_sql_is_only_ever_a_value() {
    for nasty in ["x' OR '1'='1", "'; DROP TABLE accounts; --", "%", "_", "\\", "name)", "${jndi:x}"] {
        let parsed =
            parse(list_of(AccountFields::TABLE), &pairs(&[("industry", nasty)]), None).expect("it is text");
        let tests: Vec<_> = parsed.tests().collect();
        let [(field, Test::AnyOf(values))] = tests.as_slice() else {
            panic!("{nasty:?} became {tests:?}");
        };
        assert_eq!(field.name(), "industry");
        let folded: Vec<_> = values
            .iter()
            .map(|value| match value {
                Value::Text(text) => text.as_str(),
                other => panic!("{nasty:?} became {other:?}"),
            })
            .collect();
        assert!(
            folded.iter().all(|text| text.chars().all(|c| c.is_alphanumeric() || c == ' ')),
            "{folded:?}"
        );
        for name in [nasty, &format!("name{nasty}"), &format!("name[{nasty}]")] {
            assert_eq!(
                refused_by(list_of(AccountFields::TABLE), &[(name, "x")]),
                [(name.to_owned(), "unknown_field")]
            );
        }
    }
}

#[test]
fn a_search_that_folds_to_nothing_leaves_the_list_as_it_is() {
    for nothing in ["", " ", "%_*", "(", "´", "\u{301}", "🔥", "\u{200B}", "\u{3164}"] {
        assert_eq!(sound(&[("q", nothing)]).q, None, "{nothing:?}");
    }
    for (raw, folded) in [("ŁUK", "luk"), ("Œuvre", "oeuvre"), ("山田 太郎", "山田太郎"), ("(a", "a")]
    {
        assert_eq!(sound(&[("q", raw)]).q.as_deref(), Some(folded), "{raw}");
    }
}

#[test]
fn every_field_has_a_name_of_its_own_that_no_common_parameter_has() {
    let resources = [F::TABLE, list_of(AccountFields::TABLE), ApiKeyList::TABLE, StageChangeList::TABLE];
    for table in resources {
        let mut names: Vec<_> = table.fields().map(FieldRef::name).collect();
        names.extend(table.flags);
        names.extend(["limit", "cursor", "page", "count", "sort", "q"]);
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
        assert!(table.default_sort.spec().sort);
        for field in table.fields() {
            assert_eq!(table.field(field.name()), Some(field));
        }
    }
}
