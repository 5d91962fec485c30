//! What comes in by HTTP and what goes out: the edge, the routes, who is calling, the page of errors.

mod callers;
mod edge;
mod errors_page;
mod routes;
