//! The company of the unit of work.

use async_trait::async_trait;
use cartera_domain::companies::Company;

use super::MemoryUnitOfWork;
use crate::{
    error::{Code, Error, Result},
    ports::Companies,
};

#[async_trait]
impl Companies for MemoryUnitOfWork {
    async fn current(&self) -> Result<Company> {
        let record = self.row(|tables| &tables.companies, &self.company());
        record.map(Company::stored).ok_or_else(Error::not_found)
    }

    async fn insert(&self, company: &mut Company) -> Result<bool> {
        let record = company.record().clone();
        if record.id != self.company() {
            return Err(Error::Internal { what: "storing a company from within another one", cause: None });
        }
        // Slugs are unique across companies, so this lock is global.
        self.held.exclusive(&format!("slug/{}", record.slug.as_str())).await?;
        let taken = self.rows(|tables| &tables.companies, |_, other| other.slug == record.slug);
        if !taken.is_empty() {
            return Ok(false);
        }
        if self.row(|tables| &tables.companies, &record.id).is_some() {
            return Err(Error::refused(Code::IdempotencyKeyReused));
        }
        self.written().companies.insert(record.id, record);
        self.record(company.take_events());
        Ok(true)
    }

    async fn current_locked(&self) -> Result<Company> {
        self.lock("company", self.company()).await?;
        self.current().await
    }

    async fn update(&self, company: &mut Company) -> Result<()> {
        let record = company.record().clone();
        self.lock("company", self.company()).await?;
        match self.row(|tables| &tables.companies, &self.company()) {
            Some(stored) if record.id == stored.id && stored.version == record.version - 1 => {}
            Some(_) | None => return Err(Error::refused(Code::EditConflict)),
        }
        self.written().companies.insert(record.id, record);
        self.record(company.take_events());
        Ok(())
    }
}
