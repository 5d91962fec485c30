//! Opaque tokens: `<kind>_<company>.<secret>`.
//!
//! A token contains its company, so that looking it up is an ordinary query under row-level security. Only the SHA-256
//! of the secret is stored: with 256 bits of entropy it can't be guessed from its hash. Secrets of keys are random; those of
//! mailed links are derived, see [`crate::ports::DerivedSecrets`]. Refresh tokens are of another form:
//! [`super::RefreshToken`].

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use cartera_domain::{
    ids::{CompanyId, Id},
    values::trimmed,
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::TokenKind;
use crate::ports::DerivedSecrets;

/// A token with its secret: just created, or just presented.
#[derive(Clone, PartialEq, Eq)]
pub struct OpaqueToken {
    kind: TokenKind,
    company_id: CompanyId,
    secret: [u8; 32],
}

impl OpaqueToken {
    /// A new token around 256 random bits.
    pub fn new(kind: TokenKind, company_id: CompanyId, secret: [u8; 32]) -> Self {
        Self { kind, company_id, secret }
    }

    /// The token of a mailed link: see [`DerivedSecrets`].
    pub fn derived(
        secrets: &dyn DerivedSecrets,
        kind: TokenKind,
        company_id: CompanyId,
        id: Uuid,
        number: i32,
    ) -> Self {
        Self::new(kind, company_id, secrets.secret(kind, company_id, id, number))
    }

    /// Reads a presented token; `None` when it is not a well-formed one of this kind.
    pub fn parse(kind: TokenKind, text: &str) -> Option<Self> {
        let (company_id, secret) = Self::company_and_rest(kind, text)?;
        let secret = URL_SAFE_NO_PAD.decode(secret).ok()?.try_into().ok()?;
        Some(Self { kind, company_id, secret })
    }

    /// Splits the text of a token of this kind, without what comes along at its ends when it is pasted.
    pub(super) fn company_and_rest(kind: TokenKind, text: &str) -> Option<(CompanyId, &str)> {
        let (company, rest) =
            trimmed(text).strip_prefix(kind.prefix())?.strip_prefix('_')?.split_once('.')?;
        let company = Uuid::try_parse(company).ok().filter(|_| company.len() == 32)?;
        Some((Id::new(company), rest))
    }

    /// The company whose token it claims to be.
    pub fn company_id(&self) -> CompanyId {
        self.company_id
    }

    /// The hash that is stored.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.secret).into()
    }

    /// The token's text, to be handed out once.
    pub fn expose(&self) -> String {
        format!(
            "{}_{}.{}",
            self.kind.prefix(),
            self.company_id.uuid().simple(),
            URL_SAFE_NO_PAD.encode(self.secret)
        )
    }
}

impl fmt::Debug for OpaqueToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpaqueToken({:?}, {}, ***)", self.kind, self.company_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_as_itself_and_only_as_its_kind() {
        let token = OpaqueToken::new(TokenKind::Refresh, Id::new(Uuid::from_u128(9)), [7; 32]);
        let text = token.expose();
        assert_eq!(OpaqueToken::parse(TokenKind::Refresh, &text), Some(token.clone()));
        assert_eq!(
            OpaqueToken::parse(TokenKind::Refresh, &format!(" {text}\u{200B}\n")),
            Some(token.clone())
        );
        assert_eq!(OpaqueToken::parse(TokenKind::ApiKey, &text), None);
        assert!(!format!("{token:?}").contains(&text[38..]));
    }

    #[test]
    fn damaged_tokens_are_nothing() {
        for text in ["", "crt_", "crt_x.y", "crt_00000000000000000000000000000009.short", "crt_é.\0"] {
            assert_eq!(OpaqueToken::parse(TokenKind::Refresh, text), None, "{text}");
        }
    }
}
