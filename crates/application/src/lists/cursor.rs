//! Pagination cursors: opaque to callers, a keyset internally.
//!
//! A cursor contains the sort key and id of the last row, and a fingerprint of the query it was made for. It is neither
//! secret nor signed: a forged one can only start the caller's own list elsewhere.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{FieldKind, FieldSpec};

/// The sort key of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CursorKey {
    /// Folded text.
    Text(String),
    /// A whole number, an amount in minor units, or microseconds since 1970 for a moment.
    Integer(i64),
    /// Days since 1 January of the year 1, for a date.
    Days(i32),
    /// The value is missing: after all others.
    Missing,
}

/// The position after a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The row's sort key.
    pub key: CursorKey,
    /// The row's id.
    pub id: Uuid,
}

/// The range of timestamps that the store accepts, in microseconds since 1970.
const MOMENTS: std::ops::RangeInclusive<i64> = -62_135_596_800_000_000..=253_402_300_799_999_999;
/// The range of dates, in days counted from the year 1.
const DAYS: std::ops::RangeInclusive<i32> = 1..=3_652_059;

fn fits(key: &CursorKey, sort: &FieldSpec) -> bool {
    match (key, sort.kind) {
        (CursorKey::Missing, _) => sort.nullable,
        (CursorKey::Text(text), FieldKind::Text | FieldKind::Email) => !text.contains('\0'),
        (CursorKey::Integer(_), FieldKind::Integer | FieldKind::Amount) => true,
        (CursorKey::Integer(micros), FieldKind::Timestamp) => MOMENTS.contains(micros),
        (CursorKey::Days(days), FieldKind::Date) => DAYS.contains(days),
        _ => false,
    }
}

#[derive(Serialize, Deserialize)]
struct Encoded {
    k: CursorKey,
    i: Uuid,
    f: String,
}

impl Cursor {
    /// The opaque text, tied to the query with this fingerprint.
    pub(super) fn encode(self, fingerprint: &str) -> String {
        let encoded = Encoded { k: self.key, i: self.id, f: fingerprint.to_owned() };
        // Serialising two strings and an integer can't fail.
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(&encoded).unwrap_or_default())
    }

    /// Decodes a cursor; `None` when it is damaged, was made for another query, or holds a key that the sort field
    /// can't have.
    pub(super) fn decode(text: &str, fingerprint: &str, sort: &FieldSpec) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let Encoded { k, i, f } = serde_json::from_slice(&bytes).ok()?;
        (f == fingerprint && fits(&k, sort)).then_some(Self { key: k, id: i })
    }
}
