//! Who is calling can't be put together past its constructors, which take what the database said.

use cartera_application::security::{Actor, Provenance};

pub fn somebody(actor: Actor) -> Actor {
    Actor { provenance: Provenance::request("forged"), ..actor } //~ E0451 of struct `Actor` are private
}
