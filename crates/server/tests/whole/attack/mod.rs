//! The attack suite: what somebody tries who means harm, over real HTTP, and what must come of it.
//!
//! `make attack` runs it with everything else that `docs/security.md` lists under "Attacks"; what takes long (floods,
//! hundreds of sockets, every payload in every place) is ignored by `make test` and runs there only. Cases are made from
//! the API document, so that a new operation is attacked without a word here.

mod bodies;
mod enumeration;
mod floods;
mod forger;
mod leaks;
mod origins;
mod payloads;
mod queries;
mod races;
mod smuggling;
mod surface;
mod texts;
mod tokens;
mod victim;

use tokio::sync::OnceCell;

use crate::support::Server;

/// The server of attacks that keep it busy: while it reads a megabyte nobody else's test waits for its turn. That it is
/// too busy for a while is no answer to an attack.
async fn target() -> &'static Server {
    static TARGET: OnceCell<Server> = OnceCell::const_new();
    TARGET.get_or_init(async || Server::start(&[("RATE_LIMITS", "off")]).await.with_patient_callers(5)).await
}

/// Prints a figure, which `make attack` shows.
#[expect(clippy::print_stdout, reason = "a figure is for whoever runs the suite")]
pub(crate) fn print(figure: &str) {
    println!("figure: {figure}");
}
