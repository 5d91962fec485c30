//! The rules of opportunities.

mod bin;
mod counters;
mod fields;
mod moves;
mod transfers;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{
    Links, MoneyInput, NewOpportunity, Opportunity, OpportunityFields, OpportunityInput, StageChange,
};
use crate::{
    Deletion,
    ids::{AccountId, ContactId, Id, UserId},
    input::Patch,
    pipelines::{Pipeline, default_pipeline},
    values::{Currency, Locale},
};

const ACCOUNT: AccountId = Id::new(Uuid::from_u128(1));
const CONTACT: ContactId = Id::new(Uuid::from_u128(2));
const ANA: UserId = Id::new(Uuid::from_u128(3));

/// A time, in seconds from the start of a test.
fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

/// A new deletion at a time.
fn deletion(seconds: i64) -> Deletion {
    Deletion { id: Id::new(Uuid::from_u128(99)), at: at(seconds) }
}

fn currency(code: &str) -> Currency {
    Currency::parse(code).expect("a currency")
}

/// Preparation, Presentation, Negotiation, Won, Lost. Ids of two pipelines differ by `salt`.
fn pipeline(salt: u128) -> Pipeline {
    let mut next = salt * 1000;
    let mut id = || {
        next += 1;
        Uuid::from_u128(next)
    };
    default_pipeline(Id::new(id()), Locale::En, || Id::new(id()), at(0))
}

fn input(amount: &str) -> OpportunityInput {
    OpportunityInput {
        title: Patch::Value("A sale".to_owned()),
        amount: Patch::Value(MoneyInput { amount: Some(amount.to_owned()), currency: None }),
        ..OpportunityInput::default()
    }
}

fn fields(amount: &str) -> OpportunityFields {
    OpportunityFields::read(input(amount), currency("UYU")).expect("the fields are in order")
}

fn links() -> Links {
    Links { account_id: Some(ACCOUNT), contact_id: None, owner_id: Some(ANA) }
}

/// An opportunity in the stage at this index, from 0.
fn sale_in(pipeline: &Pipeline, stage: usize) -> (Opportunity, StageChange) {
    let new = NewOpportunity {
        id: Id::new(Uuid::from_u128(9)),
        stage_change_id: Id::new(Uuid::from_u128(10)),
        fields: fields("100.00"),
        links: links(),
        stage: &pipeline.record().stages[stage],
        created_by: Some(ANA),
    };
    Opportunity::create(new, at(0))
}
