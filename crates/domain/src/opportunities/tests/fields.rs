//! The writable fields of an opportunity.

use super::{currency, fields, input};
use crate::{
    input::{Patch, Violations},
    opportunities::{MoneyInput, OpportunityFields, OpportunityInput, read_reason},
    pipelines::StageRef,
};

fn text(text: &str) -> Patch<String> {
    Patch::Value(text.to_owned())
}

fn money(amount: Option<&str>, currency: Option<&str>) -> Patch<MoneyInput> {
    Patch::Value(MoneyInput { amount: amount.map(str::to_owned), currency: currency.map(str::to_owned) })
}

fn codes(violations: Violations) -> Vec<(String, &'static str)> {
    violations.0.into_iter().map(|v| (v.field, v.rule.code())).collect()
}

#[test]
fn a_new_amount_is_in_the_companys_currency_unless_it_names_one() {
    assert_eq!(fields("100").amount.amount(), "100.00");
    assert_eq!(fields("100").amount.currency().code(), "UYU");
    let yen = OpportunityInput { amount: money(Some("100"), Some("JPY")), ..input("0") };
    let yen = OpportunityFields::read(yen, currency("UYU")).expect("it is in order");
    assert_eq!((yen.amount.amount().as_str(), yen.amount.currency().code()), ("100", "JPY"));
}

/// A change to valid input, the field that it makes invalid, and the rule it breaks.
type Case = (fn(&mut OpportunityInput), &'static str, &'static str);

#[test]
fn each_field_keeps_its_rule() {
    let with = |change: fn(&mut OpportunityInput)| {
        let mut wanted = input("1");
        change(&mut wanted);
        OpportunityFields::read(wanted, currency("UYU"))
    };
    let cases: [Case; 15] = [
        (|i| i.title = Patch::Null, "title", "required"),
        (|i| i.title = text(" "), "title", "blank"),
        (|i| i.title = text(&"x".repeat(201)), "title", "too_long"),
        (|i| i.amount = Patch::Absent, "amount", "required"),
        (|i| i.amount = Patch::Null, "amount", "required"),
        (|i| i.amount = money(None, Some("UYU")), "amount.amount", "required"),
        (|i| i.amount = money(Some("1.001"), None), "amount.amount", "too_many_decimals"),
        (|i| i.amount = money(Some("1.5"), Some("JPY")), "amount.amount", "too_many_decimals"),
        (|i| i.amount = money(Some("-1"), None), "amount.amount", "out_of_range"),
        (|i| i.amount = money(Some("10000000000000"), None), "amount.amount", "out_of_range"),
        (|i| i.amount = money(Some("1e3"), None), "amount.amount", "malformed"),
        (|i| i.amount = money(Some("1"), Some("XXQ")), "amount.currency", "malformed"),
        (|i| i.description = text(&"x".repeat(5001)), "description", "too_long"),
        (|i| i.expected_close_date = text("2026-02-29"), "expectedCloseDate", "malformed"),
        (|i| i.tags = Patch::Value(vec![String::new()]), "tags.0", "blank"),
    ];
    for (number, (change, field, code)) in cases.into_iter().enumerate() {
        let found = codes(with(change).expect_err(field));
        assert_eq!(found, [(field.to_owned(), code)], "case {number}");
    }
}

#[test]
fn an_amount_and_its_currency_can_both_be_wrong() {
    let wanted = OpportunityInput { amount: money(None, Some("PESOS")), ..input("1") };
    let found = codes(OpportunityFields::read(wanted, currency("UYU")).expect_err("both are wrong"));
    let fields: Vec<_> = found.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(fields, ["amount.currency", "amount.amount"]);
}

#[test]
fn a_patch_keeps_what_is_absent_and_replaces_money_whole() {
    let wanted = OpportunityInput {
        description: text("Long"),
        expected_close_date: text("2026-03-01"),
        tags: Patch::Value(vec!["hot".to_owned()]),
        ..input("100")
    };
    let current = OpportunityFields::read(wanted, currency("UYU")).expect("it is in order");
    assert_eq!(current.patched(OpportunityInput::default()), Ok(current.clone()));
    let cleared = OpportunityInput {
        description: Patch::Null,
        expected_close_date: Patch::Null,
        tags: Patch::Null,
        ..OpportunityInput::default()
    };
    assert_eq!(current.patched(cleared), Ok(fields("100")));
    let dollars = OpportunityInput { amount: money(Some("7"), Some("USD")), ..OpportunityInput::default() };
    let patched = current.patched(dollars).expect("it is in order");
    assert_eq!((patched.amount.amount().as_str(), patched.amount.currency().code()), ("7.00", "USD"));
    let changed: Vec<_> = current.changes(&patched).into_iter().map(|change| change.field).collect();
    assert_eq!(changed, ["amount"]);
    let bare = OpportunityInput { amount: money(Some("7"), None), ..OpportunityInput::default() };
    let found = codes(current.patched(bare).expect_err("it may mean pesos or dollars"));
    assert_eq!(found, [("amount.currency".to_owned(), "required")]);
}

#[test]
fn every_field_that_differs_is_a_change() {
    let wanted = OpportunityInput {
        title: text("Another"),
        description: text("Long"),
        expected_close_date: text("2026-03-01"),
        tags: Patch::Value(vec!["hot".to_owned()]),
        ..input("2")
    };
    let other = OpportunityFields::read(wanted, currency("UYU")).expect("it is in order");
    let changed: Vec<_> = fields("1").changes(&other).into_iter().map(|change| change.field).collect();
    assert_eq!(changed, ["title", "description", "amount", "expectedCloseDate", "tags"]);
}

#[test]
fn a_move_names_a_stage_and_a_reason() {
    let (stage, reason) = read_reason(text("NO_VENTA"), text(" They said no\n ")).expect("it is in order");
    assert_eq!(stage, StageRef::Name("no venta".to_owned()));
    assert_eq!(reason.as_str(), "They said no");
    for (stage, reason, expected) in [
        (Patch::Absent, Patch::Absent, vec![("stage", "required"), ("reason", "required")]),
        (Patch::Null, text("why"), vec![("stage", "required")]),
        (text(" "), text("\t\n"), vec![("stage", "blank"), ("reason", "blank")]),
        (text("x"), text(&"x".repeat(1001)), vec![("reason", "too_long")]),
        (text("x"), text("a\0b"), vec![("reason", "control_character")]),
    ] {
        let found = codes(read_reason(stage, reason).expect_err("it is not in order"));
        let found: Vec<_> = found.iter().map(|(field, code)| (field.as_str(), *code)).collect();
        assert_eq!(found, expected);
    }
}
