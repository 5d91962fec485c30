//! Where a page starts and how to go on.

use super::{ID, read, sound};
use crate::{
    error::Code,
    lists::{Cursor, CursorKey, ListQuery, Listing, Position, Total},
};

pub(super) fn cursor_of(query: &ListQuery, key: CursorKey) -> String {
    let listing = Listing { items: vec![()], next: Some(Cursor { key, id: ID }), total: None };
    query.page(listing).next_cursor.expect("there is more")
}

#[test]
fn a_cursor_reads_back_under_the_query_it_was_made_for() {
    let sorts = [
        ("title", CursorKey::Text("ñandú \" \\ x".to_owned())),
        ("number", CursorKey::Integer(i64::MAX)),
        ("amount", CursorKey::Integer(0)),
        ("-createdAt", CursorKey::Integer(1_768_478_400_000_001)),
        ("expectedCloseDate", CursorKey::Days(739_000)),
        ("-expectedCloseDate", CursorKey::Missing),
        ("closedAt", CursorKey::Missing),
    ];
    for (sort, key) in sorts {
        let parameters = [
            ("sort", sort),
            ("currency", "UYU"),
            ("status", "OPEN,WON"),
            ("number[gte]", "1"),
            ("number[lt]", "9"),
            ("q", "glo"),
        ];
        let cursor = cursor_of(&sound(&parameters), key.clone());
        let next = sound(&[&parameters[..], &[("cursor", &cursor), ("limit", "7")]].concat());
        assert_eq!(next.position, Position::After(Some(Cursor { key, id: ID })), "{sort}");
        // Filters in another order are the same filters, and how much is wanted is not what is asked.
        let mut reordered = parameters;
        reordered.reverse();
        sound(&[&reordered[..], &[("cursor", &cursor), ("count", "true")]].concat());
    }
}

#[test]
fn a_cursor_is_refused_under_any_other_query() {
    let made = [("status", "OPEN"), ("sort", "-number")];
    let cursor = cursor_of(&sound(&made), CursorKey::Integer(5));
    let others: [&[(&str, &str)]; 7] = [
        &[("status", "OPEN")],
        &[("sort", "-number")],
        &[("status", "OPEN"), ("sort", "number")],
        &[("status", "WON"), ("sort", "-number")],
        &[("status", "OPEN"), ("sort", "-number"), ("q", "x")],
        &[("status", "OPEN"), ("sort", "-number"), ("board", "true")],
        &[("status", "OPEN"), ("sort", "-number"), ("ownerId", "me")],
    ];
    for other in others {
        let refusal = read(&[other, &[("cursor", &cursor)]].concat()).expect_err("it was made for another");
        assert!(refusal.is(Code::InvalidCursor), "{other:?}");
    }
}

#[test]
fn a_damaged_or_forged_cursor_is_refused() {
    let query = sound(&[("sort", "number")]);
    let good = cursor_of(&query, CursorKey::Integer(5));
    let mut cases = vec!["rubbish".to_owned(), "e30".to_owned(), good[1..].to_owned(), format!("{good}=")];
    // Keys that a number can't have: what they would become in SQL must never be found out.
    for key in [CursorKey::Text("5".to_owned()), CursorKey::Days(5), CursorKey::Missing] {
        cases.push(cursor_of(&query, key));
    }
    for cursor in cases {
        let refusal = read(&[("sort", "number"), ("cursor", &cursor)]).expect_err("it is no cursor");
        assert!(refusal.is(Code::InvalidCursor), "{cursor}");
    }
    let by_moment = sound(&[]);
    let beyond = cursor_of(&by_moment, CursorKey::Integer(i64::MAX));
    assert!(read(&[("cursor", &beyond)]).expect_err("no such moment").is(Code::InvalidCursor));
    let by_title = sound(&[("sort", "title")]);
    let with_nul = cursor_of(&by_title, CursorKey::Text("a\0b".to_owned()));
    let refusal = read(&[("sort", "title"), ("cursor", &with_nul)]).expect_err("no such text");
    assert!(refusal.is(Code::InvalidCursor));
}

#[test]
fn a_page_says_how_to_go_on() {
    let listing = || Listing {
        items: vec![1, 2],
        next: Some(Cursor { key: CursorKey::Missing, id: ID }),
        total: Some(Total { count: 5, capped: false }),
    };
    let by_cursor = sound(&[("limit", "2")]).page(listing());
    assert_eq!((by_cursor.page, by_cursor.next_cursor.is_some()), (None, true));
    let by_page = sound(&[("limit", "2"), ("page", "2")]).page(listing());
    assert_eq!((by_page.page, by_page.next_cursor, by_page.items), (Some(2), None, vec![1, 2]));
    assert_eq!(by_page.total, Some(Total { count: 5, capped: false }));
}
