//! What a field is made of. Written once; a resource adds nothing here.

use std::{fmt, marker::PhantomData};

use uuid::Uuid;

use super::FieldSet;
use crate::{
    events::{EntityType, FieldValue},
    input::{Form, Given as _, IntoRules, Patch, Rule},
    values::{Country, Currency, MoneyInput, Network},
};

/// How the values of a field are read, bounded, compared and stored.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// One line of text.
    Line {
        /// The most characters.
        max: usize,
    },
    /// Text of several lines.
    Prose {
        /// The most characters.
        max: usize,
    },
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
    /// A web address.
    WebUrl,
    /// The address of a profile on a network.
    Social(Network),
    /// A colour, `#RRGGBB`.
    Color,
    /// Labels.
    Tags,
    /// One of these names; the first where nothing is said.
    OneOf(&'static [&'static str]),
    /// A whole number.
    Integer {
        /// The smallest.
        min: i64,
        /// The largest.
        max: i64,
    },
    /// Yes or no.
    Boolean,
    /// An amount with its currency, replaced whole.
    Money,
    /// A calendar day.
    Date,
    /// The id of another record.
    Reference(EntityType),
    /// Fields below a field, stored together.
    Group(&'static [Field]),
}

/// What rules and lists may do with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent marks")]
pub struct Use {
    /// Set by rules alone.
    pub kept: bool,
    /// Lists filter by it.
    pub filter: bool,
    /// Lists sort by it.
    pub sort: bool,
    /// No two live records of a company share it: `<column>_key` keeps the form that is compared.
    pub unique: bool,
    /// `<column>_fold` keeps the form by which lists compare. Of a further part of the name (`lastName`) it is the whole name
    /// with that part in front, by which `q` finds it.
    pub fold: bool,
    /// `q` looks at it.
    pub search: bool,
    /// Decides whose record it is.
    pub owner: bool,
    /// One of the records that it may belong to. It belongs to exactly one, for good, and follows it.
    pub parent: bool,
}

impl Use {
    /// No mark.
    pub const NONE: Self = Self {
        kept: false,
        filter: false,
        sort: false,
        unique: false,
        fold: false,
        search: false,
        owner: false,
        parent: false,
    };
}

/// One row of a resource's table of fields.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// As the API and events name it: `firstName`, `socialLinks.x`.
    pub path: &'static str,
    /// As the database names it: `first_name`.
    pub column: &'static str,
    /// Where the form that must be unique is kept: `email_key`.
    pub key_column: &'static str,
    /// Where the folded form is kept: `email_fold`.
    pub fold_column: &'static str,
    /// Where the currency of money is kept: `price_currency`.
    pub currency_column: &'static str,
    /// Makes the form that must be unique.
    pub key: fn(&str) -> String,
    /// Makes the folded form.
    pub fold: fn(&str) -> String,
    /// One sentence for the documents.
    pub help: &'static str,
    /// What its values are.
    pub kind: Kind,
    /// Whether it may be missing.
    pub required: bool,
    /// What may be done with it.
    pub uses: Use,
}

impl Field {
    /// Its name within its own object: `x` of `socialLinks.x`.
    pub fn own_name(&self) -> &'static str {
        self.path.rsplit('.').next().unwrap_or(self.path)
    }

    /// Whether bodies give it: rules set some fields, and the path says what a record belongs to.
    pub const fn is_written(&self) -> bool {
        !self.uses.kept && !self.uses.parent
    }

    /// Its name where it is read: what `accountId` refers to is the `account`.
    pub fn answer_name(&self) -> &'static str {
        let name = self.own_name();
        match self.kind {
            Kind::Reference(_) => name.strip_suffix("Id").unwrap_or(name),
            _ => name,
        }
    }
}

