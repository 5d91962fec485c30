//! Starting, stopping, being killed and coming back; and the other commands.

mod commands;
mod database;
mod killed;
mod refused;
mod rolling;
mod stopping;
mod unheard;
