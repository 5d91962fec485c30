//! The attack suite: attacks over real HTTP, and their required outcome.
//!
//! `make attack` runs it with everything else that `docs/security.md` lists under "Attacks". `make test` ignores the
//! slow tests (floods, hundreds of sockets, every payload in every place). Cases are generated from the API document,
//! so that a new operation is attacked automatically.

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

/// A separate server for attacks that keep it busy, so that other tests need not wait while it reads megabytes. Its
/// clients retry when it is too busy, because that is not an answer to an attack.
async fn target() -> &'static Server {
    static TARGET: OnceCell<Server> = OnceCell::const_new();
    TARGET.get_or_init(async || Server::start(&[("RATE_LIMITS", "off")]).await.with_patient_callers(5)).await
}

/// Prints a figure, which `make attack` shows.
#[expect(clippy::print_stdout, reason = "a figure is for whoever runs the suite")]
pub(crate) fn print(figure: &str) {
    println!("figure: {figure}");
}
