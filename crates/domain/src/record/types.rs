//! The value objects as fields. (In the house each `impl` stands in the file of its value object.)

use chrono::NaiveDate;
use uuid::Uuid;

use super::field::{FieldType, FormAt, Kind, Raw, Reading};
use crate::{
    events::{FieldValue, Referable},
    ids::Id,
    input::{Given as _, Rule},
    values::{
        Color, Currency, Email, Line, Money, MoneyInput, Network, Phone, Prose, SocialLink, TagName, Tags,
        WebUrl, parse_date, trimmed,
    },
};

macro_rules! raw {
    ($($given:ty => $variant:ident),+ $(,)?) => {
        $(impl From<$given> for Raw { fn from(given: $given) -> Self { Self::$variant(given) } })+
    };
}
raw! { MoneyInput => Money, String => Text, i64 => Integer, bool => Boolean, Vec<String> => Texts, Uuid => Id }

impl<K> From<Id<K>> for Raw {
    fn from(id: Id<K>) -> Self {
        Self::Id(id.uuid())
    }
}

/// The body reader makes raw values by the [`Kind`]; another type of value is a fault there, not the caller's.
const WRONG: Rule = Rule::Malformed { expected: "a value of another type" };

macro_rules! text_field {
    ($([$($generics:tt)*] $type:ty = $kind:expr, |$raw:ident, $with:ident| $parse:expr $(, key $key:expr)? $(, fold $fold:expr)?;)+) => {$(
        impl<$($generics)*> FieldType for $type {
            type Given = String;
            const KIND: Kind = $kind;
            $(const KEY: fn(&str) -> String = $key;)?
            $(const FOLD: fn(&str) -> String = $fold;)?
            fn read(raw: Raw, _: Option<&Self>, $with: &Reading, at: &mut FormAt<'_>) -> Option<Self> {
                match raw {
                    Raw::Text($raw) => at.check($parse),
                    _ => at.reject(WRONG),
                }
            }
            fn value(&self) -> FieldValue {
                FieldValue::Text(self.as_str().to_owned())
            }
            fn stored(value: FieldValue) -> Option<Self> {
                match value {
                    FieldValue::Text(text) => Some(<$type>::trusted(text)),
                    _ => None,
                }
            }
        }
    )+};
}
text_field! {
    [const MAX: usize] Line<MAX> = Kind::Line { max: MAX }, |raw, _with| Line::parse(raw);
    [const MAX: usize] Prose<MAX> = Kind::Prose { max: MAX }, |raw, _with| Prose::parse(raw);
    [] Email = Kind::Email, |raw, _with| Email::parse(raw), key str::to_ascii_lowercase, fold Email::searched;
    [] Color = Kind::Color, |raw, _with| Color::parse(&raw);
    [] TagName = Kind::Line { max: 40 }, |raw, _with| TagName::parse(raw), key TagName::key;
    [] WebUrl = Kind::WebUrl, |raw, _with| WebUrl::parse(raw);
    [] Phone = Kind::Phone, |raw, with| match &with.country {
        Some(country) => Phone::parse(&raw, country),
        None => Err(Rule::Malformed { expected: "a phone number with its country code" }),
    };
}

impl<const NETWORK: usize> FieldType for SocialLink<NETWORK> {
    type Given = String;
    const KIND: Kind = Kind::Social(Network::ALL[NETWORK]);

    fn read(raw: Raw, old: Option<&Self>, with: &Reading, at: &mut FormAt<'_>) -> Option<Self> {
        let Raw::Text(raw) = raw else { return at.reject(WRONG) };
        // An earlier version took any address. Whoever sends back what was read is not to mend it.
        match old.filter(|old| old.as_str() == raw) {
            Some(old) => Some(old.clone()),
            None => at.check(Self::parse(&raw, with.country.as_ref())),
        }
    }

    fn value(&self) -> FieldValue {
        FieldValue::Text(self.as_str().to_owned())
    }

    fn stored(value: FieldValue) -> Option<Self> {
        match value {
            FieldValue::Text(text) => Some(Self::trusted(text)),
            _ => None,
        }
    }
}

impl FieldType for Tags {
    type Given = Vec<String>;
    const KIND: Kind = Kind::Tags;
    const REQUIRED: bool = false;

    fn read(raw: Raw, _: Option<&Self>, _: &Reading, at: &mut FormAt<'_>) -> Option<Self> {
        let Raw::Texts(raw) = raw else { return at.reject(WRONG) };
        match Self::parse(raw) {
            Ok(tags) => Some(tags),
            Err(violations) => {
                for violation in violations.0 {
                    at.reject_below::<()>(violation.field.trim_start_matches("tags"), violation.rule);
                }
                None
            }
        }
    }

