//! What somebody sees who opens the address that the program printed: where things are. A page for browsers, the same
//! as JSON for others.

use std::fmt::Write as _;

use actix_web::{
    HttpRequest, HttpResponse,
    guard::{self, GuardContext},
    http::{Method, header},
    web,
};
use serde_json::{Value, json};

use super::{
    DemoSignIns, Edge, documents,
    media::prefers_html,
    routes::{QUICKSTART, ROOT},
};

/// Where people try as well, as that is the address that they are told. Programs find nothing there.
const ALSO: [&str; 4] = ["/api", "/api/", "/api/v1", "/api/v1/"];

/// Adds the page and the quickstart.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let is_browser =
        |asked: &GuardContext<'_>| asked.head().method == Method::GET && prefers_html(&asked.head().headers);
    for path in ALSO {
        cfg.service(web::resource(path).guard(guard::fn_guard(is_browser)).get(land));
    }
    cfg.service(web::resource(ROOT).get(land)).service(web::resource(QUICKSTART).get(quickstart));
}

/// Whether an answer at this path may be the page.
pub(super) fn is_at(path: &str) -> bool {
    path == ROOT || ALSO.contains(&path)
}

async fn land(request: HttpRequest, edge: web::Data<Edge>) -> HttpResponse {
    let demo = edge.settings.demo.as_ref();
    let mut answer = HttpResponse::Ok();
    answer.insert_header((header::CACHE_CONTROL, "no-store")).append_header((header::VARY, "Accept"));
    if prefers_html(request.headers()) {
        answer.content_type("text/html; charset=utf-8").body(page(demo))
    } else {
        answer.json(data(demo))
    }
}

async fn quickstart() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/markdown; charset=utf-8")
        .body(include_str!("../../../../docs/quickstart.md"))
}

const VERSION: &str = env!("CARGO_PKG_VERSION");
const LINKS: [(&str, &str, &str); 5] = [
    ("docs", documents::PAGE, "The API, to read and to try"),
    ("openapi", "/openapi.json", "The API as an OpenAPI document"),
    ("quickstart", QUICKSTART, "A walk through it with curl"),
    ("health", "/health", "How the service is"),
    ("api", "/api/v1", "Below this is the API itself"),
];

fn data(demo: Option<&DemoSignIns>) -> Value {
    let links: serde_json::Map<_, _> =
        LINKS.iter().map(|(name, path, _)| ((*name).to_owned(), json!(path))).collect();
    let mut data = json!({ "name": "Cartera", "version": VERSION, "links": links });
    if let Some(DemoSignIns { password, people }) = demo {
        let people: Vec<_> =
            people.iter().map(|(email, role)| json!({ "email": email, "role": role })).collect();
        data["demo"] = json!({ "password": password, "signIns": people });
    }
    data
}

fn page(demo: Option<&DemoSignIns>) -> String {
    let mut links = String::new();
    for (_, path, about) in &LINKS {
        // Writing to a string has no way to fail.
        let _ = write!(links, "<dt><a href=\"{path}\">{path}</a></dt>\n<dd>{about}</dd>\n");
    }
    let mut demo_part = String::new();
    if let Some(DemoSignIns { password, people }) = demo {
        let _ = write!(demo_part, "<h2>Demo sign-ins (password {})</h2>\n<dl>\n", escape(password));
        for (email, role) in people {
            let _ = write!(demo_part, "<dt>{}</dt>\n<dd>{}</dd>\n", escape(email), escape(role));
        }
        demo_part.push_str("</dl>\n");
    }
    include_str!("pages/landing.html")
        .replace("{version}", VERSION)
        .replace("{links}", &links)
        .replace("{demo}", &demo_part)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
