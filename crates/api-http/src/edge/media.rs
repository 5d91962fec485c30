//! The media types of requests: what a body is, and what a caller would like to read.

use actix_web::{
    HttpRequest,
    http::{
        Method,
        header::{self, HeaderMap, HeaderValue},
    },
};
use cartera_application::Code;
use cartera_domain::values::MediaType;

use super::Problem;

/// What a `PATCH` body may also be called: that is how it is read.
pub(crate) const MERGE_PATCH: &str = "application/merge-patch+json";
/// The header that says so (RFC 5789).
pub(super) const ACCEPT_PATCH: &str = "accept-patch";
/// Its value.
pub(super) const PATCHES: HeaderValue =
    HeaderValue::from_static("application/merge-patch+json, application/json");
/// JSON, and what some programs call it.
const JSON: [&str; 3] = ["application/json", "text/json", "application/x-json"];

/// Only JSON, in UTF-8, as it is.
pub(super) fn require_json(request: &HttpRequest) -> Result<(), Problem> {
    let is_plain = request.headers().get_all(header::CONTENT_ENCODING).all(|value| {
        value
            .as_bytes()
            .split(|byte| *byte == b',')
            .map(<[u8]>::trim_ascii)
            .all(|coding| coding.is_empty() || coding.eq_ignore_ascii_case(b"identity"))
    });
    let content_type = super::caller::only(request, header::CONTENT_TYPE.as_str()).and_then(MediaType::parse);
    match content_type {
        Some(kind) if is_plain && is_json(&kind, request.method()) && is_utf8(&kind) => Ok(()),
        _ => Err(Problem::refused(Code::UnsupportedMediaType)),
    }
}

fn is_json(kind: &MediaType, method: &Method) -> bool {
    JSON.contains(&kind.essence()) || (*method == Method::PATCH && kind.essence() == MERGE_PATCH)
}

/// ASCII is UTF-8 as well.
fn is_utf8(kind: &MediaType) -> bool {
    kind.parameter("charset").is_none_or(|charset| {
        ["utf-8", "utf8", "us-ascii", "ascii"].iter().any(|name| charset.eq_ignore_ascii_case(name))
    })
}

/// Whether the caller would rather read a page than JSON: a browser, not a program that takes anything.
pub(super) fn prefers_html(headers: &HeaderMap) -> bool {
    let ranges: Vec<_> = headers
        .get_all(header::ACCEPT)
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .filter_map(MediaType::parse)
        .collect();
    quality(&ranges, "text", "text/html") > quality(&ranges, "application", "application/json")
}

/// How much a type is wanted, in thousandths: the most specific range decides (RFC 9110, 12.5.1).
fn quality(ranges: &[MediaType], kind: &str, essence: &str) -> u16 {
    let any_of_kind = format!("{kind}/*");
    [essence, &any_of_kind, "*/*"]
        .iter()
        .find_map(|wanted| ranges.iter().find(|range| range.essence() == *wanted))
        .map_or(0, weight)
}

fn weight(range: &MediaType) -> u16 {
    let Some(given) = range.parameter("q") else { return 1000 };
    // At most three decimals (RFC 9110, 12.4.2).
    let (whole, decimals) = given.split_once('.').unwrap_or((given, ""));
    let digits = format!("{whole}{decimals:0<3}");
    digits.parse().ok().filter(|q| *q <= 1000 && decimals.len() <= 3 && whole.len() == 1).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn json_has_several_names_and_one_more_for_patches() {
        for (method, kind, taken) in [
            (Method::POST, "application/json", true),
            (Method::POST, "Application/JSON ; charset=\"UTF-8\" ;", true),
            (Method::POST, "application/json; charset=utf8", true),
            (Method::POST, "application/json; charset=us-ascii", true),
            (Method::POST, "application/json; profile=\"a;charset=latin1\"", true),
            (Method::POST, "text/json", true),
            (Method::PATCH, "application/json", true),
            (Method::PATCH, "application/merge-patch+json", true),
            (Method::PATCH, "Application/Merge-Patch+JSON;charset=utf-8", true),
            (Method::POST, "application/merge-patch+json", false),
            (Method::PATCH, "application/json-patch+json", false),
            (Method::PATCH, "application/merge-patch+json; charset=latin1", false),
            (Method::POST, "application/json; charset=utf-16", false),
            (Method::POST, "application/jsonx", false),
            (Method::POST, "application/json, text/plain", false),
            (Method::POST, "json", false),
            (Method::POST, "text/plain", false),
            (Method::POST, "multipart/form-data; boundary=x", false),
            (Method::POST, "", false),
        ] {
            let request = TestRequest::default().method(method.clone()).insert_header(("content-type", kind));
            assert_eq!(require_json(&request.to_http_request()).is_ok(), taken, "{method} {kind}");
        }
        for (coding, taken) in [("identity", true), ("Identity, identity", true), ("", true), ("gzip", false)]
        {
            let request = TestRequest::default()
                .insert_header(("content-type", "application/json"))
                .insert_header(("content-encoding", coding));
            assert_eq!(require_json(&request.to_http_request()).is_ok(), taken, "{coding}");
        }
    }

    #[test]
    fn browsers_prefer_pages_and_nobody_else() {
        for (accept, html) in [
            (&["text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8"][..], true),
            (&["TEXT/HTML"], true),
            (&["text/*, */*;q=0.1"], true),
            (&["application/json;q=0.5, text/html;level=1;q=0.7"], true),
            (&["application/json;q=0.9", "text/html"], true),
            (&["*/*"], false),
            (&[], false),
            (&[""], false),
            (&["application/json, text/html;q=0.9"], false),
            (&["text/html;q=0, */*"], false),
            (&["text/html;q=0"], false),
            (&["text/html;q=nonsense"], false),
            (&["text/html, application/json"], false),
            (&["application/json, text/plain, */*"], false),
        ] {
            let request = accept
                .iter()
                .fold(TestRequest::default(), |request, line| request.append_header(("accept", *line)));
            assert_eq!(prefers_html(request.to_http_request().headers()), html, "{accept:?}");
        }
    }
}
