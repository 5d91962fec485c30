//! The table of a list: which fields it knows, and what else it takes.

use std::{
    fmt,
    hash::{Hash, Hasher},
};

use super::{FieldKind, FieldSpec};

/// A field of a list: a row of its table.
///
/// Tables are data: most are constants, and a row that is made while the program runs is as good as any other. Hence
/// two references are to the same field when they say the same name, wherever the rows lie.
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

/// What the list of a resource knows.
#[derive(Debug, Clone, Copy)]
pub struct ListTable {
    /// The resource's plural, by which lists are told apart.
    pub name: &'static str,
    /// Every field, in the order of the document.
    pub fields: &'static [FieldSpec],
    /// Parameters of the form `name=true` that the resource knows besides the common ones.
    pub flags: &'static [&'static str],
    /// The field by which lists are sorted, newest first, when nothing was said.
    pub default_sort: FieldRef,
    /// When records went to the bin, for resources that have one: then the flag [`DELETED`](super::DELETED) lists it,
    /// by this field unless another order was asked for. Of what is live there is no such moment.
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

/// The list of a resource as a type, for what takes types: OpenAPI's `params(…)`.
pub trait Listed {
    /// Its table.
    fn table() -> &'static ListTable;
}

/// Declares what the list of a resource knows: a type with a constant for each field and its [`ListTable`]. A field is
/// its constant, its name in queries, its [`FieldKind`] and its marks (`filter`, `sort`, `nullable`); below the fields
/// stands the rest of the table.
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
