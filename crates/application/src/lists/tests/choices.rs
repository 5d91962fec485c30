//! What could have been asked instead of what a list does not know.

use super::{F, pairs};
use crate::{error::Error, lists::parse};

#[test]
fn what_could_have_been_asked_is_told() {
    let told = |name: &str, value: &str| match parse(F::TABLE, &pairs(&[(name, value)]), None) {
        Err(Error::Refused(refusal)) => {
            let choice = refusal.violations.0[0].rule.choice().expect("a choice");
            let allowed: Vec<_> = choice.allowed(99).into_iter().map(str::to_owned).collect();
            (allowed, choice.nearest().map(str::to_owned))
        }
        other => panic!("{name}={value}: {other:?}"),
    };
    let (allowed, meant) = told("created_at[gte]", "2026-01-01T00:00:00Z");
    assert_eq!(meant.as_deref(), Some("createdAt[gte]"));
    for name in allowed {
        // Every parameter that is named is one.
        if let Err(Error::Refused(refusal)) = parse(F::TABLE, &pairs(&[(&name, "x")]), None) {
            let codes: Vec<_> = refusal.violations.0.iter().map(|violation| violation.rule.code()).collect();
            assert!(!codes.contains(&"unknown_field"), "{name}: {codes:?}");
        }
    }
    let (allowed, _) = told("amount[from]", "1");
    assert_eq!(allowed, ["amount[gte]", "amount[lte]", "amount[gt]", "amount[lt]"]);
    assert_eq!(told("sort", "-creatdAt").1.as_deref(), Some("-createdAt"));
    assert_eq!(told("status", "open").1.as_deref(), Some("OPEN"));
    assert_eq!(told("count", "yes").0, ["true", "false"]);
}
