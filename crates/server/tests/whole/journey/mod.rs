//! Stories of people who use the API.

mod limits;
mod lists;
mod records;
mod secrets;
mod sessions;
mod shut_out;
mod slice;
