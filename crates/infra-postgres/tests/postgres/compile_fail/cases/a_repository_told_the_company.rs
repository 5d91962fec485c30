//! No method of a repository takes a company: it has that of its unit of work.

use cartera_application::ports::UnitOfWork;
use cartera_domain::ids::{AccountId, CompanyId};

pub async fn read(tx: &dyn UnitOfWork, company: CompanyId, id: AccountId) {
    let _ = tx.accounts().get(company, id).await; //~ E0061 this method takes 1 argument but 2 arguments were supplied
}
