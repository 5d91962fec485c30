//! Password hashing, access tokens, randomness and the clock: the adapters of the ports in
//! [`cartera_application::ports`] that need no store.

mod link_secrets;
mod passwords;
mod pool;
mod tokens;
mod world;

pub use link_secrets::HmacLinkSecrets;
pub use passwords::Argon2Hasher;
pub use tokens::JwtTokens;
pub use world::{OsRandomness, SystemClock};
