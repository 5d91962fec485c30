//! Contacts: people, usually at an account.

mod contact;
mod fields;
mod social_links;
#[cfg(test)]
mod tests;

pub use contact::{Contact, ContactRecord};
pub use fields::{ContactFields, ContactInput, ContactName, Position};
pub use social_links::{SocialLinks, SocialLinksInput};
