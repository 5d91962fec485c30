//! The SQL that predicates become.

use cartera_application::{
    lists::{FieldKind, FieldRef, FieldSpec, Listed, Predicate, Test, Value, parse},
    opportunities::OpportunityList as F,
};
use cartera_domain::accounts::AccountFields;
use sea_orm::DbErr;

use super::{
    Column, Columns, KeyType, PageSql,
    branches::{self, Key},
    complete,
    conditions::conditions,
    nullable,
};
use crate::sql::Sql;

const COLUMNS: Columns = &[
    (F::CREATED_AT, Column::sorted("o.created_at", KeyType::Timestamp)),
    (F::NUMBER, Column::sorted("o.number", KeyType::Integer)),
    (F::STATUS, Column::filtered("o.status")),
    (F::CLOSED_AT, nullable!(Timestamp, "o.closed_at", "'infinity'", "'-infinity'")),
];

/// A list of which only the conditions are tested.
const LIST: PageSql = PageSql {
    table: F::TABLE,
    base: "",
    company: "",
    always: "",
    id: "o.id",
    columns: COLUMNS,
    search: &|_| Vec::new(),
};

fn status(names: &[&str]) -> Predicate {
    Predicate::Test(
        F::STATUS,
        Test::AnyOf(names.iter().map(|name| Value::Text((*name).to_owned())).collect()),
    )
}

fn number(number: i64) -> Predicate {
    Predicate::Test(F::NUMBER, Test::AtLeast(Value::Integer(number)))
}

fn closed(after: &str) -> Predicate {
    Predicate::Test(F::CLOSED_AT, Test::MoreThan(Value::Timestamp(after.parse().expect("a moment"))))
}

fn not(predicate: Predicate) -> Predicate {
    Predicate::Not(Box::new(predicate))
}

/// The SQL of a predicate, and how many values it binds.
fn text(predicate: &Predicate) -> Result<(String, usize), DbErr> {
    let mut sql = Sql::default();
    conditions(&mut sql, &LIST, predicate)?;
    let built = sql.build();
    Ok((built.sql, built.values.map_or(0, |values| values.0.len())))
}

#[test]
fn conditions_are_put_together_as_they_are_nested() {
    use Predicate::{All, Any};
    let moment = "2026-01-31T12:00:00Z";
    let ended = "case when o.closed_at is null then 'infinity' else o.closed_at end";
    let cases = [
        (All(vec![]), String::new(), 0),
        (status(&["WON"]), " and o.status = $1".to_owned(), 1),
        (
            All(vec![status(&["WON", "LOST"]), number(7)]),
            " and o.status in ($1, $2) and o.number >= $3".to_owned(),
            3,
        ),
        // Conditions that every row must meet are joined by `and`, however they were nested.
        (
            All(vec![All(vec![status(&["WON"]), All(vec![number(7)])]), number(8)]),
            " and o.status = $1 and o.number >= $2 and o.number >= $3".to_owned(),
            3,
        ),
        (
            Any(vec![status(&["WON"]), All(vec![status(&["OPEN"]), number(7)])]),
            " and (o.status = $1 or (o.status = $2 and o.number >= $3))".to_owned(),
            3,
        ),
        (
            All(vec![number(7), not(Any(vec![status(&["WON"]), not(number(8))]))]),
            " and o.number >= $1 and ((o.status = $2 or (o.number >= $3) is not true)) is not true"
                .to_owned(),
            3,
        ),
        (
            Any(vec![closed(moment), number(7)]),
            format!(" and ({ended} > $1 and {ended} < 'infinity' or o.number >= $2)"),
            2,
        ),
        (not(closed(moment)), format!(" and ({ended} > $1 and {ended} < 'infinity') is not true"), 1),
        (Any(vec![]), " and false".to_owned(), 0),
        (not(All(vec![])), " and (true) is not true".to_owned(), 0),
        (
            Any(vec![status(&[]), number(7)]),
            " and (o.status is null and false or o.number >= $1)".to_owned(),
            1,
        ),
    ];
    for (predicate, expected, values) in cases {
        assert_eq!(text(&predicate).expect("every field has a column"), (expected, values), "{predicate:?}");
    }
}

#[test]
fn a_field_without_a_column_is_an_error_however_deep() {
    let unknown = FieldRef::to(&const { FieldSpec::new("nickname", FieldKind::Text).filter() });
    let test = || Predicate::Test(unknown, Test::IsNull(true));
    for predicate in [test(), not(test()), Predicate::Any(vec![number(7), Predicate::All(vec![test()])])] {
        let error = text(&predicate).expect_err("it has no column");
        assert!(error.to_string().contains("nickname"), "{error}");
    }
}

#[test]
fn a_field_is_found_by_its_name_wherever_its_row_lies() {
    // As fields that are created at run time.
    let row: &'static FieldSpec =
        Box::leak(Box::new(FieldSpec::new("status", FieldKind::OneOf(&["WON"])).filter()));
    let predicate = Predicate::Test(FieldRef::to(row), Test::IsNull(false));
    assert_eq!(text(&predicate).expect("it has one").0, " and o.status is not null");
}

#[test]
#[should_panic(expected = "a field of the list has no column")]
fn a_list_needs_a_column_for_every_field() {
    complete(AccountFields::table(), COLUMNS);
}

/// The conditions of each branch.
fn apart(predicate: Predicate, q: Option<&str>) -> Vec<(String, bool)> {
    let asked = q.map(|q| ("q".to_owned(), q.to_owned())).into_iter().collect::<Vec<_>>();
    let query = parse(F::TABLE, &asked, None).expect("a query").asking(predicate);
    let search = |q: &str| vec![Key::Begins("o.title_fold", q.to_owned()), Key::Is("o.number", 7)];
    let branches = branches::of(&query, &search);
    let told = branches.iter().map(|branch| {
        let (text, _) = text(&branch.query.predicate).expect("every field has a column");
        (text, branch.key.is_some())
    });
    told.collect()
}

#[test]
fn only_what_all_rows_must_meet_is_told_apart() {
    let one = " and o.status = $1 and o.number >= $2".to_owned();
    let both = || Predicate::All(vec![status(&["WON", "LOST"]), number(7)]);
    assert_eq!(apart(both(), None), [(one.clone(), false), (one.clone(), false)]);
    let scoped = Predicate::All(vec![both()]);
    assert_eq!(apart(scoped, None), [(one.clone(), false), (one.clone(), false)], "the same within a scope");
    assert_eq!(apart(both(), Some("x")).len(), 4, "each key of q in each of them");
    let whole = apart(Predicate::Any(vec![both()]), None);
    assert_eq!(whole, [(" and ((o.status in ($1, $2) and o.number >= $3))".to_owned(), false)]);
    let many: Vec<_> = (0..17).map(|n| n.to_string()).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    assert_eq!(apart(status(&many), None).len(), 1, "too many");
}
