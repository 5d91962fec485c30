//! The company of the unit of work, and the platform's list of all.

mod entity;
mod queries;

use async_trait::async_trait;
use cartera_application::{Code, Error, Result, ports::Companies};
use cartera_domain::{
    companies::{Company, CompanyRecord, CompanySettings},
    ids::Id,
    values::{Country, Line, Locale, Prose, Slug, Timezone, WebUrl, fold_key},
};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect, Set,
    sea_query::{LockType, OnConflict},
};

use crate::{error::explain, opportunities::stored_currency, unit_of_work::PgUnitOfWork};

#[async_trait]
impl Companies for PgUnitOfWork {
    async fn current(&self) -> Result<Company> {
        let row = self
            .read_first::<entity::Model>(entity::Entity::find_by_id(self.company()))
            .await
            .map_err(explain("reading the company"))?;
        stored(row.ok_or_else(Error::not_found)?)
    }

    async fn insert(&self, company: &mut Company) -> Result<bool> {
        let row = row(company.record());
        let inserted = self
            .run(
                entity::Entity::insert(row)
                    .on_conflict(OnConflict::column(entity::Column::Slug).do_nothing().to_owned()),
            )
            .await
            .map_err(explain("storing a company"))?;
        let stored = inserted > 0;
        if stored {
            self.record(company.take_events());
        }
        Ok(stored)
    }

    async fn current_locked(&self) -> Result<Company> {
        // FOR NO KEY UPDATE is enough, and lets others write rows of the company meanwhile: these share its key.
        let row = self
            .read_first::<entity::Model>(
                entity::Entity::find_by_id(self.company()).lock(LockType::NoKeyUpdate),
            )
            .await
            .map_err(explain("locking the company"))?;
        stored(row.ok_or_else(Error::not_found)?)
    }

    async fn update(&self, company: &mut Company) -> Result<()> {
        let done = self
            .run(
                entity::Entity::update_many()
                    .set(row(company.record()))
                    .filter(entity::Column::Id.eq(self.company()))
                    .filter(entity::Column::Id.eq(company.record().id.uuid()))
                    .filter(entity::Column::Version.eq(company.record().version - 1)),
            )
            .await
            .map_err(explain("storing a company"))?;
        if done == 0 {
            return Err(Error::refused(Code::EditConflict));
        }
        self.record(company.take_events());
        Ok(())
    }
}

fn row(record: &CompanyRecord) -> entity::ActiveModel {
    let CompanyRecord {
        id,
        name,
        slug,
        address,
        website,
        logo_url,
        country,
        locale,
        timezone,
        currency,
        settings,
        suspended_at,
        version,
        created_at,
        updated_at,
    } = record;
    let CompanySettings { force_password_reset_after_invitation, trash_days, data_retention_days } = settings;
    entity::ActiveModel {
        id: Set(id.uuid()),
        name: Set(name.as_str().to_owned()),
        name_fold: Set(fold_key(name.as_str())),
        slug: Set(slug.as_str().to_owned()),
        address: Set(address.as_ref().map(|text| text.as_str().to_owned())),
        website: Set(website.as_ref().map(|url| url.as_str().to_owned())),
        logo_url: Set(logo_url.as_ref().map(|url| url.as_str().to_owned())),
        country: Set(country.as_str().to_owned()),
        locale: Set(locale.as_str().to_owned()),
        timezone: Set(timezone.name().to_owned()),
        currency: Set(currency.code().to_owned()),
        force_password_reset_after_invitation: Set(*force_password_reset_after_invitation),
        trash_days: Set(*trash_days),
        data_retention_days: Set(*data_retention_days),
        suspended_at: Set(*suspended_at),
        version: Set(*version),
        created_at: Set(*created_at),
        updated_at: Set(*updated_at),
    }
}

fn stored(row: entity::Model) -> Result<Company> {
    let entity::Model {
        id,
        name,
        name_fold: _,
        slug,
        address,
        website,
        logo_url,
        country,
        locale,
        timezone,
        currency,
        force_password_reset_after_invitation,
        trash_days,
        data_retention_days,
        suspended_at,
        version,
        created_at,
        updated_at,
    } = row;
    let unreadable = |rule| Error::internal("reading a company's region", rule);
    Ok(Company::stored(CompanyRecord {
        id: Id::new(id),
        name: Line::trusted(name),
        slug: Slug::trusted(slug),
        address: address.map(Prose::trusted),
        website: website.map(WebUrl::trusted),
        logo_url: logo_url.map(WebUrl::trusted),
        country: Country::parse(&country).map_err(unreadable)?,
        locale: Locale::parse(&locale).map_err(unreadable)?,
        timezone: Timezone::parse(&timezone).map_err(unreadable)?,
        currency: stored_currency(&currency)?,
        settings: CompanySettings { force_password_reset_after_invitation, trash_days, data_retention_days },
        suspended_at,
        version,
        created_at,
        updated_at,
    }))
}
