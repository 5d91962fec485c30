//! Middleware before the S3 protocol: CORS for browsers, and refusal of every request with headers that its signature
//! does not cover.

use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use s3s::{Body, HttpError, service::S3Service};

use super::OriginCheck;

/// The methods that uploads and downloads by URL need.
const METHODS: &str = "GET, HEAD, PUT, OPTIONS";
/// The headers that a page may send.
const REQUEST_HEADERS: &str = "content-type, x-amz-checksum-sha256, range";
/// The headers that a page may read.
const RESPONSE_HEADERS: &str = "etag, content-length, content-disposition, content-range";

/// The service with this middleware.
#[derive(Clone)]
pub(super) struct Gate {
    service: S3Service,
    origins: OriginCheck,
}

impl Gate {
    pub(super) fn new(service: S3Service, origins: OriginCheck) -> Self {
        Self { service, origins }
    }

    pub(super) async fn answer(self, request: Request<Incoming>) -> Result<Response<Body>, HttpError> {
        let origin = self.allowed_origin(request.headers());
        let mut response = if is_preflight(&request) {
            preflight(origin.is_some())
        } else if carries_unsigned(&request) {
            problem(
                StatusCode::FORBIDDEN,
                "AccessDenied",
                "There were headers present in the request which were not signed",
            )
        } else {
            self.service.call(request.map(Body::from)).await?
        };
        let headers = response.headers_mut();
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.append(header::VARY, HeaderValue::from_static("Origin"));
        if let Some(origin) = origin {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            let exposed = HeaderValue::from_static(RESPONSE_HEADERS);
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        }
        Ok(response)
    }

    fn allowed_origin(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let origin = headers.get(header::ORIGIN)?;
        (self.origins)(origin.to_str().ok()?).then(|| origin.clone())
    }
}

fn is_preflight(request: &Request<Incoming>) -> bool {
    request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

fn preflight(allowed: bool) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = if allowed { StatusCode::NO_CONTENT } else { StatusCode::FORBIDDEN };
    if allowed {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(REQUEST_HEADERS));
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    }
    response
}

/// Whether a request has an S3 header that its signature does not cover, such as `x-amz-copy-source`, which would turn
/// an upload into a copy.
fn carries_unsigned(request: &Request<Incoming>) -> bool {
    let authorization = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let signed = signed_headers(request.uri().query().unwrap_or_default(), authorization.unwrap_or_default());
    request
        .headers()
        .keys()
        .map(header::HeaderName::as_str)
        .any(|name| name.starts_with("x-amz-") && !signed.iter().any(|known| known == name))
}

/// The headers that the signature of a request covers, in its URL or in `Authorization`.
fn signed_headers(query: &str, authorization: &str) -> Vec<String> {
    let in_url = url::form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "X-Amz-SignedHeaders")
        .map(|(_, names)| names.into_owned());
    let names = in_url.or_else(|| {
        let mut parts = authorization.split([' ', ',']);
        parts.find_map(|part| part.trim().strip_prefix("SignedHeaders=")).map(str::to_owned)
    });
    names.unwrap_or_default().split(';').map(str::to_lowercase).collect()
}

fn problem(status: StatusCode, code: &str, message: &str) -> Response<Body> {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_says_which_headers_it_covers() {
        let url = "X-Amz-SignedHeaders=content-type%3BHost&X-Amz-Signature=ab";
        assert_eq!(signed_headers(url, ""), ["content-type", "host"]);
        let authorization = "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host;x-amz-date, Signature=ab";
        assert_eq!(signed_headers("list-type=2", authorization), ["host", "x-amz-date"]);
        assert_eq!(signed_headers(url, authorization), ["content-type", "host"], "a URL comes first");
        assert_eq!(signed_headers("X-Amz-Signature=ab", ""), [""], "it covers none");
    }
}
