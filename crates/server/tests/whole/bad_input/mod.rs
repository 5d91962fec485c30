//! Invalid input of every kind gets the right status and a problem, and nothing is written.

mod addresses;
mod bodies;
mod sockets;
