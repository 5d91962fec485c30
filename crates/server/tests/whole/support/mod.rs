//! Fixtures of the end-to-end tests: servers, clients and companies.

mod answer;
mod client;
mod company;
mod counting;
mod embedded;
mod mailbox;
mod people;
mod proxy;
mod server;
mod storage;
mod unheard;
mod worker;

pub(crate) use answer::Answer;
pub(crate) use client::{Call, Client};
pub(crate) use company::{Company, unique};
pub(crate) use counting::{Snapshot, assert_sound};
pub(crate) use embedded::{Embedded, Folder, is_alive, kill, run, run_with, wait_until};
pub(crate) use mailbox::{ReceivedMail, mails_in, mails_to, smtp_url, wait_for_mail};
pub(crate) use people::{PASSWORD, Person};
pub(crate) use proxy::{KeptAlive, Proxy, Seen, gather};
pub(crate) use server::{JWT_SECRET, Record, Server, environment, program};
pub(crate) use storage::{
    announcement, attach, confirm, fetch, shared_storage, start_files, storage_settings, upload,
};
pub(crate) use unheard::{Unheard, into_file, into_pipe, program_within};
pub(crate) use worker::{BRISK, Queue, Worker, metric};
