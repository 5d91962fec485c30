//! The tables are nobody's but the repositories'.

pub use cartera_infra_postgres::accounts::entity::Entity; //~ E0603 module `accounts` is private
