//! The query language of lists, shared by every resource.
//!
//! A resource has one [`ListTable`] of fields, which drives the parsing of query strings (here), the OpenAPI parameters
//! (at the edge), the SQL (in the adapter) and the cursor. A query string is parsed into a [`Predicate`] of tests on
//! its fields.

mod cursor;
mod field;
mod parse;
mod predicate;
mod query;
mod several;
mod table;
#[cfg(test)]
mod tests;

pub use cursor::{Cursor, CursorKey};
pub use field::{DELETED, FieldKind, FieldSpec};
pub use parse::{parse, parse_flag, parse_within};
pub use predicate::{Predicate, Test, Value};
pub use query::{
    DEFAULT_LIMIT, ListQuery, Listing, MAX_LIMIT, MAX_PAGED_ROWS, Page, Position, Sort, TOTAL_CAP, Total,
};
pub(crate) use table::list_fields;
pub use table::{FieldRef, ListTable, Listed};
