//! Builds SQL statements from static text and bound values: caller input is only ever a bound value.

use sea_orm::{DbBackend, Statement, Value};

/// A statement under construction.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sql {
    text: String,
    values: Vec<Value>,
}

impl Sql {
    /// Starts with static text.
    #[cfg_attr(feature = "mutation", track_caller)]
    pub(crate) fn new(text: &'static str) -> Self {
        #[cfg(feature = "mutation")]
        crate::witness::is_said_here();
        Self { text: text.to_owned(), values: Vec::new() }
    }

    /// Adds static text.
    #[cfg_attr(feature = "mutation", track_caller)]
    pub(crate) fn push(&mut self, text: &'static str) -> &mut Self {
        #[cfg(feature = "mutation")]
        crate::witness::is_said_here();
        self.text.push_str(text);
        self
    }

    /// Binds a value whose placeholder is already in the text.
    pub(crate) fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.values.push(value.into());
        self
    }

    /// Adds a placeholder for a value and binds it.
    pub(crate) fn value(&mut self, value: impl Into<Value>) -> &mut Self {
        self.values.push(value.into());
        self.text.push('$');
        self.text.push_str(&self.values.len().to_string());
        self
    }

    /// Adds a number as text: for a limit that must be known when the plan is chosen, before values are bound.
    pub(crate) fn number(&mut self, number: u32) -> &mut Self {
        self.text.push_str(&number.to_string());
        self
    }

    /// Adds `$n, $n, …` for values.
    pub(crate) fn values(&mut self, values: impl IntoIterator<Item = Value>) -> &mut Self {
        for (index, value) in values.into_iter().enumerate() {
            if index > 0 {
                self.push(", ");
            }
            self.value(value);
        }
        self
    }

    /// Adds `($n, …), ($n, …), …` for rows of values.
    pub(crate) fn rows(&mut self, rows: impl IntoIterator<Item = Vec<Value>>) -> &mut Self {
        for (index, row) in rows.into_iter().enumerate() {
            self.push(if index > 0 { ", (" } else { "(" });
            self.values(row);
            self.push(")");
        }
        self
    }

    /// The finished statement.
    pub(crate) fn build(self) -> Statement {
        Statement::from_sql_and_values(DbBackend::Postgres, self.text, self.values)
    }
}
