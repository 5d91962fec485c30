//! Nor can it be opened on any pool.

use cartera_infra_postgres::PgUnitOfWork;

pub fn open() {
    let _ = PgUnitOfWork::begin; //~ E0624 associated function `begin` is private
}
