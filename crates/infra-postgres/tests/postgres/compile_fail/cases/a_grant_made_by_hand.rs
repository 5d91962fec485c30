//! Only an actor who was authorized has a grant.

use cartera_application::security::{ActorRef, Grant, Provenance};
use cartera_domain::{identity::Extent, ids::CompanyId};

pub fn grant(company_id: CompanyId) -> Grant {
    let provenance = Provenance::request("made by hand");
    Grant { company_id, actor: ActorRef::System, extent: Extent::All, permission: None, provenance } //~ E0451 of struct `Grant` are private
}
