//! A list of "any of these" as one list for each of them, put together.
//!
//! An index that leads with a status has the open ones in order, and the won ones in order, but not both: asked
//! for both, PostgreSQL would sort all of them, or walk another index and throw away what has neither status.
//! Asked for the first rows of each, it reads just those, whatever the number. The same holds for the keys that `q`
//! is looked for in: an OR between them would leave their indexes unused.

use cartera_application::lists::{Filter, ListField, ListQuery, Test};

/// More lists than this are not put together: what is left stays a condition on "any of".
const MOST: usize = 16;

/// A key that `q` is looked for in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Key {
    /// A folded column that begins with this.
    Begins(&'static str, String),
    /// A column that is this number.
    Is(&'static str, i64),
}

/// One of the lists.
#[derive(Debug)]
pub(super) struct Branch<F> {
    /// What it asks for besides the key.
    pub(super) query: ListQuery<F>,
    /// The key that `q` is looked for in, if there is a `q`.
    pub(super) key: Option<Key>,
}

/// The same query once for each key of `q`, or for each choice of a single value where there is no `q`. The lists of two
/// choices have no row in common; but a row may be found by several of its keys, and then stands in the list of each.
pub(super) fn apart<F: ListField>(query: &ListQuery<F>, search: fn(&str) -> Vec<Key>) -> Vec<Branch<F>> {
    if query.q.is_none() {
        return of(query, search);
    }
    keys(query, search).into_iter().map(|key| Branch { query: query.clone(), key }).collect()
}

fn keys<F>(query: &ListQuery<F>, search: fn(&str) -> Vec<Key>) -> Vec<Option<Key>> {
    match &query.q {
        Some(q) => search(q).into_iter().map(Some).collect(),
        None => vec![None],
    }
}

/// The same query, once for each key of `q` and each choice of a single value by filters that name several.
pub(super) fn of<F: ListField>(query: &ListQuery<F>, search: fn(&str) -> Vec<Key>) -> Vec<Branch<F>> {
    let keys = keys(query, search);
    let mut queries = vec![query.clone()];
    for (index, filter) in query.filters.iter().enumerate() {
        let Test::AnyOf(values) = &filter.test else { continue };
        if values.len() < 2 || keys.len() * queries.len() * values.len() > MOST {
            continue;
        }
        let single = |query: &ListQuery<F>, value| {
            let mut query = query.clone();
            if let Some(chosen) = query.filters.get_mut(index) {
                *chosen = Filter { field: filter.field, test: Test::AnyOf(vec![value]) };
            }
            query
        };
        queries = queries
            .iter()
            .flat_map(|query| values.iter().map(|value| single(query, value.clone())))
            .collect();
    }
    let of_query = |query: ListQuery<F>| {
        keys.iter().map(move |key| Branch { query: query.clone(), key: key.clone() }).collect::<Vec<_>>()
    };
    queries.into_iter().flat_map(of_query).collect()
}
