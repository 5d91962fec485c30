//! The use cases over the in-memory store: success, refusals, stale versions, other companies' records, and events.

mod accounts;
mod api_keys;
mod attachments;
mod authenticator;
mod bin;
mod cascade;
mod companies;
mod contacts;
mod environment;
mod idempotency;
mod invitations;
mod jobs;
mod lockout;
mod login;
mod moves;
mod opportunities;
mod ownership;
mod password_resets;
mod passwords;
mod permissions;
mod pipelines;
mod purge;
mod random;
mod registration;
mod sessions;
mod stages;
mod users;

use std::{fmt::Debug, thread::JoinHandle};

use cartera_application::{Code, Error, Lack, Result};

/// Runs something on its own thread, truly concurrently.
fn beside<T: Send + 'static, F: Future<Output = T>>(
    work: impl FnOnce() -> F + Send + 'static,
) -> JoinHandle<T> {
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        runtime.expect("a runtime").block_on(work())
    })
}

/// The code with which something was refused.
#[track_caller]
fn refusal<T: Debug>(result: Result<T>) -> Code {
    result.expect_err("it must be refused").code()
}

/// What somebody lacks who may not do something.
#[track_caller]
fn lack<T: Debug>(result: Result<T>) -> Option<Lack> {
    match result.expect_err("it must be refused") {
        Error::Refused(refusal) if refusal.code == Code::Forbidden => refusal.lack,
        other => panic!("it must be forbidden, but {other:?}"),
    }
}

/// The fields that a refusal names, each with the rule's code.
#[track_caller]
fn violations<T: Debug>(result: Result<T>) -> Vec<(String, &'static str)> {
    match result.expect_err("it must be refused") {
        Error::Refused(refusal) => {
            let violations = refusal.violations.0.into_iter();
            violations.map(|violation| (violation.field, violation.rule.code())).collect()
        }
        other => panic!("it must be refused, but {other:?}"),
    }
}

/// The only field with an invalid reference.
#[track_caller]
fn bad_reference<T: Debug>(result: Result<T>) -> String {
    let error = result.expect_err("it must be refused");
    assert_eq!(error.code(), Code::InvalidReference, "{error:?}");
    let violations = violations::<()>(Err(error));
    assert_eq!(violations.len(), 1);
    violations.into_iter().map(|(field, _)| field).collect()
}
