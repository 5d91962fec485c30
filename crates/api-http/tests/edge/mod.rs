//! Tests of the edge, through small routes made for them.

mod cookies;
mod cors;
mod headers;
mod landing;
mod limits;
mod lists;
mod malformed;
mod observed;
mod operations;
mod pages;
mod patience;
mod server;
mod shape;
mod support;