/// What a caller gave for one field, unchecked but of the JSON type that its [`Kind`] needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Raw {
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// Yes or no.
    Boolean(bool),
    /// Several texts.
    Texts(Vec<String>),
    /// An amount and its currency.
    Money(MoneyInput),
    /// An id.
    Id(Uuid),
    /// Fields below, in the order of their table.
    Group(Vec<Patch<Raw>>),
}

impl Raw {
    /// Whether it is what an HTML form sends for a field that was left empty: a blank text, an amount without digits.
    fn is_blank(&self) -> bool {
        match self {
            Self::Text(text) | Self::Money(MoneyInput { amount: Some(text), .. }) => text.is_blank(),
            Self::Money(MoneyInput { amount: None, .. })
            | Self::Integer(_)
            | Self::Boolean(_)
            | Self::Texts(_)
            | Self::Id(_)
            | Self::Group(_) => false,
        }
    }
}

/// What a caller gave for the fields of `S`, unchecked, in the order of their table. One resource's draft does not fit
/// another's fields.
pub struct Draft<S> {
    given: Vec<Patch<Raw>>,
    of: PhantomData<fn() -> S>,
}

impl<S: FieldSet> Draft<S> {
    /// A draft of these values; what is missing at the end is absent.
    pub fn new(given: Vec<Patch<Raw>>) -> Self {
        let mut given = given;
        given.resize(S::FIELDS.len(), Patch::Absent);
        Self { given, of: PhantomData }
    }

    /// The values beside their fields.
    pub fn into_values(self) -> Vec<Patch<Raw>> {
        self.given
    }

    /// The ids that were given, each in the place of its field; null in those of the other fields.
    pub fn ids(&self) -> Vec<FieldValue> {
        let id = |given: &Patch<Raw>| match given {
            Patch::Value(Raw::Id(id)) => FieldValue::Reference(*id),
            _ => FieldValue::Null,
        };
        self.given.iter().map(id).collect()
    }

    /// What was given for one field, by its place in the table.
    pub fn at(&mut self, index: usize) -> Option<&mut Patch<Raw>> {
        self.given.get_mut(index)
    }
}

impl<S> Clone for Draft<S> {
    fn clone(&self) -> Self {
        Self { given: self.given.clone(), of: PhantomData }
    }
}

impl<S> fmt::Debug for Draft<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Draft").field(&self.given).finish()
    }
}

/// What reading needs besides the raw value.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    /// The company's country.
    pub country: Option<Country>,
    /// The currency of money that names none: the company's on creation, none in a patch.
    pub currency: Option<Currency>,
}

impl From<&Country> for Reading {
    fn from(country: &Country) -> Self {
        Self { country: Some(*country), currency: None }
    }
}

/// The violations of one field.
#[derive(Debug)]
pub struct FormAt<'a> {
    form: &'a mut Form,
    path: &'static str,
}

impl<'a> FormAt<'a> {
    /// Those of the field at `path`.
    pub fn new(form: &'a mut Form, path: &'static str) -> Self {
        Self { form, path }
    }

    /// The whole form: for the fields of a group, whose paths are whole already.
    pub fn form(&mut self) -> &mut Form {
        self.form
    }

    /// Notes that the field breaks `rule`.
    pub fn reject<T>(&mut self, rule: Rule) -> Option<T> {
        self.form.reject(self.path, rule);
        None
    }

    /// Notes that a part of the field breaks `rule`.
    pub fn reject_below<T>(&mut self, part: &str, rule: Rule) -> Option<T> {
        self.form.reject(&format!("{}{part}", self.path), rule);
        None
    }

    /// Notes what a parser answered for a part of the field.
    pub fn check_below<T, E: IntoRules>(&mut self, part: &str, parsed: Result<T, E>) -> Option<T> {
        self.form.check(&format!("{}{part}", self.path), parsed)
    }

    /// Notes what a parser answered.
    pub fn check<T, E: IntoRules>(&mut self, parsed: Result<T, E>) -> Option<T> {
        self.form.check(self.path, parsed)
    }
}

