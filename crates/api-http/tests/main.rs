//! Integration tests of the HTTP API: the edge, the routes, authentication, the page of errors.

mod callers;
mod edge;
mod errors_page;
mod routes;
