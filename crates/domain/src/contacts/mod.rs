//! Contacts: people, usually at an account.

#[cfg(test)]
mod tests;

use crate::{
    fields,
    ids::{AccountId, UserId},
    record::{Entity, Record},
    values::{
        Address, Email, FacebookLink, InstagramLink, Line, LinkedinLink, Phone, Prose, Tags, TelegramLink,
        WhatsappLink, XLink,
    },
};

fields! {
    /// Where a person can be found on other services.
    SocialLinks, SocialLinksInput below "socialLinks" {
        /// On LinkedIn.
        linkedin: Option<LinkedinLink>,
        /// On Instagram.
        instagram: Option<InstagramLink>,
        /// On Telegram.
        telegram: Option<TelegramLink>,
        /// On WhatsApp.
        whatsapp: Option<WhatsappLink>,
        /// On X.
        x: Option<XLink>,
        /// On Facebook.
        facebook: Option<FacebookLink>,
    }
}

fields! {
    /// What users write on a contact.
    ContactFields, ContactInput of Contact in "contacts" named ["firstName", "lastName"] {
        /// The first name.
        first_name: Line<100> = [search],
        /// The last name.
        last_name: Option<Line<100>> = [search, fold],
        /// What they do at their account.
        position: Option<Line<100>>,
        /// The e-mail, unique among the company's live contacts whatever the case.
        email: Option<Email> = [unique, fold, filter, sort, search],
        /// The phone.
        phone: Option<Phone>,
        /// The postal address.
        address: Option<Address>,
        /// Where they can be found on other services.
        social_links: SocialLinks,
        /// Free text.
        notes: Option<Prose<5000>>,
        /// At which account.
        account_id: Option<AccountId> = [filter],
        /// Whose contact it is.
        owner_id: Option<UserId> = [owner, filter],
        /// Tags, in the order given.
        tags: Tags,
    }
}

/// A person, usually at an account.
pub type Contact = Entity<ContactFields>;
/// The stored state of a contact.
pub type ContactRecord = Record<ContactFields>;
