//! Forged access tokens, signed with the server's own secret, so that a refusal is due to the token's content and not
//! its signature.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use sha2::{Digest, Sha256, Sha512};

use crate::support::{JWT_SECRET, Person};

/// The parts of a token.
#[derive(Debug, Clone)]
pub(super) struct Forged {
    pub(super) header: Value,
    pub(super) claims: Value,
}

/// The block size of the hash, in bytes.
const SHA256_BLOCK: usize = 64;
const SHA512_BLOCK: usize = 128;

/// HMAC by RFC 2104.
fn hmac<D: Digest>(block: usize, key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut padded = if key.len() > block { D::digest(key).to_vec() } else { key.to_vec() };
    padded.resize(block, 0);
    let keyed = |pad: u8| padded.iter().map(|byte| byte ^ pad).collect::<Vec<_>>();
    let inner = D::new().chain_update(keyed(0x36)).chain_update(message).finalize();
    D::new().chain_update(keyed(0x5c)).chain_update(inner).finalize().to_vec()
}

fn encoded(part: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(part)
}

impl Forged {
    /// The parts of a person's token.
    pub(super) fn from(person: &Person) -> Self {
        let line = person.client.token().expect("they are signed in");
        let token = line.trim_end().rsplit(' ').next().expect("a token").to_owned();
        let mut parts = token.split('.').map(|part| {
            let bytes = URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
            serde_json::from_slice(&bytes).unwrap_or_default()
        });
        Self { header: parts.next().expect("a header"), claims: parts.next().expect("claims") }
    }

    /// Sets a member of the header, or removes it.
    pub(super) fn header(mut self, name: &str, value: Option<Value>) -> Self {
        set(&mut self.header, name, value);
        self
    }

    /// Sets a claim, or removes it.
    pub(super) fn claim(mut self, name: &str, value: Option<Value>) -> Self {
        set(&mut self.claims, name, value);
        self
    }

    fn message(&self) -> String {
        format!("{}.{}", encoded(self.header.to_string()), encoded(self.claims.to_string()))
    }

    /// Signed with the server's own secret.
    pub(super) fn signed(&self) -> String {
        self.signed_with(JWT_SECRET.as_bytes())
    }

    /// Signed with a secret by HMAC and SHA-256.
    pub(super) fn signed_with(&self, secret: &[u8]) -> String {
        let message = self.message();
        format!("{message}.{}", encoded(hmac::<Sha256>(SHA256_BLOCK, secret, message.as_bytes())))
    }

    /// Signed with the server's own secret by HMAC and SHA-512.
    pub(super) fn signed_by_sha512(&self) -> String {
        let message = self.message();
        let signature = hmac::<Sha512>(SHA512_BLOCK, JWT_SECRET.as_bytes(), message.as_bytes());
        format!("{message}.{}", encoded(signature))
    }

    /// The token with this instead of a signature.
    pub(super) fn with_signature(&self, signature: &str) -> String {
        format!("{}.{signature}", self.message())
    }
}

fn set(object: &mut Value, name: &str, value: Option<Value>) {
    let object = object.as_object_mut().expect("an object");
    match value {
        Some(value) => drop(object.insert(name.to_owned(), value)),
        None => drop(object.remove(name)),
    }
}

#[test]
fn the_forger_computes_hmac_as_rfc_4231_does() {
    let key = [0x0b; 20];
    let sha256 = hmac::<Sha256>(SHA256_BLOCK, &key, b"Hi There");
    assert_eq!(hex::encode(sha256), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    let sha512 = hmac::<Sha512>(SHA512_BLOCK, b"Jefe", b"what do ya want for nothing?");
    assert!(
        hex::encode(sha512).starts_with("164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554")
    );
}
