//! Extracts the caller of a request.

use std::ops::Deref;

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header, web};
use cartera_application::{
    Code, Error,
    security::{Actor, ActorRef, PLATFORM},
};
use cartera_domain::ids::Id;
use futures_util::future::LocalBoxFuture;

use super::{EdgeState, Problem, RequestInfo, trace, turn};

/// The caller, authenticated as a person (`Authorization: Bearer …`) or by an API key (`X-API-Key`). Sending both is
/// refused, because it would be unclear whose permissions apply.
#[derive(Debug, Clone)]
pub struct Caller(pub Actor);

impl Deref for Caller {
    type Target = Actor;

    fn deref(&self) -> &Actor {
        &self.0
    }
}

impl FromRequest for Caller {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let state = request.app_data::<web::Data<EdgeState>>().cloned();
        let (bearer, key) = (bearer(request).map(str::to_owned), api_key(request).map(str::to_owned));
        let credentials = [header::AUTHORIZATION.as_str(), "x-api-key"].map(|name| {
            // An empty one is what a client sends whose variable is not set.
            request.headers().get_all(name).filter(|value| is_credential(value.as_bytes())).count()
        });
        let info = RequestInfo::from_request(request, payload);
        let finding_out = turn::find_out(request);
        Box::pin(async move {
            let _finding_out = finding_out;
            let info = info.await?;
            let state = state.ok_or(Error::Internal {
                what: "finding the shared state of the application",
                cause: None,
            })?;
            if credentials.iter().sum::<usize>() > 1 {
                return Err(Problem::refused(Code::SeveralCredentials));
            }
            let authenticator = &state.application.authenticator;
            let actor = match (bearer, key) {
                (Some(token), None) => authenticator.person(&token, info.provenance).await?,
                (None, Some(key)) => authenticator.key(&key, info.provenance).await?,
                _ => return Err(Problem::refused(Code::Unauthenticated)),
            };
            remember(&actor);
            state.limits.request(actor.as_ref())?;
            Ok(Self(actor))
        })
    }
}

/// Whether a header holds a credential: more than blanks, or than the scheme alone.
fn is_credential(value: &[u8]) -> bool {
    let value = value.trim_ascii();
    !value.is_empty() && !value.eq_ignore_ascii_case(b"bearer")
}

/// Records the caller's ids for the request's log line.
fn remember(actor: &Actor) {
    let Some(trace) = trace::current() else { return };
    let (user, api_key) = match actor.as_ref() {
        ActorRef::User(id) | ActorRef::PlatformAdministrator(id) => (Some(id.uuid()), None),
        ActorRef::ApiKey(key, creator) => (Some(creator.uuid()), Some(key.uuid())),
        ActorRef::System => (None, None),
    };
    let company = Some(actor.company_id()).filter(|id| *id != PLATFORM).map(Id::uuid);
    trace.caller.set(Some(trace::KnownCaller { user, api_key, company }));
}

/// The bearer token of a request; `None` without the header, or with more than one.
pub fn bearer(request: &HttpRequest) -> Option<&str> {
    let (scheme, token) = only(request, header::AUTHORIZATION.as_str())?.trim().split_once([' ', '\t'])?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim()).filter(|token| !token.is_empty())
}

fn api_key(request: &HttpRequest) -> Option<&str> {
    only(request, "x-api-key").map(str::trim).filter(|key| !key.is_empty())
}

/// The value of a header, if it was sent exactly once.
pub(super) fn only<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    let mut values = request.headers().get_all(name);
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::bearer;

    #[test]
    fn a_scheme_has_no_case_and_any_blanks_behind_it() {
        for (line, token) in [
            ("Bearer x.y", Some("x.y")),
            ("bearer x.y", Some("x.y")),
            ("BEARER    x.y  ", Some("x.y")),
            ("Bearer\tx.y", Some("x.y")),
            ("Bearer", None),
            ("Bearer  ", None),
            ("Bearerx.y", None),
            ("Basic x.y", None),
            ("x.y", None),
            ("", None),
        ] {
            let request = TestRequest::default().insert_header(("authorization", line)).to_http_request();
            assert_eq!(bearer(&request), token, "{line}");
        }
    }
}
