//! Background jobs by the real program: what is queued is done, whoever dies.

mod dead;
mod mails;
mod workers;
