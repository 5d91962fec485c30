//! What an opaque token is for.

/// What a token is for; a token of one kind is nothing to the others.
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
    /// What its tokens begin with.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Refresh => "crt",
            Self::ApiKey => "cak",
            Self::Invitation => "civ",
            Self::PasswordReset => "cpr",
        }
    }
}
