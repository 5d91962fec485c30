//! Mails: their texts, and their delivery to a mail server.

mod certificates;
mod contract;
mod failures;
mod words;
