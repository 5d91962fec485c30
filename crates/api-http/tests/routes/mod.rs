//! The routes over an in-memory store: status, headers and format of each answer, and the refusals.

mod accounts;
mod api_keys;
mod attachments;
mod auth;
mod bin;
mod canned;
mod comments;
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
