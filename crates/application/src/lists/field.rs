//! The table of a resource's list fields.

use std::{fmt::Debug, hash::Hash};

/// The flag that lists the bin instead of what is live.
pub const DELETED: &str = "deleted";

/// How the values of a field are read, compared and sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// The id of a record.
    Id,
    /// The id of a user, or `me`.
    Person,
    /// A stage, by id or by name.
    Stage,
    /// Text that is compared whole and sorted by its folded key.
    Text,
    /// An e-mail, whatever its case.
    Email,
    /// A member of a closed set.
    OneOf(&'static [&'static str]),
    /// An ISO 4217 code.
    Currency,
    /// An amount of money; filtering and sorting by it needs one currency.
    Amount,
    /// A whole number.
    Integer,
    /// A calendar day.
    Date,
    /// A moment.
    Timestamp,
}

impl FieldKind {
    /// Whether `[gte]`, `[lte]`, `[gt]` and `[lt]` make sense.
    pub const fn has_order(self) -> bool {
        matches!(self, Self::Amount | Self::Integer | Self::Date | Self::Timestamp)
    }
}

/// One row of a resource's field table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldSpec {
    /// The name in queries.
    pub name: &'static str,
    /// How its values are read.
    pub kind: FieldKind,
    /// Whether lists can be filtered by it.
    pub filter: bool,
    /// Whether lists can be sorted by it.
    pub sort: bool,
    /// Whether it can be missing: then `[isNull]` works, and missing values sort last.
    pub nullable: bool,
}

/// The closed set of a resource's list fields.
pub trait ListField: Copy + Eq + Hash + Debug + Send + Sync + 'static {
    /// Every field.
    const ALL: &'static [Self];
    /// Parameters of the form `name=true` that the resource knows besides the common ones.
    const FLAGS: &'static [&'static str];
    /// The field by which lists are sorted, newest first, when nothing was said.
    const DEFAULT_SORT: Self;
    /// When records went to the bin, for resources that have one: then the flag [`DELETED`] lists it, by this
    /// field unless another order was asked for. Of what is live there is no such moment.
    const IN_BIN_SINCE: Option<Self> = None;
    /// Whether `q` (a prefix of the record's search keys) works.
    const SEARCHABLE: bool;

    /// The row of the table.
    fn spec(self) -> FieldSpec;

    /// The field of this name, if there is one.
    fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|field| field.spec().name == name)
    }
}
