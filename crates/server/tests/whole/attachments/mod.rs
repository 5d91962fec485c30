//! Attachments over real HTTP, with real uploads.

mod journey;
mod outage;
mod strangers;
