//! Deserializes a body by a table of fields. It accepts the same JSON, with the same errors, as a struct with
//! `deny_unknown_fields` whose fields are all merge-patches.

use std::fmt;

use cartera_domain::{
    input::Patch,
    record::{Draft, Field, FieldSet, Kind, Raw},
    values::is_blank,
};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, MapAccess, Unexpected, Visitor},
};
use uuid::Uuid;

use super::blank::OrBlank;
use crate::wire::MoneyInput;

/// The values that a body gives for the fields of `F`: `Body<Drafted<F>>`, `Submission<Drafted<F>>`.
#[derive(Debug, Clone)]
pub struct Drafted<F>(pub Draft<F>);

impl<'de, F: FieldSet> Deserialize<'de> for Drafted<F> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Object(F::FIELDS).deserialize(deserializer).map(|given| Self(Draft::new(given)))
    }
}

/// Deserializes an object with these fields into values in the order of the table.
#[derive(Clone, Copy)]
struct Object(&'static [Field]);

/// Deserializes the name of one of these fields into its position.
struct Name(&'static [Field]);

/// Deserializes the value of a field, or null.
struct Given(Kind);

impl<'de> DeserializeSeed<'de> for Object {
    type Value = Vec<Patch<Raw>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_struct("Draft", &[], self)
    }
}

impl<'de> Visitor<'de> for Object {
    type Value = Vec<Patch<Raw>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("struct Draft")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut given = vec![Patch::Absent; self.0.len()];
        while let Some(index) = map.next_key_seed(Name(self.0))? {
            let field = &self.0[index];
            if !given[index].is_absent() {
                return Err(A::Error::duplicate_field(field.own_name()));
            }
            given[index] = map.next_value_seed(Given(field.kind))?;
        }
        Ok(given)
    }
}

impl<'de> DeserializeSeed<'de> for Name {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Name {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("field identifier")
    }

    fn visit_str<E: Error>(self, wanted: &str) -> Result<usize, E> {
        let found = self.0.iter().position(|field| field.own_name() == wanted && field.is_written());
        found.ok_or_else(|| {
            let known = self.0.iter().filter(|field| field.is_written()).map(Field::own_name);
            let known: Vec<_> = known.map(|name| format!("`{name}`")).collect();
            // As serde says it, which takes names that are known when it is compiled.
            E::custom(format!("unknown field `{wanted}`, expected one of {}", known.join(", ")))
        })
    }
}

impl<'de> DeserializeSeed<'de> for Given {
    type Value = Patch<Raw>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Patch<Raw>, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for Given {
    type Value = Patch<Raw>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("option")
    }

    fn visit_none<E: Error>(self) -> Result<Patch<Raw>, E> {
        Ok(Patch::Null)
    }

    fn visit_unit<E: Error>(self) -> Result<Patch<Raw>, E> {
        Ok(Patch::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<Patch<Raw>, D::Error> {
        // A blank text is null where no text belongs; where one does, the field decides.
        fn read<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
            value: D,
            of: fn(T) -> Raw,
        ) -> Result<Patch<Raw>, D::Error> {
            let OrBlank(read) = OrBlank::deserialize(value)?;
            Ok(read.map_or(Patch::Null, |read| Patch::Value(of(read))))
        }
        match self.0 {
            Kind::Line { .. }
            | Kind::Prose { .. }
            | Kind::Email
            | Kind::Phone
            | Kind::WebUrl
            | Kind::Social(_)
            | Kind::Color
            | Kind::OneOf(_)
            | Kind::Date => Ok(Patch::Value(Raw::Text(String::deserialize(value)?))),
            Kind::Integer { .. } => read(value, Raw::Integer),
            Kind::Boolean => read(value, Raw::Boolean),
            Kind::Tags => read(value, Raw::Texts),
            Kind::Money => read(value, |money: MoneyInput| Raw::Money(money.into())),
            Kind::Reference(_) => read(value, |id: Uuid| Raw::Id(id)),
            Kind::Group(fields) => value.deserialize_any(Group(fields)),
        }
    }
}

/// The fields of a group; a blank text in their place is null.
struct Group(&'static [Field]);

impl<'de> Visitor<'de> for Group {
    type Value = Patch<Raw>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Object(self.0).expecting(f)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Patch<Raw>, E> {
        if text.chars().all(is_blank) {
            return Ok(Patch::Null);
        }
        Err(E::invalid_type(Unexpected::Str(text), &self))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Patch<Raw>, A::Error> {
        Object(self.0).visit_map(map).map(|given| Patch::Value(Raw::Group(given)))
    }
}

#[cfg(test)]
mod tests;
