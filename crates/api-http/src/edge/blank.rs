//! Blank texts in the place of other values.

use std::{fmt, marker::PhantomData};

use cartera_domain::input::Given as _;
use serde::{
    Deserialize, Deserializer,
    de::{Error, IntoDeserializer, MapAccess, SeqAccess, Unexpected, Visitor, value::MapAccessDeserializer},
    forward_to_deserialize_any,
};

use super::strict::Strict;

/// A `T`, or nothing: HTML forms send `""` for a date, a number or a choice that was left empty. A `T` that is a text takes
/// the blank itself; what it means is the field's to say.
pub(super) struct OrBlank<T>(pub(super) Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OrBlank<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Given(PhantomData)).map(Self)
    }
}

/// Hands on to `T` whatever comes, as it came.
struct Given<T>(PhantomData<T>);

macro_rules! hand_on {
    ($($method:ident: $kind:ty,)+) => {
        $(fn $method<E: Error>(self, value: $kind) -> Result<Option<T>, E> {
            T::deserialize(Strict(value.into_deserializer())).map(Some)
        })+
    };
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Given<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    hand_on! { visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, }

    fn visit_str<E: Error>(self, text: &str) -> Result<Option<T>, E> {
        self.visit_string(text.to_owned())
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Option<T>, E> {
        let is_blank = text.is_blank();
        match T::deserialize(Strict(text.into_deserializer())) {
            Err(_) if is_blank => Ok(None),
            read => read.map(Some),
        }
    }

    fn visit_unit<E: Error>(self) -> Result<Option<T>, E> {
        T::deserialize(Strict(().into_deserializer())).map(Some)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Option<T>, A::Error> {
        T::deserialize(Strict(List(list))).map(Some)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Option<T>, A::Error> {
        T::deserialize(Strict(MapAccessDeserializer::new(map))).map(Some)
    }
}

/// A list, for whoever wants one. Serde's own hands it on to whoever wants a text as well, and an id reads its bytes of it.
struct List<A>(A);

macro_rules! refuse {
    ($($method:ident)+) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, A::Error> {
            Err(A::Error::invalid_type(Unexpected::Seq, &visitor))
        })+
    };
}

impl<'de, A: SeqAccess<'de>> Deserializer<'de> for List<A> {
    type Error = A::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, A::Error> {
        visitor.visit_seq(self.0)
    }

    refuse! { deserialize_str deserialize_string deserialize_bytes deserialize_byte_buf }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char option unit unit_struct newtype_struct seq tuple
        tuple_struct map struct enum identifier ignored_any
    }
}
