//! Requests whose work grows with the company, and may take longer than a request may.

use std::{future::pending, panic::resume_unwind};

use cartera_application::bulk::PATIENCE;

use super::trace;

/// Does work that grows with the company: to its end, whether or not somebody still waits for the answer. A proxy that
/// hangs up after a minute would otherwise undo it each time. A process that ends undoes it, as anything else that was
/// not committed.
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
            // The runtime ends, and this with it.
            Err(_cancelled) => pending().await,
        },
    }
}
