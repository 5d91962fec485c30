//! Only an actor who was authorized has a grant.

use cartera_application::security::{ActorRef, Grant, RequestId};
use cartera_domain::{identity::Extent, ids::CompanyId};

pub fn grant(company_id: CompanyId) -> Grant {
    let request_id = RequestId::new("made by hand");
    Grant { company_id, actor: ActorRef::System, extent: Extent::All, permission: None, request_id } //~ E0451 of struct `Grant` are private
}
