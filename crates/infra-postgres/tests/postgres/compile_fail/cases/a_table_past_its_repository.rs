//! The tables are nobody's but the repositories'.

pub use cartera_infra_postgres::records::select; //~ E0603 module `records` is private
