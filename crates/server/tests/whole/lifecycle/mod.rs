//! Starting, stopping, being killed and coming back; and the other commands.

mod commands;
mod killed;
mod refused;
mod stopping;
mod unheard;
