//! The table of a list: its fields and other parameters.

use std::{
    fmt,
    hash::{Hash, Hasher},
};

use super::{FieldKind, FieldSpec};

/// A field of a list: a row of its table.
///
/// Tables are data: most are constants, but a row may also be created at run time. Hence two references are equal when
/// they have the same name, wherever the rows are in memory.
#[derive(Clone, Copy)]
pub struct FieldRef {
    spec: &'static FieldSpec,
}

impl FieldRef {
    /// The field of this row.
    pub const fn to(spec: &'static FieldSpec) -> Self {
        Self { spec }
    }

    /// The row of the table.
    pub const fn spec(self) -> &'static FieldSpec {
        self.spec
    }

    /// The name in queries.
    pub const fn name(self) -> &'static str {
        self.spec.name
    }

    /// How its values are read.
    pub const fn kind(self) -> FieldKind {
        self.spec.kind
    }
}

impl PartialEq for FieldRef {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for FieldRef {}

impl Hash for FieldRef {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl fmt::Debug for FieldRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The fields and parameters of a resource's list.
#[derive(Debug, Clone, Copy)]
pub struct ListTable {
    /// The resource's plural, which identifies the list.
    pub name: &'static str,
    /// Every field, in the order of the document.
    pub fields: &'static [FieldSpec],
    /// The flags (`name=true`) of the resource besides the common parameters.
    pub flags: &'static [&'static str],
    /// The field by which lists are sorted, newest first, by default.
    pub default_sort: FieldRef,
    /// The field for the time of deletion, for resources with a bin. The flag [`DELETED`](super::DELETED) then lists
    /// deleted records, by default in the order of this field; live records don't have it.
    pub in_bin_since: Option<FieldRef>,
    /// Whether `q` (a prefix of the record's search keys) works.
    pub searchable: bool,
}

impl PartialEq for ListTable {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for ListTable {}

impl ListTable {
    /// Every field.
    pub fn fields(&self) -> impl Iterator<Item = FieldRef> + use<> {
        self.fields.iter().map(FieldRef::to)
    }

    /// The field of this name, if there is one.
    pub fn field(&self, name: &str) -> Option<FieldRef> {
        self.fields().find(|field| field.name() == name)
    }
}

/// A type that stands for the list of a resource, where a type is needed: OpenAPI's `params(…)`.
pub trait Listed {
    /// Its table.
    fn table() -> &'static ListTable;
}

/// Declares a resource's list: a type with a constant for each field, and its [`ListTable`]. A field has a constant, a
/// name in queries, a [`FieldKind`] and marks (`filter`, `sort`, `nullable`); the rest of the table follows the fields.
macro_rules! list_fields {
    (
        $(#[$about:meta])*
        $list:ident of $name:literal {
            $(
                $(#[$about_field:meta])*
                $field:ident = $in_queries:literal: $kind:ident $(($values:expr))? [$($mark:ident),*],
            )*
        }
        $($rest:tt)*
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy)]
        pub enum $list {}

        impl $list {
            $(
                $(#[$about_field])*
                pub const $field: $crate::lists::FieldRef = $crate::lists::FieldRef::to(const {
                    &$crate::lists::FieldSpec::new($in_queries, $crate::lists::FieldKind::$kind $(($values))?)
                        $(.$mark())*
                });
            )*

            /// Its table.
            pub const TABLE: &'static $crate::lists::ListTable = &$crate::lists::ListTable {
                name: $name,
                fields: &[$(*Self::$field.spec()),*],
                $($rest)*
            };
        }

        impl $crate::lists::Listed for $list {
            fn table() -> &'static $crate::lists::ListTable {
                Self::TABLE
            }
        }
    };
}

pub(crate) use list_fields;
