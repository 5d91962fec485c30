//! Background jobs in the real program: every queued job is completed, even if a process dies.

mod dead;
mod mails;
mod workers;
