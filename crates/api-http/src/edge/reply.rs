//! Successful answers: `{"data": …, "meta": {…}}`.

use actix_web::{
    HttpResponse,
    http::header::{self, HeaderValue},
};
use cartera_application::lists::Page;
use serde::Serialize;
use utoipa::ToSchema;

/// The header of a replayed answer.
pub const IDEMPOTENCY_REPLAYED: &str = "idempotency-replayed";

/// One record.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Envelope<T> {
    /// The record.
    pub data: T,
}

/// A list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ListEnvelope<T, M = PageMeta> {
    /// The rows.
    pub data: Vec<T>,
    /// Where the page stands in the list.
    pub meta: M,
}

/// Where a page stands in its list.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PageMeta {
    /// The page's number, when `page` was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// The most rows of a page.
    pub limit: u32,
    /// What to send as `cursor` for the next page; null on the last one. Absent when `page` was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, required = false)]
    pub next_cursor: Option<Option<String>>,
    /// How many rows there are in all, exact up to 10,000; with `page` or `count=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<u32>,
    /// True when there are more than `total` says; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_capped: Option<bool>,
}

/// A page's meta with additional fields.
#[derive(Debug, Clone, Serialize)]
struct Extended<M> {
    #[serde(flatten)]
    page: PageMeta,
    #[serde(flatten)]
    extra: M,
}

impl PageMeta {
    /// The meta of a page.
    pub fn of<T>(page: &Page<T>) -> Self {
        Self {
            page: page.page,
            limit: page.limit,
            next_cursor: page.page.is_none().then(|| page.next_cursor.clone()),
            total: page.total.map(|total| total.count),
            total_capped: page.total.filter(|total| total.capped).map(|_| true),
        }
    }
}

/// 200 with a record or the result of an action.
pub fn ok<T: Serialize>(data: T) -> HttpResponse {
    HttpResponse::Ok().json(Envelope { data })
}

/// 200 with a record and its version as `ETag`.
pub fn ok_versioned<T: Serialize>(version: i32, data: T) -> HttpResponse {
    let mut response = ok(data);
    tag(&mut response, version);
    response
}

/// 200 with a record changed by an action, its version, and whether it is the replay of an earlier request with the
/// same `Idempotency-Key`.
pub fn done_versioned<T: Serialize>(version: i32, data: T, replayed: bool) -> HttpResponse {
    let mut response = ok_versioned(version, data);
    if replayed {
        mark_replayed(&mut response);
    }
    response
}

/// 201 with the new record, its location and version, and whether it is the replay of an earlier request with the same
/// `Idempotency-Key`.
pub fn created<T: Serialize>(
    location: Option<String>,
    version: Option<i32>,
    data: T,
    replayed: bool,
) -> HttpResponse {
    let mut response = HttpResponse::Created().json(Envelope { data });
    if let Some(location) = location.and_then(|location| HeaderValue::try_from(location).ok()) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    if let Some(version) = version {
        tag(&mut response, version);
    }
    if replayed {
        mark_replayed(&mut response);
    }
    response
}

/// Marks the answer as a replay.
pub fn mark_replayed(response: &mut HttpResponse) {
    let name = header::HeaderName::from_static(IDEMPOTENCY_REPLAYED);
    response.headers_mut().insert(name, HeaderValue::from_static("true"));
}

/// 204 without a body.
pub fn no_content() -> HttpResponse {
    HttpResponse::NoContent().finish()
}

/// 204 of an action, and whether it is the replay of an earlier request with the same `Idempotency-Key`.
pub fn done(replayed: bool) -> HttpResponse {
    let mut response = no_content();
    if replayed {
        mark_replayed(&mut response);
    }
    response
}

/// 200 with a page of a list.
pub fn page<T: Serialize>(page: Page<T>) -> HttpResponse {
    let meta = PageMeta::of(&page);
    HttpResponse::Ok().json(ListEnvelope { data: page.items, meta })
}

/// 200 with a page of a list and additional fields in its meta.
pub fn page_with<T: Serialize, M: Serialize>(page: Page<T>, extra: M) -> HttpResponse {
    let meta = Extended { page: PageMeta::of(&page), extra };
    HttpResponse::Ok().json(ListEnvelope { data: page.items, meta })
}

/// 200 with a complete list without pagination.
pub fn all<T: Serialize>(data: Vec<T>) -> HttpResponse {
    ok(data)
}

fn tag(response: &mut HttpResponse, version: i32) {
    // Digits between quotes are always a valid header value.
    if let Ok(tag) = HeaderValue::try_from(format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
}
