//! The pages for links in mails, and a front end that uploads, in a real browser: `make test-browser`.

mod chromium;
mod journey;
mod pages;
mod upload;
