//! Password hashing with Argon2id.

use std::{
    hint::black_box,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use argon2::{
    ARGON2ID_IDENT, Algorithm, Argon2, Params, PasswordHash, PasswordHasher as _, PasswordVerifier as _,
    RECOMMENDED_SALT_LEN, Version, password_hash::Error as HashError,
};
use async_trait::async_trait;
use cartera_application::{Error, Result, ports::PasswordHasher};
use cartera_domain::values::Password;
use rand::{TryRngCore, rngs::OsRng};

use crate::pool::Pool;

/// What OWASP's password storage cheat sheet asks for: 19 MiB, two passes, one lane.
const PARAMS: Params = match Params::new(19_456, 2, 1, None) {
    Ok(params) => params,
    Err(_) => panic!("the parameters are in range"),
};

/// A hash of the same parameters that belongs to nobody, and to no password that anybody knows: salt and
/// output are random bytes.
const NOBODYS_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$yOb04v1bVEy8P0yBJnn4KA$lw/1UG1inwydmFjw+Xvl9ifheuAB8VxzOx8ImFk57Pg";

/// What this is, for errors.
const HASHING: &str = "password hashing";

/// Hashes passwords with Argon2id, so many at once and so many waiting: a flood of sign-ins gets
/// `unavailable` and the rest of the API goes on.
#[derive(Debug, Clone)]
pub struct Argon2Hasher {
    pool: Pool,
    hashes_done: Arc<AtomicU64>,
}

impl Argon2Hasher {
    /// Hashes at most `concurrency` passwords at once (at least one; each takes a core and 19 MiB) while at
    /// most `queue` callers wait.
    pub fn new(concurrency: usize, queue: usize) -> Self {
        Self { pool: Pool::new(HASHING, concurrency, queue), hashes_done: Arc::default() }
    }

    /// How many hashes were computed, for whatever purpose. Equal figures for a known and an unknown e-mail
    /// show that the work tells nothing.
    pub fn hashes_done(&self) -> u64 {
        self.hashes_done.load(Ordering::Relaxed)
    }

    /// Does `work` with a clear text in its turn, and counts it when it came to a hash.
    async fn run<T: Send + 'static>(
        &self,
        clear_text: &str,
        work: impl FnOnce(&[u8]) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let clear_text = ClearText(clear_text.as_bytes().to_vec());
        let hashes_done = Arc::clone(&self.hashes_done);
        self.pool
            .run(move || {
                let outcome = work(&clear_text.0)?;
                hashes_done.fetch_add(1, Ordering::Relaxed);
                Ok(outcome)
            })
            .await?
    }
}

#[async_trait]
impl PasswordHasher for Argon2Hasher {
    async fn hash(&self, password: &Password) -> Result<String> {
        self.run(password.expose(), hash).await
    }

    async fn verify(&self, password: &Password, hash: Option<&str>) -> Result<bool> {
        let mut fits = false;
        for form in password.forms() {
            let stored = hash.unwrap_or(NOBODYS_HASH).to_owned();
            // Even after one that fits, so that the time tells nothing of a password that opens nothing now.
            fits |= self.run(form, move |form| verify(form, &stored)).await?;
        }
        Ok(fits && hash.is_some())
    }
}

/// The copy of a password that goes to another thread; overwritten when it is done with.
struct ClearText(Vec<u8>);

impl Drop for ClearText {
    fn drop(&mut self) {
        self.0.fill(0);
        // Somebody might look at the bytes, as far as the compiler knows: so it can't leave the writes out.
        black_box(&mut self.0);
    }
}

fn argon2() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, PARAMS)
}

fn hash(password: &[u8]) -> Result<String> {
    let mut salt = [0; RECOMMENDED_SALT_LEN];
    OsRng.try_fill_bytes(&mut salt).map_err(|cause| Error::internal("drawing a salt", cause))?;
    argon2()
        .hash_password_with_salt(password, &salt)
        .map(|hash| hash.to_string())
        .map_err(|cause| Error::internal(HASHING, cause))
}

fn verify(password: &[u8], stored: &str) -> Result<bool> {
    const READING: &str = "reading a stored password hash";
    let stored = PasswordHash::new(stored).map_err(|cause| Error::internal(READING, cause))?;
    // The library would call a hash without salt or output a wrong password.
    if stored.algorithm != ARGON2ID_IDENT || stored.salt.is_none() || stored.hash.is_none() {
        return Err(Error::internal(READING, "it is not a whole Argon2id hash"));
    }
    match argon2().verify_password(password, &stored) {
        Ok(()) => Ok(true),
        Err(HashError::PasswordInvalid) => Ok(false),
        Err(cause) => Err(Error::internal(READING, cause)),
    }
}

#[cfg(test)]
mod tests {
    use std::{
        error::Error as _,
        pin::Pin,
        task::{Context, Poll, Waker},
    };

    use cartera_application::Code;

    use super::*;

    fn password(text: &str) -> Password {
        Password::attempt(text.to_owned())
    }

    /// Polls once: the future goes as far as it can without waiting.
    fn poll<T>(future: &mut Pin<Box<dyn Future<Output = T> + Send + '_>>) -> Poll<T> {
        future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    }

    /// Everything of `hash` but salt and output.
    fn shape(hash: &str) -> (String, usize, usize) {
        let parsed = PasswordHash::new(hash).expect("a PHC string");
        let salt = parsed.salt.expect("a salt").len();
        let output = parsed.hash.expect("an output").len();
        let prefix = hash.rsplitn(3, '$').nth(2).expect("salt and output come last");
        (prefix.to_owned(), salt, output)
    }

