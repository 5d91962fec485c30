//! What an opaque token is for.

/// What a token is for; a token of one kind is not accepted as another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// Refreshes a session.
    Refresh,
    /// Authenticates an integrator.
    ApiKey,
    /// Lets somebody join a company.
    Invitation,
    /// Lets somebody choose a new password.
    PasswordReset,
}

impl TokenKind {
    /// The prefix of its tokens.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Refresh => "crt",
            Self::ApiKey => "cak",
            Self::Invitation => "civ",
            Self::PasswordReset => "cpr",
        }
    }
}
