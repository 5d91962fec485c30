//! Settings: their table, their allowed values, and the errors for invalid and missing ones.

mod mail;
mod secrecy_and_errors;
mod storage;
mod table;
mod values;
