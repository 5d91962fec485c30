//! Starting, stopping, crashing and restarting; and the other commands.

mod commands;
mod database;
mod killed;
mod refused;
mod rolling;
mod stopping;
mod unheard;
