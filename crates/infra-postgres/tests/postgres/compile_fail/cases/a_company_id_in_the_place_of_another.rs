//! Nor does a company's.

use cartera_application::ports::UnitOfWork;
use cartera_domain::ids::CompanyId;

pub async fn read(tx: &dyn UnitOfWork, company: CompanyId) {
    let _ = tx.opportunities().get(company).await; //~ E0308 mismatched types
}