    fn value(&self) -> FieldValue {
        self.as_strings().into()
    }

    fn stored(value: FieldValue) -> Option<Self> {
        match value {
            FieldValue::Texts(texts) => Some(Self::trusted(texts)),
            _ => None,
        }
    }

    fn cleared() -> Option<Self> {
        Some(Self::default())
    }
}

/// A currency in use, or the one that is there already: it may have been withdrawn since.
fn currency_of(code: &str, old: Option<&Money>) -> Result<Currency, Rule> {
    let kept = old.map(|old| old.currency()).filter(|kept| kept.code().eq_ignore_ascii_case(trimmed(code)));
    kept.map_or_else(|| Currency::parse(code), Ok)
}

impl FieldType for Money {
    type Given = MoneyInput;
    const KIND: Kind = Kind::Money;

    fn read(raw: Raw, old: Option<&Self>, with: &Reading, at: &mut FormAt<'_>) -> Option<Self> {
        let Raw::Money(MoneyInput { amount, currency }) = raw else { return at.reject(WRONG) };
        let given = |text: &String| !text.is_blank();
        let currency = match (currency.filter(given), with.currency) {
            (None, None) => at.reject_below(".currency", Rule::Required),
            (None, company) => company,
            (Some(code), _) => at.check_below(".currency", currency_of(&code, old)),
        };
        let Some(amount) = amount.filter(given) else { return at.reject_below(".amount", Rule::Required) };
        at.check_below(".amount", Self::parse(&amount, currency?))
    }

    fn value(&self) -> FieldValue {
        FieldValue::Money(*self)
    }

    fn stored(value: FieldValue) -> Option<Self> {
        match value {
            FieldValue::Money(money) => Some(money),
            _ => None,
        }
    }
}

impl FieldType for NaiveDate {
    type Given = String;
    const KIND: Kind = Kind::Date;

    fn read(raw: Raw, _: Option<&Self>, _: &Reading, at: &mut FormAt<'_>) -> Option<Self> {
        match raw {
            Raw::Text(raw) => at.check(parse_date(&raw)),
            _ => at.reject(WRONG),
        }
    }

    fn value(&self) -> FieldValue {
        FieldValue::Date(*self)
    }

    fn stored(value: FieldValue) -> Option<Self> {
        match value {
            FieldValue::Date(date) => Some(date),
            _ => None,
        }
    }
}

/// A count.
impl FieldType for i32 {
    type Given = i64;
    const KIND: Kind = Kind::Integer { min: 0, max: i32::MAX as i64 };

    fn read(raw: Raw, _: Option<&Self>, _: &Reading, at: &mut FormAt<'_>) -> Option<Self> {
        let Raw::Integer(raw) = raw else { return at.reject(WRONG) };
        let count = i32::try_from(raw).ok().filter(|count| *count >= 0);
        count.or_else(|| at.reject(Rule::OutOfRange { min: "0".into(), max: i32::MAX.to_string() }))
    }

    fn value(&self) -> FieldValue {
        FieldValue::Integer(i64::from(*self))
    }

    fn stored(value: FieldValue) -> Option<Self> {
        match value {
            FieldValue::Integer(count) => Self::try_from(count).ok(),
            _ => None,
        }
    }
}

impl FieldType for bool {
    type Given = Self;
    const KIND: Kind = Kind::Boolean;

    fn read(raw: Raw, _: Option<&Self>, _: &Reading, at: &mut FormAt<'_>) -> Option<Self> {
        match raw {
            Raw::Boolean(truth) => Some(truth),
            _ => at.reject(WRONG),
        }
    }

    fn value(&self) -> FieldValue {
        FieldValue::Boolean(*self)
    }

    fn stored(value: FieldValue) -> Option<Self> {
        match value {
            FieldValue::Boolean(truth) => Some(truth),
            _ => None,
        }
    }
}

impl<K: Referable> FieldType for Id<K> {
    type Given = Self;
    const KIND: Kind = Kind::Reference(K::TYPE);

    fn read(raw: Raw, _: Option<&Self>, _: &Reading, at: &mut FormAt<'_>) -> Option<Self> {
        match raw {
            Raw::Id(id) => Some(Self::new(id)),
            _ => at.reject(WRONG),
        }
    }

    fn value(&self) -> FieldValue {
        (*self).into()
    }

    fn stored(value: FieldValue) -> Option<Self> {
        match value {
            FieldValue::Reference(id) => Some(Self::new(id)),
            _ => None,
        }
    }
}
