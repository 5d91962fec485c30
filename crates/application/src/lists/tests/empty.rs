//! Parameters without a value.

use super::{ApiKeyList, F, refused, refused_by, sound};

/// HTML forms send every input, also those that were left empty.
#[test]
fn an_empty_parameter_asks_for_nothing() {
    let nothing_said = sound(&[]);
    let fields = F::TABLE.fields().filter(|field| field.spec().filter).flat_map(|field| {
        let name = field.name();
        let orders = ["gte", "lte", "gt", "lt"].map(|operator| format!("{name}[{operator}]"));
        let orders = orders.into_iter().filter(move |_| field.kind().has_order());
        let null = field.spec().nullable.then(|| format!("{name}[isNull]"));
        [name.to_owned()].into_iter().chain(orders).chain(null)
    });
    let common = ["limit", "cursor", "page", "count", "sort", "q"];
    let others = common.iter().chain(F::TABLE.flags).map(|name| (*name).to_owned());
    for name in fields.chain(others) {
        for nothing in ["", " ", "\u{200B}", "\t"] {
            assert_eq!(sound(&[(name.as_str(), nothing)]), nothing_said, "{name}={nothing:?}");
        }
    }
    let with_gaps = [("limit", ""), ("limit", "5"), ("status", ""), ("status", "WON"), ("q", ""), ("q", "x")];
    assert_eq!(sound(&with_gaps), sound(&[("limit", "5"), ("status", "WON"), ("q", "x")]));
    for unknown in ["unknown", "title", "status[gte]", "createdAt[]"] {
        assert_eq!(refused(&[(unknown, "")]), [(unknown.to_owned(), "unknown_field")]);
    }
    assert_eq!(refused_by(ApiKeyList::TABLE, &[("q", "")]), [("q".to_owned(), "unknown_field")]);
}
