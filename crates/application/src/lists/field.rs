//! The fields of lists.

/// The flag that lists deleted records instead of live ones.
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
    /// Yes or no.
    Boolean,
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

impl FieldSpec {
    /// A NOT NULL field that can neither be filtered nor sorted by yet.
    pub const fn new(name: &'static str, kind: FieldKind) -> Self {
        Self { name, kind, filter: false, sort: false, nullable: false }
    }

    /// Lists can be filtered by it.
    #[must_use]
    pub const fn filter(self) -> Self {
        Self { filter: true, ..self }
    }

    /// Lists can be sorted by it.
    #[must_use]
    pub const fn sort(self) -> Self {
        Self { sort: true, ..self }
    }

    /// It can be missing.
    #[must_use]
    pub const fn nullable(self) -> Self {
        Self { nullable: true, ..self }
    }

    /// The parameters by which lists are filtered by it.
    pub fn parameters(&self) -> impl Iterator<Item = String> {
        let Self { name, kind, filter, sort: _, nullable } = *self;
        let plain = (kind != FieldKind::Amount).then(|| name.to_owned());
        let orders = ["gte", "lte", "gt", "lt"].into_iter().filter(move |_| kind.has_order());
        let operators = orders.chain(nullable.then_some("isNull"));
        let all = plain.into_iter().chain(operators.map(move |operator| format!("{name}[{operator}]")));
        all.filter(move |_| filter)
    }
}
