//! Conditions on the rows of a list.

use cartera_domain::pipelines::StageRef;
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::FieldRef;

/// One value of a test.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Value {
    /// The id of a record.
    Id(Uuid),
    /// Text, or a member of a closed set.
    Text(String),
    /// A stage by name, until the use case resolves it.
    Stage(StageRef),
    /// A whole number; for amounts, minor units of the one currency.
    Integer(i64),
    /// Yes or no.
    Boolean(bool),
    /// A calendar day.
    Date(NaiveDate),
    /// A moment.
    Timestamp(DateTime<Utc>),
}

/// A test of a field. A missing value meets no test but [`Test::IsNull`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Test {
    /// It is one of these.
    AnyOf(Vec<Value>),
    /// It is at least this.
    AtLeast(Value),
    /// It is at most this.
    AtMost(Value),
    /// It is more than this.
    MoreThan(Value),
    /// It is less than this.
    LessThan(Value),
    /// It is missing, or is not.
    IsNull(bool),
}

/// A condition on the rows of a list. A row meets it or doesn't: there is no third outcome for missing values.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Predicate {
    /// Each of these; with none, every row.
    All(Vec<Self>),
    /// At least one of these; with none, no row.
    Any(Vec<Self>),
    /// What doesn't meet this.
    Not(Box<Self>),
    /// What meets a test of one field.
    Test(FieldRef, Test),
}

impl Default for Predicate {
    fn default() -> Self {
        Self::All(Vec::new())
    }
}

impl Predicate {
    /// Both this and another.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match self {
            Self::All(mut parts) => {
                parts.push(other);
                Self::All(parts)
            }
            one => Self::All(vec![one, other]),
        }
    }

    /// The conditions that every row must meet: the parts of an [`All`](Self::All), and those nested in it.
    pub fn parts(&self) -> Vec<&Self> {
        match self {
            Self::All(parts) => parts.iter().flat_map(Self::parts).collect(),
            one => vec![one],
        }
    }

    /// The tests that every row must meet.
    pub fn tests(&self) -> impl Iterator<Item = (FieldRef, &Test)> {
        self.parts().into_iter().filter_map(|part| match part {
            Self::Test(field, test) => Some((*field, test)),
            _ => None,
        })
    }

    /// Every field that is tested, at any depth.
    pub fn fields(&self) -> Vec<FieldRef> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::fields).collect(),
            Self::Not(one) => one.fields(),
            Self::Test(field, _) => vec![*field],
        }
    }

    /// The same without those tests on some fields that every row must meet.
    #[must_use]
    pub fn without(&self, fields: &[FieldRef]) -> Self {
        let stays = |part: &&Self| !matches!(part, Self::Test(field, _) if fields.contains(field));
        Self::All(self.parts().into_iter().filter(stays).cloned().collect())
    }

    /// Changes every test of one field, at any depth.
    ///
    /// # Errors
    /// The first of `change`.
    pub fn change<E>(&mut self, of: FieldRef, change: &impl Fn(&mut Test) -> Result<(), E>) -> Result<(), E> {
        match self {
            Self::All(parts) | Self::Any(parts) => {
                parts.iter_mut().try_for_each(|part| part.change(of, change))
            }
            Self::Not(one) => one.change(of, change),
            Self::Test(field, test) if *field == of => change(test),
            Self::Test(..) => Ok(()),
        }
    }
}
