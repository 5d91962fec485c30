//! The pages for links in mails, in a real browser: `make test-browser`.

mod chromium;
mod journey;
mod pages;
