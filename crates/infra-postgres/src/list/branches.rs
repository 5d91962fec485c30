//! A list of "any of these" as one list for each of them, put together.
//!
//! An index that leads with a status has the open ones in order, and the won ones in order, but not both: asked
//! for both, PostgreSQL would sort all of them, or walk another index and throw away what has neither status.
//! Asked for the first rows of each, it reads just those, whatever the number. The same holds for the keys that `q`
//! is looked for in: an OR between them would leave their indexes unused.

use cartera_application::lists::{ListQuery, Predicate, Test, Value};

/// More lists than this are not put together: what is left stays a condition on "any of".
const MOST: usize = 16;

/// Makes the keys that `q` is looked for in.
pub(crate) type Search = dyn Fn(&str) -> Vec<Key> + Sync;

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
pub(super) struct Branch {
    /// What it asks for besides the key.
    pub(super) query: ListQuery,
    /// The key that `q` is looked for in, if there is a `q`.
    pub(super) key: Option<Key>,
}

/// The same query once for each key of `q`, or for each choice of a single value where there is no `q`. The lists of two
/// choices have no row in common; but a row may be found by several of its keys, and then stands in the list of each.
pub(super) fn apart(query: &ListQuery, search: &Search) -> Vec<Branch> {
    if query.q.is_none() {
        return of(query, search);
    }
    keys(query, search).into_iter().map(|key| Branch { query: query.clone(), key }).collect()
}

fn keys(query: &ListQuery, search: &Search) -> Vec<Option<Key>> {
    match &query.q {
        Some(q) => search(q).into_iter().map(Some).collect(),
        None => vec![None],
    }
}

/// The same query, once for each key of `q` and each choice of a single value by tests that name several. Only what every
/// row must meet is told apart: within an alternative, all of its values stay one condition.
pub(super) fn of(query: &ListQuery, search: &Search) -> Vec<Branch> {
    let keys = keys(query, search);
    let parts: Vec<Predicate> = query.predicate.parts().into_iter().cloned().collect();
    let mut choices = vec![parts.clone()];
    for (index, part) in parts.iter().enumerate() {
        let Predicate::Test(field, Test::AnyOf(values)) = part else { continue };
        if values.len() < 2 || keys.len() * choices.len() * values.len() > MOST {
            continue;
        }
        let single = |parts: &Vec<Predicate>, value: &Value| {
            let mut parts = parts.clone();
            if let Some(chosen) = parts.get_mut(index) {
                *chosen = Predicate::Test(*field, Test::AnyOf(vec![value.clone()]));
            }
            parts
        };
        choices =
            choices.iter().flat_map(|parts| values.iter().map(move |value| single(parts, value))).collect();
    }
    let of_choice = |parts| {
        let query = query.asking(Predicate::All(parts));
        keys.iter().map(|key| Branch { query: query.clone(), key: key.clone() }).collect::<Vec<_>>()
    };
    choices.into_iter().flat_map(of_choice).collect()
}
