//! Settings: their table, what each may look like, and how bad and missing ones are told.

mod mail;
mod secrecy_and_errors;
mod storage;
mod table;
mod values;
