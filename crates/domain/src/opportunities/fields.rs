//! The writable fields of an opportunity, except references and stage.

use chrono::NaiveDate;

use crate::{
    events::FieldChange,
    fields,
    input::{Form, Violations},
    record::{self, FieldSet, Reading},
    values::{Currency, Line, Money, Prose, Tags},
};

/// The title of an opportunity.
pub type OpportunityTitle = Line<200>;

fields! {
    /// What users write on an opportunity.
    OpportunityFields, OpportunityInput of Opportunity in "opportunities" named ["title"] {
        /// The title.
        title: Line<200> = [sort, search, fold],
        /// Free text.
        description: Option<Prose<5000>>,
        /// How much it is worth.
        amount: Money = [filter, sort],
        /// When the sale is expected.
        expected_close_date: Option<NaiveDate> = [filter, sort],
        /// Tags, in the order given.
        tags: Tags,
    }
}

impl OpportunityFields {
    /// Parses the input of a new opportunity; an amount without a currency is in the company's.
    ///
    /// # Errors
    /// Every violation found.
    pub fn read(input: OpportunityInput, company_currency: Currency) -> Result<Self, Violations> {
        Self::onto(None, input, Some(company_currency))
    }

    /// These fields with a merge-patch applied. An amount is replaced as a whole and must name its currency, because a
    /// default would silently turn dollars into pesos.
    ///
    /// # Errors
    /// Every violation found; the fields are unchanged.
    pub fn patched(&self, input: OpportunityInput) -> Result<Self, Violations> {
        Self::onto(Some(self), input, None)
    }

    fn onto(
        old: Option<&Self>,
        input: OpportunityInput,
        currency: Option<Currency>,
    ) -> Result<Self, Violations> {
        let mut form = Form::default();
        let with = Reading { country: None, currency };
        let fields = Self::merge(old, input.into(), &with, &mut form);
        form.finish(fields)
    }

    /// The differences between these fields and `new`.
    pub fn changes(&self, new: &Self) -> Vec<FieldChange> {
        record::Fields::changes(self, new)
    }
}
