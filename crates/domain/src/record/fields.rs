//! The one macro that declares fields.

/// Declares the fields of a resource (or of a group of fields within one) once: struct, input, table, reading
/// and values both ways. It takes structures apart by name, so nothing can be forgotten.
#[macro_export]
macro_rules! fields {
    // A resource.
    ($(#[doc = $doc:literal])+ $name:ident, $input:ident of $entity:ident in $plural:literal
        named [$($called:literal),*] { $($fields:tt)+ }) => {
        $crate::fields! { @set [] "", [$($doc),+] $name, $input { $($fields)+ } }

        impl $crate::record::Fields for $name {
            type Kind = $crate::ids::kinds::$entity;
            const TABLE: &'static $crate::record::Table = &$crate::record::Table {
                entity: $crate::events::EntityType::$entity,
                plural: $plural,
                called: &[$($called),*],
                events: $crate::events::EventKind::lifecycle($crate::events::EntityType::$entity),
                fields: $crate::record::checked(<Self as $crate::record::FieldSet>::FIELDS, &[$($called),*]),
            };
        }
    };
    // Fields below the field of a resource.
    ($(#[doc = $doc:literal])+ $name:ident, $input:ident below $prefix:literal { $($fields:tt)+ }) => {
        $crate::fields! { @set [Default] concat!($prefix, "."), [$($doc),+] $name, $input { $($fields)+ } }

        impl $crate::record::FieldType for $name {
            type Given = $input;
            const KIND: $crate::record::Kind =
                $crate::record::Kind::Group(<Self as $crate::record::FieldSet>::FIELDS);
            const REQUIRED: bool = false;
            fn read(
                raw: $crate::record::Raw,
                old: Option<&Self>,
                with: &$crate::record::Reading,
                at: &mut $crate::record::FormAt<'_>,
            ) -> Option<Self> {
                $crate::record::read_group(raw, old, with, at)
            }
            fn value(&self) -> $crate::events::FieldValue {
                $crate::events::FieldValue::Group($crate::record::FieldSet::values(self))
            }
            fn stored(value: $crate::events::FieldValue) -> Option<Self> {
                match value {
                    $crate::events::FieldValue::Group(values) => $crate::record::FieldSet::stored(values),
                    _ => None,
                }
            }
            fn cleared() -> Option<Self> {
                Some(Self::default())
            }
        }
        impl From<$input> for $crate::record::Raw {
            fn from(input: $input) -> Self {
                Self::Group($crate::record::Draft::<$name>::from(input).into_values())
            }
        }
    };
    (@set [$($derived:ident)?] $prefix:expr, [$($doc:literal),+] $name:ident, $input:ident {
        $( $(#[doc = $help:literal])+ $field:ident: $type:ty $(= [$($use:ident),*])?, )+
    }) => {
        // Said first, so that the compiler points at the line of a type that can't be a field.
        const _: () = {
            const fn a_field<T: $crate::record::FieldType>() {}
            $( a_field::<$type>(); )+
        };

        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, Eq $(, $derived)?)]
        pub struct $name { $( $(#[doc = $help])+ pub $field: $type, )+ }

        #[doc = concat!("The wanted fields of [`", stringify!($name), "`], unchecked.")]
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        pub struct $input {
            $( $(#[doc = $help])+ pub $field: $crate::input::Patch<<$type as $crate::record::FieldType>::Given>, )+
        }

        impl From<$input> for $crate::record::Draft<$name> {
            fn from(input: $input) -> Self {
                let $input { $($field),+ } = input;
                Self::new(vec![$($crate::record::draft($field)),+])
            }
        }

        impl $crate::record::FieldSet for $name {
            const FIELDS: &'static [$crate::record::Field] = &[$( $crate::record::Field {
                path: $crate::camel!(concat!($prefix, stringify!($field))),
                column: stringify!($field),
                key_column: concat!(stringify!($field), "_key"),
                fold_column: concat!(stringify!($field), "_fold"),
                currency_column: concat!(stringify!($field), "_currency"),
                key: <$type as $crate::record::FieldType>::KEY,
                fold: <$type as $crate::record::FieldType>::FOLD,
                help: concat!($($help),+),
                kind: <$type as $crate::record::FieldType>::KIND,
                required: <$type as $crate::record::FieldType>::REQUIRED,
                uses: $crate::record::Use { $($($use: true,)*)? ..$crate::record::Use::NONE },
            }, )+];

            fn values(&self) -> Vec<$crate::events::FieldValue> {
                let Self { $($field),+ } = self;
                vec![$($crate::record::FieldType::value($field)),+]
            }

            fn stored(values: Vec<$crate::events::FieldValue>) -> Option<Self> {
                let mut values = values.into_iter();
                let stored = Self { $($field: $crate::record::FieldType::stored(values.next()?)?),+ };
                values.next().is_none().then_some(stored)
            }

            fn merge(
                old: Option<&Self>,
                draft: $crate::record::Draft<Self>,
                with: &$crate::record::Reading,
                form: &mut $crate::input::Form,
            ) -> Option<Self> {
                let mut given = $crate::record::given(draft);
                $(let $field = {
                    let (field, raw) = given.next()?;
                    let at = $crate::record::FormAt::new(form, field.path);
                    $crate::record::merge(raw, old.map(|old| &old.$field), with, at)
                };)+
                Some(Self { $($field: $field?),+ })
            }
        }
    };
}

/// A name as the API writes it, at compile time.
#[macro_export]
macro_rules! camel {
    ($snake:expr) => {{
        const NAME: [u8; $crate::record::camel_len($snake)] = $crate::record::camel($snake);
        match std::str::from_utf8(&NAME) {
            Ok(name) => name,
            Err(_) => panic!("a name is text"),
        }
    }};
}

/// Declares a closed set as the type of a field. Where a caller says nothing, it is the first.
#[macro_export]
macro_rules! one_of {
    ($(#[doc = $doc:literal])+ $name:ident { $($(#[doc = $help:literal])+ $variant:ident = $wire:literal,)+ }) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[doc = $help])+ $variant,)+ }

        impl $name {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name on the wire and in storage.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $wire,)+ }
            }

            /// The one of this name, if there is one.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == name)
            }
        }

        impl $crate::record::FieldType for $name {
            type Given = String;
            const KIND: $crate::record::Kind = $crate::record::Kind::OneOf(&[$($wire,)+]);
            const REQUIRED: bool = false;
            fn read(
                raw: $crate::record::Raw,
                _: Option<&Self>,
                _: &$crate::record::Reading,
                at: &mut $crate::record::FormAt<'_>,
            ) -> Option<Self> {
                let name = match &raw {
                    $crate::record::Raw::Text(name) => $crate::values::trimmed(name),
                    _ => "",
                };
                Self::parse(name).or_else(|| at.reject($crate::input::Rule::not_allowed(name, [$($wire),+])))
            }
            fn value(&self) -> $crate::events::FieldValue {
                $crate::events::FieldValue::Text(self.as_str().to_owned())
            }
            fn stored(value: $crate::events::FieldValue) -> Option<Self> {
                match value {
                    $crate::events::FieldValue::Text(name) => Self::parse(&name),
                    _ => None,
                }
            }
            fn cleared() -> Option<Self> {
                Self::ALL.first().copied()
            }
        }
    };
}
