//! The secrets of mailed links and refresh tokens, derived from a key of the deployment.

use cartera_application::{identity::TokenKind, ports::DerivedSecrets};
use cartera_domain::ids::CompanyId;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use uuid::Uuid;

/// Says what the key is used for here, so that another use of the same key has other secrets.
const PURPOSE: &[u8] = b"cartera links 1";

/// HMAC-SHA-256 (RFC 2104) over what a secret is for.
#[derive(Clone)]
pub struct HmacSecrets {
    mac: Hmac<Sha256>,
}

impl HmacSecrets {
    /// Derives from this key, whatever its length.
    ///
    /// # Panics
    /// Never: HMAC takes keys of every length.
    pub fn new(key: &[u8]) -> Self {
        let mac = <Hmac<Sha256> as Mac>::new_from_slice(key).expect("HMAC takes keys of every length");
        Self { mac: mac.chain_update(PURPOSE) }
    }
}

impl DerivedSecrets for HmacSecrets {
    fn secret(&self, kind: TokenKind, company_id: CompanyId, id: Uuid, number: i32) -> [u8; 32] {
        // Every part has a fixed length but the first, which no other begins with: no two
        // secrets come from the same bytes.
        self.mac
            .clone()
            .chain_update(kind.prefix())
            .chain_update(company_id.uuid())
            .chain_update(id)
            .chain_update(number.to_be_bytes())
            .finalize()
            .into_bytes()
            .into()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use cartera_domain::ids::Id;

    use super::*;

    #[test]
    fn everything_has_a_secret_of_its_own_and_always_the_same() {
        let one = HmacSecrets::new(b"key one");
        let mut secrets = BTreeSet::new();
        for kind in [TokenKind::Invitation, TokenKind::PasswordReset, TokenKind::Refresh] {
            for (company, id, number) in [(1, 1, 1), (2, 1, 1), (1, 2, 1), (1, 1, 2)] {
                let of = |secrets: &HmacSecrets| {
                    let company = Id::new(Uuid::from_u128(company));
                    secrets.secret(kind, company, Uuid::from_u128(id), number)
                };
                assert_eq!(of(&one), of(&HmacSecrets::new(b"key one")));
                secrets.insert(of(&one));
                secrets.insert(of(&HmacSecrets::new(b"key two")));
            }
        }
        assert_eq!(secrets.len(), 24);
    }
}
