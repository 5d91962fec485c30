//! A grant stays in its company.

use cartera_application::security::Grant;
use cartera_domain::ids::CompanyId;

pub fn elsewhere(grant: &mut Grant, company: CompanyId) {
    grant.company_id = company; //~ E0616 field `company_id` of struct `Grant` is private
}
