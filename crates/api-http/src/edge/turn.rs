//! Whose turn it is to refuse a request.
//!
//! The framework works out all arguments of a handler at once, and answers what the first of them refuses. Who calls is
//! known only when the database has said so; meanwhile something else in the request may be found to be wrong. It waits
//! for its turn: so strangers learn nothing more, nobody passes by the rate limit with a malformed request, and what was
//! asked of the database is not cut off.

use actix_web::{HttpMessage, HttpRequest};
use futures_util::future::LocalBoxFuture;
use tokio::sync::watch;

use super::Problem;

/// Held while it is found out who calls.
#[derive(Debug)]
pub(super) struct FindingOut(
    #[expect(dead_code, reason = "its end is what others wait for")] watch::Sender<()>,
);

/// For those who wait for that.
#[derive(Debug, Clone)]
struct Waiting(watch::Receiver<()>);

/// From now on refusals of this request wait, until what is returned is dropped.
pub(super) fn find_out(request: &HttpRequest) -> FindingOut {
    let (finding_out, waiting) = watch::channel(());
    request.extensions_mut().insert(Waiting(waiting));
    FindingOut(finding_out)
}

/// Whether nobody asks who calls, as far as the arguments before this one go: the caller stands first.
pub(super) fn is_anybodys(request: &HttpRequest) -> bool {
    !request.extensions().contains::<Waiting>()
}

/// An argument's answer; a refusal waits until it is known who calls, if anybody asks for that.
pub(super) fn in_turn<T: 'static>(
    request: &HttpRequest,
    answer: impl Future<Output = Result<T, Problem>> + 'static,
) -> LocalBoxFuture<'static, Result<T, Problem>> {
    let request = request.clone();
    Box::pin(async move {
        let answer = answer.await;
        if answer.is_err() {
            let waiting = request.extensions().get::<Waiting>().cloned();
            if let Some(Waiting(mut waiting)) = waiting {
                // Nothing is ever sent: it ends with the sender.
                while waiting.changed().await.is_ok() {}
            }
        }
        answer
    })
}

#[cfg(test)]
mod tests {
    use actix_web::{FromRequest, ResponseError, dev::Payload, test::TestRequest};
    use cartera_application::Code;

    use super::*;
    use crate::edge::{IfMatchHeader, NoQuery};

    /// Knows after a while whether it is somebody.
    struct Slow;

    impl FromRequest for Slow {
        type Error = Problem;
        type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

        fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
            let finding_out = find_out(request);
            let known = request.headers().contains_key("x-known");
            Box::pin(async move {
                let _finding_out = finding_out;
                for _ in 0..3 {
                    tokio::task::yield_now().await;
                }
                if known { Ok(Self) } else { Err(Problem::refused(Code::Unauthenticated)) }
            })
        }
    }

    async fn answer<T: FromRequest>(request: TestRequest) -> u16 {
        let answer = T::from_request(&request.to_http_request(), &mut Payload::None).await;
        answer.err().map_or(200, |error| {
            let error: actix_web::Error = error.into();
            ResponseError::status_code(error.as_response_error()).as_u16()
        })
    }

    #[actix_web::test]
    async fn a_stranger_is_told_nothing_but_that() {
        let bad = || TestRequest::with_uri("/?nope=1").insert_header(("if-match", "x"));
        let known = |request: TestRequest| request.insert_header(("x-known", "yes"));
        assert_eq!(answer::<(Slow, NoQuery, IfMatchHeader)>(bad()).await, 401);
        assert_eq!(answer::<(Slow, NoQuery, IfMatchHeader)>(known(bad())).await, 400);
        assert_eq!(answer::<(Slow, NoQuery)>(known(TestRequest::with_uri("/"))).await, 200);
        assert_eq!(answer::<(NoQuery, IfMatchHeader)>(bad()).await, 400, "where nobody is asked for");
    }
}
