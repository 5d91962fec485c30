//! Requests whose work grows with the company, and may take longer than the usual timeout.

use std::{future::pending, panic::resume_unwind};

use cartera_application::bulk::PATIENCE;

use super::trace;

/// Runs work that grows with the company to completion, even if the client disconnects. Otherwise a proxy with a
/// timeout of a minute would cancel it, and roll it back, each time. If the process ends, it is rolled back like any
/// other uncommitted work.
///
/// The answer may take [`PATIENCE`] instead of `REQUEST_TIMEOUT`.
pub async fn to_the_end<F>(work: F) -> F::Output
where
    F: Future<Output: 'static> + 'static,
{
    if let Some(trace) = trace::current() {
        trace.patience.set(Some(PATIENCE));
    }
    match actix_web::rt::spawn(work).await {
        Ok(output) => output,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // The runtime is shutting down, and drops this future too.
            Err(_cancelled) => pending().await,
        },
    }
}
