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

use std::time::Duration;

use tokio::time::sleep;

use crate::support::{Answer, Call, Client};

/// Sends a request, again when the server says that it is too busy: that is no answer to an attack.
async fn patiently(client: &Client, call: Call) -> Answer {
    for _ in 0..5 {
        let answer = client.send(call.clone()).await;
        if answer.status != 503 {
            return answer;
        }
        answer.problem(503, "unavailable");
        sleep(Duration::from_secs(1)).await;
    }
    client.send(call).await
}

/// Prints a figure, which `make attack` shows.
#[expect(clippy::print_stdout, reason = "a figure is for whoever runs the suite")]
fn print(figure: &str) {
    println!("figure: {figure}");
}
