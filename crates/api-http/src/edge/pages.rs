//! Two small pages for the links in mails, for deployments whose front end has none: accepting an invitation, and
//! choosing a new password. HTML, CSS and JavaScript are files beside this one, embedded unchanged but for the limits.

use actix_web::{
    HttpResponse,
    http::header::{self, HeaderValue},
    web::{self, Bytes},
};
use cartera_domain::{identity::UserName, values::Password};

/// The pages and what they load.
pub(super) const PATHS: [&str; 5] = [ACCEPT, RESET, "/pages/page.css", "/pages/page.js", "/pages/words.js"];
const ACCEPT: &str = "/invitations/accept";
const RESET: &str = "/reset-password";

/// Allows only their own style sheet, script and API: nothing inline, nothing from other origins, and no form
/// submission.
pub(super) const CSP: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
);

/// Adds the pages. Both are the same document: the script decides by the URL.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    const HTML: &str = "text/html; charset=utf-8";
    const CSS: &str = "text/css; charset=utf-8";
    const JS: &str = "text/javascript; charset=utf-8";
    let page = Bytes::from(page());
    serve(cfg, ACCEPT, HTML, page.clone());
    serve(cfg, RESET, HTML, page);
    serve(cfg, "/pages/page.css", CSS, Bytes::from_static(include_bytes!("pages/page.css")));
    serve(cfg, "/pages/page.js", JS, Bytes::from_static(include_bytes!("pages/page.js")));
    serve(cfg, "/pages/words.js", JS, Bytes::from_static(include_bytes!("pages/words.js")));
}

/// The document, with the limits that the API has.
fn page() -> String {
    include_str!("pages/page.html")
        .replace("{name-max}", &UserName::MAX.to_string())
        .replace("{password-min}", &Password::MIN.to_string())
        .replace("{password-max}", &Password::MAX.to_string())
}

fn serve(cfg: &mut web::ServiceConfig, path: &'static str, kind: &'static str, content: Bytes) {
    let answer = move || {
        let content = content.clone();
        async move {
            let mut answer = HttpResponse::Ok();
            answer.content_type(kind).insert_header((header::CACHE_CONTROL, "no-store")).body(content)
        }
    };
    cfg.service(web::resource(path).get(answer));
}
