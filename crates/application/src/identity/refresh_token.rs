//! Refresh tokens: `crt_<company>.<session, generation and MAC>`.
//!
//! A token says itself which session it is of and which of its rotations made it, under a MAC by a key that only the
//! deployment has ([`DerivedSecrets`]). So a forged one is known without asking the database, and an old one by the
//! generation of its session.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use cartera_domain::ids::{CompanyId, Id, SessionId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{OpaqueToken, TokenKind};
use crate::ports::DerivedSecrets;

/// The bytes after the company: a session, a generation, a MAC.
const LENGTH: usize = 16 + 4 + 32;

/// A refresh token that is known to be ours.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken {
    company_id: CompanyId,
    session_id: SessionId,
    generation: i32,
    mac: [u8; 32],
}

/// What somebody presents as a refresh token.
pub(super) enum Presented {
    /// One of ours.
    Token(RefreshToken),
    /// One of the former kind, with a random secret. Whether it is one, only the database knows.
    Former(OpaqueToken),
}

impl RefreshToken {
    /// The token of one generation of a session.
    pub(super) fn new(
        secrets: &dyn DerivedSecrets,
        company_id: CompanyId,
        session_id: SessionId,
        generation: i32,
    ) -> Self {
        let mac = secrets.secret(TokenKind::Refresh, company_id, session_id.uuid(), generation);
        Self { company_id, session_id, generation, mac }
    }

    /// Its company.
    pub(super) fn company_id(&self) -> CompanyId {
        self.company_id
    }

    /// Its session.
    pub(super) fn session_id(&self) -> SessionId {
        self.session_id
    }

    /// Which rotation of the session made it.
    pub(super) fn generation(&self) -> i32 {
        self.generation
    }

    /// The token's text, for the cookie.
    pub fn expose(&self) -> String {
        let parts =
            [self.session_id.uuid().as_bytes(), &self.generation.to_be_bytes()[..], &self.mac].concat();
        let company = self.company_id.uuid().simple();
        format!("{}_{company}.{}", TokenKind::Refresh.prefix(), URL_SAFE_NO_PAD.encode(parts))
    }
}

impl Presented {
    /// Reads a text; `None` when it is neither.
    pub(super) fn parse(secrets: &dyn DerivedSecrets, text: &str) -> Option<Self> {
        if let Some(former) = OpaqueToken::parse(TokenKind::Refresh, text) {
            return Some(Self::Former(former));
        }
        let (company_id, rest) = OpaqueToken::company_and_rest(TokenKind::Refresh, text)?;
        let bytes: [u8; LENGTH] = URL_SAFE_NO_PAD.decode(rest).ok()?.try_into().ok()?;
        let (session, rest) = bytes.split_first_chunk::<16>()?;
        let (generation, mac) = rest.split_first_chunk::<4>()?;
        let session_id = Id::new(Uuid::from_bytes(*session));
        let token = RefreshToken::new(secrets, company_id, session_id, i32::from_be_bytes(*generation));
        // The time that comparing digests takes says nothing of the MACs.
        (Sha256::digest(mac) == Sha256::digest(token.mac)).then_some(Self::Token(token))
    }

    /// The company whose token it claims to be.
    pub(super) fn company_id(&self) -> CompanyId {
        match self {
            Self::Token(token) => token.company_id(),
            Self::Former(token) => token.company_id(),
        }
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RefreshToken({}, {}, {}, ***)", self.company_id, self.session_id, self.generation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::PlainSecrets;

    fn token(generation: i32) -> RefreshToken {
        let (company, session) = (Id::new(Uuid::from_u128(9)), Id::new(Uuid::from_u128(7)));
        RefreshToken::new(&PlainSecrets, company, session, generation)
    }

    fn read(text: &str) -> Option<RefreshToken> {
        match Presented::parse(&PlainSecrets, text)? {
            Presented::Token(token) => Some(token),
            Presented::Former(_) => None,
        }
    }

    #[test]
    fn a_token_reads_back_as_itself_and_hides_its_mac() {
        for generation in [0, 1, i32::MAX] {
            let text = token(generation).expose();
            assert_eq!(read(&text), Some(token(generation)));
            let shown = format!("{:?}", token(generation));
            assert!(!shown.contains(&text[text.len() - 43..]) && shown.ends_with("***)"));
        }
        let former = OpaqueToken::new(TokenKind::Refresh, Id::new(Uuid::from_u128(9)), [7; 32]);
        let former = Presented::parse(&PlainSecrets, &former.expose());
        assert!(matches!(former, Some(Presented::Former(_))));
    }

    #[test]
    fn no_byte_of_a_token_can_be_changed() {
        let text = token(1).expose();
        for at in 0..text.len() {
            for letter in ["A", "b", "0", "_", "."] {
                let mut other = text.clone();
                other.replace_range(at..=at, letter);
                assert!(other == text || read(&other).is_none(), "{other}");
            }
        }
        for text in ["", "crt_", "crt_x.y", &text[..40], &format!("{text}A"), &text.replace("crt", "cak")] {
            assert!(read(text).is_none(), "{text}");
        }
    }
}
