//! What somebody gave for one resource, read as another's fields.

use cartera_domain::{
    accounts::AccountFields,
    contacts::ContactFields,
    record::{Draft, Fields, Reading},
};

pub fn read(draft: Draft<ContactFields>, with: Reading) {
    let _ = AccountFields::read(draft, with); //~ E0277 the trait bound
}
