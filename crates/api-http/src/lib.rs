//! The HTTP edge: extract, call one use case, render.

pub mod edge;
