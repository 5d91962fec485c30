//! Password hashing, access tokens, randomness and the clock: the adapters of the ports in
//! [`cartera_application::ports`] that need no store.

mod derived_secrets;
mod environment;
mod passwords;
mod pool;
mod tokens;

pub use derived_secrets::HmacSecrets;
pub use environment::{OsRandomness, SystemClock};
pub use passwords::Argon2Hasher;
pub use tokens::JwtTokens;
