//! The company itself.

use chrono::{DateTime, Utc};

use crate::{
    companies::{CompanyInput, CompanyRecord, CompanySettings, NewCompany, Region, fields},
    events::{EntityRef, Event, EventKind},
    ids::CompanyId,
    input::Violations,
    values::Slug,
};

/// A tenant.
#[derive(Debug, Clone)]
pub struct Company {
    record: CompanyRecord,
    events: Vec<Event>,
}

impl Company {
    /// Makes a company at version 1 from checked input.
    pub fn found(id: CompanyId, new: NewCompany, slug: Slug, now: DateTime<Utc>) -> Self {
        let NewCompany { name, address, website, logo_url, region } = new;
        let Region { country, locale, timezone, currency } = region;
        Self::create(CompanyRecord {
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
            settings: CompanySettings::default(),
            suspended_at: None,
            version: 1,
            created_at: now,
            updated_at: now,
        })
    }

    /// A new company.
    pub fn create(record: CompanyRecord) -> Self {
        let event = Event::new(EventKind::CompanyCreated, EntityRef::company(record.id), record.created_at)
            .making(record.version)
            .noting("name", record.name.as_str())
            .noting("slug", record.slug.as_str());
        Self { record, events: vec![event] }
    }

    /// Wraps a stored company.
    pub fn stored(record: CompanyRecord) -> Self {
        Self { record, events: Vec::new() }
    }

    /// The stored state.
    pub fn record(&self) -> &CompanyRecord {
        &self.record
    }

    /// Applies a merge-patch; returns whether anything changed. The slug stays the same, because URLs contain it.
    ///
    /// # Errors
    /// Every violation found; the company is unchanged.
    pub fn edit(&mut self, input: CompanyInput, now: DateTime<Utc>) -> Result<bool, Violations> {
        let edited = fields::patched(&self.record, input)?;
        let changes = fields::changes(&self.record, &edited);
        if changes.is_empty() {
            return Ok(false);
        }
        self.record = edited;
        self.touch(now);
        let mut event = self.event(EventKind::CompanyUpdated, now);
        event.changes = changes;
        self.events.push(event);
        Ok(true)
    }

    /// Denies access to every user of the company; does nothing if it is suspended already. Returns whether anything
    /// changed.
    pub fn suspend(&mut self, now: DateTime<Utc>) -> bool {
        if self.record.suspended_at.is_some() {
            return false;
        }
        self.record.suspended_at = Some(now);
        self.touch(now);
        self.events.push(self.event(EventKind::CompanySuspended, now));
        true
    }

    /// Allows access again; sessions that have not ended remain valid. Returns whether anything changed.
    pub fn reactivate(&mut self, now: DateTime<Utc>) -> bool {
        if self.record.suspended_at.is_none() {
            return false;
        }
        self.record.suspended_at = None;
        self.touch(now);
        self.events.push(self.event(EventKind::CompanyReactivated, now));
        true
    }

    fn event(&self, kind: EventKind, now: DateTime<Utc>) -> Event {
        Event::new(kind, EntityRef::company(self.record.id), now).making(self.record.version)
    }

    fn touch(&mut self, now: DateTime<Utc>) {
        self.record.updated_at = now;
        self.record.version += 1;
    }

    /// Takes the events recorded since the last call.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }
}
