//! One valid request of every operation, for tests that modify them.

use cartera_api_http::openapi::Access;
use cartera_domain::identity::Role;
use serde_json::Value;

use super::{
    callers::{Callers, Who},
    requests::{self, Target},
    swept,
};
use crate::support::{Call, Client, Server};

/// A request that would succeed, in parts.
#[derive(Debug, Clone)]
pub(crate) struct Valid {
    /// Method and path of the operation, like `GET /accounts/{id}`.
    pub(crate) operation: String,
    pub(crate) method: String,
    /// Below `/api/v1`, with `{id}` still in it.
    pub(crate) pattern: String,
    /// The value of `{id}`.
    pub(crate) id: Option<String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Option<Value>,
    /// The refresh cookie, if the operation needs it.
    pub(crate) cookie: Option<String>,
    /// A caller with permission.
    pub(crate) client: Client,
    /// Every documented status.
    pub(crate) statuses: Vec<u16>,
}

impl Valid {
    /// The path with its id, without a query.
    pub(crate) fn path(&self) -> String {
        self.pattern.replace("{id}", self.id.as_deref().unwrap_or_default())
    }

    /// The path with these query parameters, which replace its own ones with the same names.
    pub(crate) fn asking(&self, more: &[(&str, &str)]) -> String {
        let own = self.query.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let kept = own.filter(|(name, _)| !more.iter().any(|(other, _)| other == name));
        let pairs: Vec<_> =
            kept.chain(more.iter().copied()).map(|(name, value)| format!("{name}={value}")).collect();
        let question = if pairs.is_empty() { "" } else { "?" };
        format!("{}{question}{}", self.path(), pairs.join("&"))
    }

    /// The request to this path, without a body.
    pub(crate) fn call_to(&self, path: String) -> Call {
        let call = Call::new(&self.method, path);
        match &self.cookie {
            Some(cookie) => call.header("cookie", cookie.as_str()),
            None => call,
        }
    }

    /// The request to this path, with its body.
    pub(crate) fn whole_call_to(&self, path: String) -> Call {
        let call = self.call_to(path);
        match &self.body {
            Some(body) => call.json(body),
            None => call,
        }
    }

    /// The unmodified request.
    pub(crate) fn call(&self) -> Call {
        self.whole_call_to(self.asking(&[]))
    }
}

/// A caller with permission.
pub(super) const fn who_may(access: Access) -> Who {
    match access {
        Access::Public => Who::Nobody,
        Access::Platform => Who::Platform,
        Access::ApiKey => Who::KeyWithScope,
        Access::Cookie | Access::User | Access::Caller | Access::Permission(_) | Access::Record(_) => {
            Who::Role(Role::Owner)
        }
    }
}

/// A request of every operation, each as a caller with permission, about an unused record.
pub(crate) async fn valid_requests(server: &'static Server) -> Vec<Valid> {
    let callers = &Callers::new(server).await;
    let mut valid = Vec::new();
    for (operation, entry) in swept(server).await {
        let caller = callers.caller(who_may(operation.access), operation.access, entry).await;
        let target = if entry.target.is_some() { Target::Own } else { Target::None };
        let request = requests::compose(&operation, entry, callers, &caller, target).await;
        let by_cookie = operation.access == Access::Cookie;
        let refresh_token = caller.person.filter(|_| by_cookie).map(|person| person.refresh_token);
        valid.push(Valid {
            operation: operation.name,
            method: operation.method,
            pattern: operation.path,
            id: request.path_id,
            query: request.query,
            body: request.body,
            cookie: refresh_token.map(|token| format!("cartera_refresh={token}")),
            client: caller.client,
            statuses: operation.statuses.into_iter().collect(),
        });
    }
    valid
}
