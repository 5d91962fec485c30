//! Password hashing, access tokens, randomness and the clock: the adapters of the ports in
//! [`cartera_application::ports`] that need no store.

mod derived_secrets;
mod passwords;
mod pool;
mod tokens;
mod world;

pub use derived_secrets::HmacSecrets;
pub use passwords::Argon2Hasher;
pub use tokens::JwtTokens;
pub use world::{OsRandomness, SystemClock};
