//! The list language, once for every resource.
//!
//! A resource names its fields in one closed enum that implements [`ListField`]. That table feeds the
//! parsing of query strings (here), the OpenAPI parameters (at the edge), the SQL (in the adapter) and the
//! cursor.

mod cursor;
mod field;
mod parse;
mod query;
#[cfg(test)]
mod tests;

pub use cursor::{Cursor, CursorKey};
pub use field::{DELETED, FieldKind, FieldSpec, ListField};
pub use parse::{parse, parse_within};
pub use query::{
    DEFAULT_LIMIT, Filter, ListQuery, Listing, MAX_LIMIT, MAX_PAGED_ROWS, Page, Position, Sort, TOTAL_CAP,
    Test, Total, Value,
};
