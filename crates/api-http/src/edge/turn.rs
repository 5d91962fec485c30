//! The order of a handler's refusals: authentication first.
//!
//! The framework runs all extractors of a handler concurrently, and answers the first refusal. Authentication needs a
//! database query, so another extractor may fail earlier. Its refusal waits for the authentication: so unauthenticated
//! callers learn nothing else, malformed requests count against the rate limit, and the query is not cancelled.

use actix_web::{HttpMessage, HttpRequest};
use futures_util::future::LocalBoxFuture;
use tokio::sync::watch;

use super::Problem;

/// Held while the caller is being authenticated.
#[derive(Debug)]
pub(super) struct FindingOut(
    #[expect(dead_code, reason = "its end is what others wait for")] watch::Sender<()>,
);

/// The receiver with which other extractors wait for that.
#[derive(Debug, Clone)]
struct Waiting(watch::Receiver<()>);

/// Makes refusals of this request wait until the returned value is dropped.
pub(super) fn find_out(request: &HttpRequest) -> FindingOut {
    let (finding_out, waiting) = watch::channel(());
    request.extensions_mut().insert(Waiting(waiting));
    FindingOut(finding_out)
}

/// Whether the handler needs no authentication, judged by the extractors before this one: `Caller` always comes first.
pub(super) fn is_anybodys(request: &HttpRequest) -> bool {
    !request.extensions().contains::<Waiting>()
}

/// Awaits an extractor. A refusal waits until the authentication is done, if the handler needs it.
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
                // Nothing is ever sent: the loop ends when the sender is dropped.
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

    /// An extractor that takes a while to authenticate the caller.
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
