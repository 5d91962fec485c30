//! What a user may write on a contact.

use super::{SocialLinks, SocialLinksInput, social_links};
use crate::{
    accounts::{Address, Description, read_tags},
    events::{FieldChange, FieldValue},
    input::{Form, Patch, Violations},
    values::{Country, Email, Line, Phone, Prose, Tags},
};

/// A first or a last name.
pub type ContactName = Line<100>;
/// What a person does at their account.
pub type Position = Line<100>;

/// The wanted fields of a contact, unchecked.
#[derive(Debug, Clone, Default)]
pub struct ContactInput {
    /// The first name.
    pub first_name: Patch<String>,
    /// The last name.
    pub last_name: Patch<String>,
    /// What they do at their account.
    pub position: Patch<String>,
    /// The e-mail.
    pub email: Patch<String>,
    /// The phone, with or without country code.
    pub phone: Patch<String>,
    /// The postal address.
    pub address: Patch<String>,
    /// Where they can be found on other services.
    pub social_links: Patch<SocialLinksInput>,
    /// Free text.
    pub notes: Patch<String>,
    /// Tags.
    pub tags: Patch<Vec<String>>,
}

/// The checked fields of a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactFields {
    /// The first name.
    pub first_name: ContactName,
    /// The last name.
    pub last_name: Option<ContactName>,
    /// What they do at their account.
    pub position: Option<Position>,
    /// The e-mail, unique among the company's live contacts whatever the case.
    pub email: Option<Email>,
    /// The phone in E.164.
    pub phone: Option<Phone>,
    /// The postal address.
    pub address: Option<Address>,
    /// Where they can be found on other services.
    pub social_links: SocialLinks,
    /// Free text.
    pub notes: Option<Description>,
    /// Tags, in the order given.
    pub tags: Tags,
}

impl ContactFields {
    /// Reads the input of a new contact.
    ///
    /// # Errors
    /// Every violation found.
    pub fn read(input: ContactInput, country: &Country) -> Result<Self, Violations> {
        Self::merge(None, input, country)
    }

    /// Reads a merge-patch onto these fields.
    ///
    /// # Errors
    /// Every violation found; the fields stay as they were.
    pub fn patched(&self, input: ContactInput, country: &Country) -> Result<Self, Violations> {
        Self::merge(Some(self), input, country)
    }

    fn merge(old: Option<&Self>, input: ContactInput, country: &Country) -> Result<Self, Violations> {
        let ContactInput {
            first_name,
            last_name,
            position,
            email,
            phone,
            address,
            social_links,
            notes,
            tags,
        } = input;
        let mut form = Form::default();
        let now = old.map(|f| f.first_name.clone());
        let first_name = form.required("firstName", first_name, now, ContactName::parse);
        let now = old.and_then(|f| f.last_name.clone());
        let last_name = form.optional("lastName", last_name, now, ContactName::parse);
        let now = old.and_then(|f| f.position.clone());
        let position = form.optional("position", position, now, Position::parse);
        let email = form.optional("email", email, old.and_then(|f| f.email.clone()), Email::parse);
        let now = old.and_then(|f| f.phone.clone());
        let phone = form.optional("phone", phone, now, |raw: String| Phone::parse(&raw, country));
        let address = form.optional("address", address, old.and_then(|f| f.address.clone()), Address::parse);
        let now = old.map(|f| f.social_links.clone()).unwrap_or_default();
        let social_links = social_links::read(&mut form, social_links, now);
        let notes = form.optional("notes", notes, old.and_then(|f| f.notes.clone()), Description::parse);
        let tags = read_tags(&mut form, tags, old.map(|f| f.tags.clone()));
        let fields = first_name.map(|first_name| Self {
            first_name,
            last_name,
            position,
            email,
            phone,
            address,
            social_links,
            notes,
            tags,
        });
        form.finish(fields)
    }

    /// First and last name, as the contact is called where others refer to it.
    pub fn full_name(&self) -> String {
        match &self.last_name {
            Some(last_name) => format!("{} {}", self.first_name.as_str(), last_name.as_str()),
            None => self.first_name.as_str().to_owned(),
        }
    }

    /// What differs between these fields and `new`.
    pub fn changes(&self, new: &Self) -> Vec<FieldChange> {
        let Self { first_name, last_name, position, email, phone, address, social_links, notes, tags } = self;
        let text = |value: Option<&str>| -> FieldValue { value.map(str::to_owned).into() };
        let line = |value: &Option<Line<100>>| text(value.as_ref().map(Line::as_str));
        let mail = |value: &Option<Email>| text(value.as_ref().map(Email::as_str));
        let number = |value: &Option<Phone>| text(value.as_ref().map(Phone::as_str));
        let place = |value: &Option<Address>| text(value.as_ref().map(Prose::as_str));
        let prose = |value: &Option<Description>| text(value.as_ref().map(Prose::as_str));
        let mut changes = FieldChange::only_changed([
            ("firstName", text(Some(first_name.as_str())), text(Some(new.first_name.as_str()))),
            ("lastName", line(last_name), line(&new.last_name)),
            ("position", line(position), line(&new.position)),
            ("email", mail(email), mail(&new.email)),
            ("phone", number(phone), number(&new.phone)),
            ("address", place(address), place(&new.address)),
            ("notes", prose(notes), prose(&new.notes)),
            ("tags", tags.as_strings().into(), new.tags.as_strings().into()),
        ]);
        changes.extend(social_links.changes(&new.social_links));
        changes
    }
}
