//! The rules of Cartera: entities, value objects, permissions, stage transitions and events.
//!
//! Everything here is pure: no async, no I/O, no clock, no randomness and no serialization. Time, ids and raw text are
//! arguments; decisions, violations and events are results. So a table of cases is enough to test a rule.
//!
//! There is one module per concept of the product (`accounts`, `opportunities`, …). [`values`] has the value objects
//! they share, [`input`] parses raw fields and reports *every* violation at once, and [`events`] are what an entity
//! records when it changes.

pub mod accounts;
pub mod attachments;
pub mod comments;
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
