//! The rules of Cartera: entities, value objects, permissions, stage transitions and events.
//!
//! Everything here is pure: no async, no I/O, no clock, no randomness and no wire form. Time, ids and
//! raw text come in as arguments; decisions, violations and events come out. So a rule is tested with a
//! table of cases and nothing else.
//!
//! How to read it: one folder per word of the product (`accounts`, `opportunities`, …); [`values`] holds
//! the value objects they share, [`input`] the way raw fields become valid ones with *every* violation
//! listed at once, and [`events`] what an entity records when it changes.

pub mod accounts;
pub mod attachments;
pub mod companies;
pub mod contacts;
mod deletion;
pub mod events;
pub mod identity;
pub mod ids;
pub mod input;
pub mod invitations;
pub mod opportunities;
pub mod pipelines;
pub mod record;
mod resources;
pub mod tags;
pub mod values;

pub use deletion::Deletion;
