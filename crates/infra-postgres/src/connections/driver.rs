//! What reads and writes the socket of a connection.
//!
//! Whoever waits for an answer drives the connection meanwhile. A task of its own would take two turns of the scheduler for
//! each exchange, and on a machine of few processors turns cost more than statements.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::{Context, Poll, Waker},
};

use tokio_postgres::{
    AsyncMessage, Error,
    error::{DbError, Severity},
};

/// Reads and writes, and tells what comes besides answers.
type Messages = Box<dyn FnMut(&mut Context<'_>) -> Poll<Option<Result<AsyncMessage, Error>>> + Send>;

/// Reads and writes the socket when it is asked to; nothing moves in between.
pub(super) struct Driver {
    /// None when the connection has ended.
    messages: Option<Messages>,
}

impl Driver {
    /// Drives a connection by what polls its messages.
    pub(super) fn new(
        messages: impl FnMut(&mut Context<'_>) -> Poll<Option<Result<AsyncMessage, Error>>> + Send + 'static,
    ) -> Self {
        Self { messages: Some(Box::new(messages)) }
    }

    /// Waits for an answer of the client, and reads and writes meanwhile. What it sends is written when it is polled for
    /// the first time.
    pub(super) async fn until<T>(&mut self, answered: impl Future<Output = T>) -> T {
        let mut answered = pin!(answered);
        poll_fn(|context| {
            if let Poll::Ready(answer) = answered.as_mut().poll(context) {
                return Poll::Ready(answer);
            }
            self.drive(context);
            answered.as_mut().poll(context)
        })
        .await
    }

    /// Whether the connection has ended, as far as the socket tells by now.
    pub(super) fn has_ended(&mut self) -> bool {
        self.drive(&mut Context::from_waker(Waker::noop()));
        self.messages.is_none()
    }

    /// Says goodbye, once the client is dropped.
    pub(super) async fn end(mut self) {
        poll_fn(|context| {
            self.drive(context);
            if self.messages.is_none() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// Reads and writes as much as is possible without waiting.
    fn drive(&mut self, context: &mut Context<'_>) {
        while let Some(messages) = &mut self.messages {
            match messages(context) {
                Poll::Pending => return,
                Poll::Ready(Some(Ok(AsyncMessage::Notice(notice)))) => tell(&notice),
                Poll::Ready(Some(Ok(_))) => {}
                // Whoever still waits for an answer is told by its end.
                Poll::Ready(None) => self.messages = None,
                Poll::Ready(Some(Err(error))) => {
                    tracing::debug!(%error, "a connection to the database ended");
                    self.messages = None;
                }
            }
        }
    }
}

/// Logs what PostgreSQL says besides its answers.
fn tell(notice: &DbError) {
    let message = notice.message();
    if notice.parsed_severity() == Some(Severity::Warning) {
        tracing::warn!(target: "postgres::notice", "{message}");
    } else {
        tracing::debug!(target: "postgres::notice", "{message}");
    }
}
