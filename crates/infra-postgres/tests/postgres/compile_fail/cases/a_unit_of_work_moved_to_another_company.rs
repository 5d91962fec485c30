//! A unit of work stays in the company that it was opened in.

use cartera_application::security::Grant;
use cartera_infra_postgres::PgUnitOfWork;

pub fn elsewhere(tx: &mut PgUnitOfWork, grant: Grant) {
    tx.grant = grant; //~ E0616 field `grant` of struct `PgUnitOfWork` is private
}
