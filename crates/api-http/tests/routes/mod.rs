//! The routes over a Cartera in memory: status, headers and shape of each answer, and what is refused.

mod accounts;
mod api_keys;
mod attachments;
mod auth;
mod bin;
mod canned;
mod companies;
mod contacts;
mod counters;
mod document;
mod invitations;
mod jobs;
mod opportunities;
mod pipelines;
mod records;
mod refusals;
mod reports;
mod shared;
mod support;
mod tags;
mod users;
