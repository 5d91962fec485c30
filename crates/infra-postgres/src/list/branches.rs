//! A list of "any of these" as one list for each of them, put together.
//!
//! An index that leads with a status has the open ones in order, and the won ones in order, but not both: asked
//! for both, PostgreSQL would sort all of them, or walk another index and throw away what has neither status.
//! Asked for the first rows of each, it reads just those, whatever the number.

use cartera_application::lists::{DELETED, FieldKind, Filter, ListField, ListQuery, Test};

use crate::sql::Sql;

/// More lists than this are not put together: what is left stays a condition on "any of".
const MOST: usize = 16;

/// The same query, once for each choice of a single value by filters that name several.
pub(super) fn of<F: ListField>(query: &ListQuery<F>) -> Vec<ListQuery<F>> {
    let mut branches = vec![query.clone()];
    for (index, filter) in query.filters.iter().enumerate() {
        let Test::AnyOf(values) = &filter.test else { continue };
        if values.len() < 2 || branches.len() * values.len() > MOST {
            continue;
        }
        let single = |branch: &ListQuery<F>, value| {
            let mut branch = branch.clone();
            if let Some(chosen) = branch.filters.get_mut(index) {
                *chosen = Filter { field: filter.field, test: Test::AnyOf(vec![value]) };
            }
            branch
        };
        branches = branches
            .iter()
            .flat_map(|branch| values.iter().map(|value| single(branch, value.clone())))
            .collect();
    }
    branches
}

/// Whether rows may be joined to what is shown of them as they are read, because an index has them in order. With
/// any other condition PostgreSQL may expect a handful (the sales of an average account), and join and sort all
/// that it finds (those of the best one): then the page is chosen first, and only its rows are joined. So it is in
/// the bin, which has an index for its own order alone.
pub(super) fn is_read_in_order<F: ListField>(query: &ListQuery<F>) -> bool {
    let of_few_values = |field: F| matches!(field.spec().kind, FieldKind::OneOf(_));
    !query.flag(DELETED)
        && query.q.is_none()
        && query.filters.iter().all(|filter| of_few_values(filter.field))
}

/// Whether the best plan depends on what was asked for: a day of a year is found by its index and sorted, the whole
/// year is better walked in the list's order.
pub(super) fn depends_on_values<F: ListField>(query: &ListQuery<F>) -> bool {
    let is_span = |filter: &Filter<F>| {
        matches!(filter.test, Test::AtLeast(_) | Test::MoreThan(_) | Test::AtMost(_) | Test::LessThan(_))
    };
    query.q.is_some()
        || query.filters.iter().any(|filter| is_span(filter) && filter.field != query.sort.field)
}

/// As many rows as the page may take from one branch. Written out where it can be: a plan is made before values
/// are bound, and for a bound limit it expects a tenth of everything. There are few texts, so that statements
/// stay prepared.
pub(super) fn limit<F: ListField>(sql: &mut Sql, query: &ListQuery<F>) {
    let wanted = u64::from(query.limit) + 1 + query.offset();
    match wanted {
        ..=21 => sql.push(" limit 21"),
        22..=51 => sql.push(" limit 51"),
        52..=101 => sql.push(" limit 101"),
        _ => sql.push(" limit ").value(i64::try_from(wanted).unwrap_or(i64::MAX)),
    };
}