/// A value object that can be a field: read from what a caller gave, told as a value, taken back from storage.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be the type of a field",
    label = "no `FieldType` in `record/types.rs`",
    note = "use `Line<N>`, `Prose<N>`, `Email`, `Id<K>` …, or `Option` of one; a new kind needs `impl FieldType`"
)]
pub trait FieldType: Clone + PartialEq + Sized {
    /// The same unchecked, in Rust: for `…Input` structs.
    type Given: Into<Raw>;
    /// What its values are.
    const KIND: Kind;
    /// Whether it may be missing.
    const REQUIRED: bool = true;
    /// Makes the form that must be unique, of what is told as text.
    const KEY: fn(&str) -> String = crate::values::name_key;

    /// Makes the form by which lists compare, of what is told as text.
    const FOLD: fn(&str) -> String = crate::values::fold_key;

    /// Reads what a caller gave; what breaks a rule is noted and answers none.
    fn read(raw: Raw, old: Option<&Self>, with: &Reading, at: &mut FormAt<'_>) -> Option<Self>;

    /// As events and storage see it.
    fn value(&self) -> FieldValue;

    /// Takes back what `value` told; none when storage holds something else.
    fn stored(value: FieldValue) -> Option<Self>;

    /// What null makes of it; none when it is mandatory.
    fn cleared() -> Option<Self> {
        None
    }
}

impl<T: FieldType> FieldType for Option<T> {
    type Given = T::Given;
    const KIND: Kind = T::KIND;
    const REQUIRED: bool = false;
    const KEY: fn(&str) -> String = T::KEY;
    const FOLD: fn(&str) -> String = T::FOLD;

    fn read(raw: Raw, old: Option<&Self>, with: &Reading, at: &mut FormAt<'_>) -> Option<Self> {
        T::read(raw, old.and_then(Option::as_ref), with, at).map(Some)
    }

    fn value(&self) -> FieldValue {
        self.as_ref().map_or(FieldValue::Null, T::value)
    }

    fn stored(value: FieldValue) -> Option<Self> {
        match value {
            FieldValue::Null => Some(None),
            value => T::stored(value).map(Some),
        }
    }

    fn cleared() -> Option<Self> {
        Some(None)
    }
}

/// One field of a merge-patch onto what is there.
pub fn merge<T: FieldType>(
    raw: Patch<Raw>,
    old: Option<&T>,
    with: &Reading,
    mut at: FormAt<'_>,
) -> Option<T> {
    match (raw, old) {
        (Patch::Absent, Some(old)) => Some(old.clone()),
        (Patch::Absent | Patch::Null, _) => T::cleared().or_else(|| at.reject(Rule::Required)),
        // HTML forms send a blank for what was left as it is by default.
        (Patch::Value(raw), old) => match T::cleared().filter(|_| raw.is_blank()) {
            None => T::read(raw, old, with, &mut at),
            cleared => cleared,
        },
    }
}

/// A field of an `…Input` struct, as the draft has it.
pub fn draft<G: Into<Raw>>(given: Patch<G>) -> Patch<Raw> {
    given.map(Into::into)
}

/// How many letters [`camel`] answers.
pub const fn camel_len(snake: &str) -> usize {
    let (bytes, mut i, mut n) = (snake.as_bytes(), 0, 0);
    while i < bytes.len() {
        if bytes[i] != b'_' {
            n += 1;
        }
        i += 1;
    }
    n
}

/// `first_name` as the API writes it, at compile time.
pub const fn camel<const N: usize>(snake: &str) -> [u8; N] {
    let (bytes, mut out, mut i, mut o, mut up) = (snake.as_bytes(), [0u8; N], 0, 0, false);
    while i < bytes.len() {
        if bytes[i] == b'_' {
            up = true;
        } else {
            out[o] = if up { bytes[i].to_ascii_uppercase() } else { bytes[i] };
            (o, up) = (o + 1, false);
        }
        i += 1;
    }
    out
}
