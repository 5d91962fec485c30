//! The body of an answer to `HEAD`: as long as that of `GET`, but nothing is sent of it.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use actix_web::{
    body::{BodySize, MessageBody},
    web::Bytes,
};

/// Tells how long a body would have been.
pub(super) struct Bodiless(BodySize);

impl Bodiless {
    /// Stands in for this body.
    pub(super) fn of(body: &impl MessageBody) -> Self {
        Self(body.size())
    }
}

impl MessageBody for Bodiless {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        self.0
    }

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        Poll::Ready(None)
    }
}
