//! The header components of the document, and the references to them.

use utoipa::openapi::{
    Components, HeaderBuilder, ObjectBuilder, Ref, RefOr,
    path::{Operation, ParameterIn},
    schema::Type,
};

pub(super) const REQUEST_ID: &str = "X-Request-Id";
pub(super) const OPERATION_ID: &str = "X-Operation-Id";
/// The status of an answer that the caller has already.
pub(super) const NOT_MODIFIED: &str = "304";
pub(super) const ACCEPT_PATCH: &str = "Accept-Patch";
pub(super) const RETRY_AFTER: &str = "Retry-After";
/// The header of 401 answers that names the authentication schemes.
pub(super) const WWW_AUTHENTICATE: &str = "WWW-Authenticate";
/// The headers with the state of the caller's rate limits.
pub(super) const RATE_LIMIT: [&str; 2] = ["RateLimit-Policy", "RateLimit"];

/// Whether the operation has a parameter.
pub(super) fn has_parameter(operation: &Operation, place: &ParameterIn, name: &str) -> bool {
    operation.parameters.iter().flatten().any(|parameter| match parameter {
        RefOr::T(known) => known.parameter_in == *place && known.name == name,
        RefOr::Ref(_) => false,
    })
}

/// A reference to a header component.
pub(super) fn header_reference(name: &str) -> RefOr<utoipa::openapi::Header> {
    RefOr::Ref(Ref::new(format!("#/components/headers/{name}")))
}

pub(super) fn add_headers(components: &mut Components) {
    for (name, description) in [
        ("ETag", "The record's version, for `If-Match`."),
        ("Location", "Where the new record is."),
        ("Idempotency-Replayed", "`true` when the answer is that of an earlier request with the same key."),
        (REQUEST_ID, "The id of the request: the caller's own, or one made here."),
        (
            OPERATION_ID,
            "The operation that the request wrote, for `/operations/{id}`; absent when nothing changed.",
        ),
        (ACCEPT_PATCH, "What a change may be given as: merge-patches, as plain JSON too."),
        (RETRY_AFTER, "After how many seconds to try again."),
        ("RateLimit-Policy", "The limits that count here: quota `q` and window `w` in seconds, by name."),
        ("RateLimit", "What is left of each: `r` requests, until `t` seconds from now."),
        ("Set-Cookie", "The refresh cookie, or its removal."),
        (WWW_AUTHENTICATE, "How to sign in: with a bearer token."),
    ] {
        let kind = if name == RETRY_AFTER { Type::Integer } else { Type::String };
        let header = HeaderBuilder::new()
            .schema(Some(ObjectBuilder::new().schema_type(kind).build()))
            .description(Some(description))
            .build();
        components.headers.insert(name.to_owned(), RefOr::T(header));
    }
}
