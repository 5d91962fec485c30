//! What a user may write on an opportunity, references and stage aside.

use chrono::NaiveDate;

use crate::{
    accounts::{Description, read_tags},
    events::FieldChange,
    input::{Form, Patch, Rule, Violations},
    values::{Currency, Line, Money, Prose, Tags, parse_date},
};

/// The title of an opportunity.
pub type OpportunityTitle = Line<200>;

/// Raw money: the amount as text, the currency by its code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MoneyInput {
    /// Decimal text: `1250.00`.
    pub amount: Option<String>,
    /// ISO 4217 code; none means the company's currency.
    pub currency: Option<String>,
}

/// The wanted fields of an opportunity, unchecked.
#[derive(Debug, Clone, Default)]
pub struct OpportunityInput {
    /// The title.
    pub title: Patch<String>,
    /// Free text.
    pub description: Patch<String>,
    /// How much it is worth.
    pub amount: Patch<MoneyInput>,
    /// When the sale is expected, `YYYY-MM-DD`.
    pub expected_close_date: Patch<String>,
    /// Tags.
    pub tags: Patch<Vec<String>>,
}

/// The checked fields of an opportunity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpportunityFields {
    /// The title.
    pub title: OpportunityTitle,
    /// Free text.
    pub description: Option<Description>,
    /// How much it is worth.
    pub amount: Money,
    /// When the sale is expected.
    pub expected_close_date: Option<NaiveDate>,
    /// Tags, in the order given.
    pub tags: Tags,
}

impl OpportunityFields {
    /// Reads the input of a new opportunity; an amount without a currency is in the company's.
    ///
    /// # Errors
    /// Every violation found.
    pub fn read(input: OpportunityInput, company_currency: Currency) -> Result<Self, Violations> {
        Self::merge(None, input, Some(company_currency))
    }

    /// Reads a merge-patch onto these fields. Money is replaced whole, so it names its currency: leaving it
    /// out must not quietly turn dollars into pesos.
    ///
    /// # Errors
    /// Every violation found; the fields stay as they were.
    pub fn patched(&self, input: OpportunityInput) -> Result<Self, Violations> {
        Self::merge(Some(self), input, None)
    }

    fn merge(
        old: Option<&Self>,
        input: OpportunityInput,
        currency: Option<Currency>,
    ) -> Result<Self, Violations> {
        let OpportunityInput { title, description, amount, expected_close_date, tags } = input;
        let mut form = Form::default();
        let title = form.required("title", title, old.map(|f| f.title.clone()), OpportunityTitle::parse);
        let description = form.optional(
            "description",
            description,
            old.and_then(|f| f.description.clone()),
            Description::parse,
        );
        let amount = read_amount(&mut form, amount, old.map(|f| f.amount), currency);
        let expected_close_date = form.optional(
            "expectedCloseDate",
            expected_close_date,
            old.and_then(|f| f.expected_close_date),
            |raw: String| parse_date(&raw),
        );
        let tags = read_tags(&mut form, tags, old.map(|f| f.tags.clone()));
        let fields = title.zip(amount).map(|(title, amount)| Self {
            title,
            description,
            amount,
            expected_close_date,
            tags,
        });
        form.finish(fields)
    }

    /// What differs between these fields and `new`.
    pub fn changes(&self, new: &Self) -> Vec<FieldChange> {
        let Self { title, description, amount, expected_close_date, tags } = self;
        let prose = |value: &Option<Description>| value.as_ref().map(|v: &Prose<5000>| v.as_str().to_owned());
        FieldChange::only_changed([
            ("title", title.as_str().into(), new.title.as_str().into()),
            ("description", prose(description).into(), prose(&new.description).into()),
            ("amount", (*amount).into(), new.amount.into()),
            ("expectedCloseDate", (*expected_close_date).into(), new.expected_close_date.into()),
            ("tags", tags.as_strings().into(), new.tags.as_strings().into()),
        ])
    }
}

fn read_amount(
    form: &mut Form,
    raw: Patch<MoneyInput>,
    current: Option<Money>,
    default_currency: Option<Currency>,
) -> Option<Money> {
    let raw = form.required("amount", raw, current.map(Err), |raw| Ok::<_, Rule>(Ok(raw)))?;
    let MoneyInput { amount, currency } = match raw {
        Ok(raw) => raw,
        Err(current) => return Some(current),
    };
    let currency = match currency {
        None if default_currency.is_some() => default_currency,
        None => {
            form.reject("amount.currency", Rule::Required);
            None
        }
        Some(code) => form.check("amount.currency", Currency::parse(&code)),
    };
    let Some(amount) = amount else {
        form.reject("amount.amount", Rule::Required);
        return None;
    };
    form.check("amount.amount", Money::parse(&amount, currency?))
}
