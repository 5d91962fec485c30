//! The embedded stack: a PostgreSQL server and its cluster, throw-away clusters, the mail sink.

mod mail_sink;
mod postgres;
mod support;
mod test_cluster;
