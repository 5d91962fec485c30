//! An actor has the company of their session: nothing sets another.

use cartera_application::security::Actor;
use cartera_domain::ids::CompanyId;

pub fn elsewhere(actor: &mut Actor, company: CompanyId) {
    actor.company_id = company; //~ E0615 attempted to take value of method `company_id` on type `&mut Actor`
}
