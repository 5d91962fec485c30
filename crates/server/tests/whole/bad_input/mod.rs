//! Bad input of every kind: the right status, a problem in the body, nothing written.

mod addresses;
mod bodies;
mod sockets;
