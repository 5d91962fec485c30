//! Two small pages for the links in mails, for deployments whose front end has none: accepting an invitation, and
//! choosing a new password. HTML, CSS and JavaScript are files beside this one, embedded unchanged.

use actix_web::{
    HttpResponse,
    http::header::{self, HeaderValue},
    web,
};

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
    let page = include_str!("pages/page.html");
    serve(cfg, ACCEPT, HTML, page);
    serve(cfg, RESET, HTML, page);
    serve(cfg, "/pages/page.css", CSS, include_str!("pages/page.css"));
    serve(cfg, "/pages/page.js", JS, include_str!("pages/page.js"));
    serve(cfg, "/pages/words.js", JS, include_str!("pages/words.js"));
}

fn serve(cfg: &mut web::ServiceConfig, path: &'static str, kind: &'static str, content: &'static str) {
    let answer = move || async move {
        HttpResponse::Ok().content_type(kind).insert_header((header::CACHE_CONTROL, "no-store")).body(content)
    };
    cfg.service(web::resource(path).get(answer).route(web::head().to(answer)));
}
