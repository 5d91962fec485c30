//! Mails: what they say, and what becomes of them at a mail server.

mod certificates;
mod contract;
mod failures;
mod words;
