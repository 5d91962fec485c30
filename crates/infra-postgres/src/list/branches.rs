//! Splits a list over "any of these" into one list per value, joined by UNION ALL.
//!
//! An index that leads with a status has the open rows in order, and the won rows in order, but not both together.
//! Asked for both, PostgreSQL would sort all of them, or walk another index and discard rows of other statuses. Asked
//! for the first rows of each, it reads just those, however many there are. The same holds for the keys that `q`
//! searches: an OR between them would leave their indexes unused.

use cartera_application::lists::{ListQuery, Predicate, Test, Value};
use cartera_domain::values::beginnings;

/// The most branches of one list. Conditions beyond that stay an IN.
const MOST: usize = 16;

/// Returns the keys that match a search text `q`.
pub(crate) type Search = dyn Fn(&str) -> Vec<Key> + Sync;

/// A condition by which `q` finds rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Key {
    /// A folded column begins with this text.
    Begins(&'static str, String),
    /// A column equals this number.
    Is(&'static str, i64),
}

/// One branch of a list.
#[derive(Debug)]
pub(super) struct Branch {
    /// The query without `q`.
    pub(super) query: ListQuery,
    /// The key by which `q` is searched, if there is a `q`.
    pub(super) key: Option<Key>,
}

/// Splits a query by the keys of `q`, or, without `q`, by the values of its tests. Branches of different values have no
/// row in common; a row that matches several keys of `q` is in the branch of each.
pub(super) fn apart(query: &ListQuery, search: &Search) -> Vec<Branch> {
    if query.q.is_none() {
        return of(query, search);
    }
    keys(query, search).into_iter().map(|key| Branch { query: query.clone(), key }).collect()
}

fn keys(query: &ListQuery, search: &Search) -> Vec<Option<Key>> {
    match &query.q {
        Some(q) => beginnings(q).iter().flat_map(|q| search(q)).map(Some).collect(),
        None => vec![None],
    }
}

/// Splits a query by the keys of `q` and by each value of tests that name several. Only tests that every row must meet
/// are split: inside an alternative, all values stay one condition.
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