    #[tokio::test]
    async fn the_right_password_fits_and_no_other() {
        let hasher = Argon2Hasher::new(1, 0);
        let secret = password("Contraseña1");
        let hash = hasher.hash(&secret).await.expect("hashed");
        for (attempt, fits) in
            [("Contraseña1", true), ("contraseña1", false), ("Contraseña1 ", false), ("", false)]
        {
            let answer = hasher.verify(&password(attempt), Some(&hash)).await.expect("verified");
            assert_eq!(answer, fits, "{attempt:?}");
        }
        let again = hasher.hash(&secret).await.expect("hashed");
        assert_ne!(hash, again, "each hash has a salt of its own");
    }

    /// A keyboard of macOS writes `ñ` as two characters, and so it was hashed before passwords had one form.
    #[tokio::test]
    async fn an_older_hash_fits_the_text_it_was_made_of() {
        let hasher = Argon2Hasher::new(1, 0);
        let (composed, decomposed) = (password("Contrase\u{F1}a1"), password("Contrasen\u{303}a1"));
        let older = hash("Contrasen\u{303}a1".as_bytes()).expect("hashed");
        let newer = hasher.hash(&decomposed).await.expect("hashed");
        for (attempt, stored, fits, hashes) in [
            (&composed, Some(&newer), true, 1),
            (&decomposed, Some(&newer), true, 2),
            (&decomposed, Some(&older), true, 2),
            (&composed, Some(&older), false, 1),
            (&decomposed, None, false, 2),
            (&composed, None, false, 1),
        ] {
            let done = hasher.hashes_done();
            let answer = hasher.verify(attempt, stored.map(String::as_str)).await.expect("verified");
            assert_eq!((answer, hasher.hashes_done() - done), (fits, hashes), "{:?}", attempt.expose());
        }
    }

    #[tokio::test]
    async fn hashes_have_the_parameters_of_owasp_and_so_has_nobodys() {
        let hash = Argon2Hasher::new(1, 0).hash(&password("Secreto1")).await.expect("hashed");
        let expected = ("$argon2id$v=19$m=19456,t=2,p=1".to_owned(), 16, 32);
        assert_eq!(shape(&hash), expected);
        assert_eq!(shape(NOBODYS_HASH), expected, "or nobody's password would take another time");
    }

    #[tokio::test]
    async fn an_unknown_user_costs_the_same_work() {
        let hasher = Argon2Hasher::new(1, 0);
        assert_eq!(hasher.hashes_done(), 0);
        let secret = password("Secreto1");
        let hash = hasher.hash(&secret).await.expect("hashed");
        assert_eq!(hasher.hashes_done(), 1);
        assert!(hasher.verify(&secret, Some(&hash)).await.expect("verified"));
        assert_eq!(hasher.hashes_done(), 2);
        assert!(!hasher.verify(&secret, None).await.expect("verified"));
        assert_eq!(hasher.hashes_done(), 3);
    }

    #[tokio::test]
    async fn a_malformed_stored_hash_is_an_internal_error_that_shows_nothing() {
        let hasher = Argon2Hasher::new(1, 0);
        let malformed = [
            "",
            "$",
            "Secreto1",
            "$argon2id$v=19$m=19456,t=2,p=1",
            "$argon2id$v=19$m=19456,t=2,p=1$yOb04v1bVEy8P0yBJnn4KA",
            "$argon2id$v=19$m=19456,t=2,p=1$yOb04v1bVEy8P0yBJnn4KA$lw/1UG1inwydm!jw",
            "$argon2id$v=19$m=0,t=0,p=0$yOb04v1bVEy8P0yBJnn4KA$lw/1UG1inwydmFjw",
            "$argon2id$v=99$m=19456,t=2,p=1$yOb04v1bVEy8P0yBJnn4KA$lw/1UG1inwydmFjw",
            "$argon2d$v=19$m=19456,t=2,p=1$yOb04v1bVEy8P0yBJnn4KA$lw/1UG1inwydmFjw",
            "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
        ];
        for hash in malformed {
            let error = hasher
                .verify(&password("Secreto1"), Some(hash))
                .await
                .expect_err("there is nothing to compare with");
            assert_eq!(error.code(), Code::Internal, "{hash:?}");
            assert!(error.source().is_some(), "{hash:?}");
            let shown = format!("{error:?} {error}");
            assert!(!shown.contains("Secreto1") && !shown.contains("yOb04v1b"), "{shown}");
        }
        assert_eq!(hasher.hashes_done(), 0);
    }

    #[tokio::test]
    async fn a_flood_is_turned_away_whether_it_hashes_or_verifies() {
        let hasher = Argon2Hasher::new(1, 1);
        let secret = password("Secreto1");
        let running = hasher.pool.enter().await.expect("the pool is empty");
        let mut waiting = hasher.verify(&secret, None);
        assert!(poll(&mut waiting).is_pending());

        // Polled, not awaited: a caller that waits in vain fails the test instead of hanging it.
        let refusals = [
            poll(&mut hasher.hash(&secret)).map_ok(drop),
            poll(&mut hasher.verify(&secret, None)).map_ok(drop),
        ];
        for refusal in refusals {
            let Poll::Ready(Err(Error::Unavailable { what, .. })) = refusal else {
                panic!("it must be turned away at once: {refusal:?}");
            };
            assert_eq!(what, "password hashing");
        }
        drop(running);
        assert!(!waiting.await.expect("its turn came"));
        assert_eq!(hasher.hashes_done(), 1);
    }

    #[test]
    fn debug_output_holds_no_secret() {
        let shown = format!("{:?}", Argon2Hasher::new(2, 3));
        assert!(shown.contains("hashes_done"), "{shown}");
        assert!(!shown.contains("argon2id"), "{shown}");
    }
}
