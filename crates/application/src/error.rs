//! The one closed error of all use cases and ports, and the table of its stable codes.

use std::{collections::BTreeMap, error::Error as StdError, time::Duration};

use cartera_domain::{
    identity::Permission,
    input::{Rule, Violation, Violations},
};
use thiserror::Error;

/// What every use case and port answers.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The cause that an adapter met, kept whole for the log.
pub type Cause = Box<dyn StdError + Send + Sync>;

/// What kind of refusal a code is. The edge makes a status of it; nothing else needs to know HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The input is malformed or breaks a rule that needs no data to check.
    Invalid,
    /// Nobody is signed in, or no longer.
    Unauthenticated,
    /// The caller is known but may not.
    Forbidden,
    /// There is no such record in the caller's company.
    NotFound,
    /// The resource does not take this method.
    MethodNotAllowed,
    /// The request took too long to arrive.
    Timeout,
    /// The present state refuses.
    Conflict,
    /// The caller's version is stale.
    Stale,
    /// The input is larger than allowed.
    TooLarge,
    /// The media type is not understood.
    UnsupportedMedia,
    /// A rule or reference refuses input that is well-formed.
    Unprocessable,
    /// Too many requests.
    TooMany,
    /// Something needed is down or full for now.
    Unavailable,
    /// A mistake of ours.
    Internal,
}

macro_rules! codes {
    ($($variant:ident = $code:literal, $kind:ident, $title:literal, $advice:literal;)+) => {
        /// The stable codes of all errors: front ends and integrators decide by them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = $title] $variant,)+
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The stable text of the code.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// What kind of refusal it is.
            pub const fn kind(self) -> Kind {
                match self { $(Self::$variant => Kind::$kind,)+ }
            }

            /// What went wrong, in a few words.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)+ }
            }

            /// What went wrong and what to do about it, in a sentence or two.
            pub const fn advice(self) -> &'static str {
                match self { $(Self::$variant => $advice,)+ }
            }
        }
    };
}

codes! {
    ValidationFailed = "validation_failed", Invalid, "The request is not valid",
        "One or more fields or parameters are malformed or break a rule; `errors` names each. Correct them and send the request again.";
    InvalidCursor = "invalid_cursor", Invalid, "The cursor does not fit",
        "The cursor is damaged, or was made for another sort order or other filters. Start again without a cursor.";
    Unauthenticated = "unauthenticated", Unauthenticated, "Sign in first",
        "The request has no valid access token or API key, or the session has ended. Sign in or refresh the session.";
    SeveralCredentials = "several_credentials", Unauthenticated, "More than one credential",
        "The request has more than one credential (an access token and an API key, or one of them twice), so it is unclear whose permissions apply. Send only one.";
    InvalidCredentials = "invalid_credentials", Unauthenticated, "E-mail or password is wrong",
        "The e-mail and password don't open a session. Check both, or reset the password.";
    RefreshTokenInvalid = "refresh_token_invalid", Unauthenticated, "The session has ended",
        "The refresh token is missing, unknown, expired or its session has ended. Sign in again.";
    RefreshTokenReused = "refresh_token_reused", Unauthenticated, "The session was ended for safety",
        "A refresh token was used a second time, which means that it was copied. The session has ended: sign in again.";
    Forbidden = "forbidden", Forbidden, "Not allowed",
        "You may not do this. `permission` names what is missing; where it is absent, `detail` says for whom this is.";
    CompanyRequired = "company_required", Forbidden, "Only for users of a company",
        "A platform administrator belongs to no company and can't use its data. Sign in as a user of the company.";
    PasswordResetRequired = "password_reset_required", Forbidden, "Choose a new password first",
        "Your password must be changed before anything else. Call POST /api/v1/auth/change-password.";
    ApiKeyNotAllowed = "api_key_not_allowed", Forbidden, "Not for API keys",
        "This route is for signed-in people, not for API keys. Sign in with e-mail and password.";
    OriginNotAllowed = "origin_not_allowed", Forbidden, "The origin is not allowed",
        "A page of this origin may not use the session cookie. Add the origin to CORS_ORIGINS.";
    CompanySuspended = "company_suspended", Forbidden, "The company is suspended",
        "The platform has suspended this company: nobody can join it or be invited into it. Ask its administrators.";
    RegistrationClosed = "registration_closed", Forbidden, "Sign-up is closed",
        "This deployment does not take sign-ups. Ask its operator for an invitation.";
    NotFound = "not_found", NotFound, "Not found",
        "There is no such record or route, or it is not yours to see.";
    MethodNotAllowed = "method_not_allowed", MethodNotAllowed, "Method not allowed",
        "The route exists but does not take this method; `Allow` lists the ones it takes.";
    RequestTimeout = "request_timeout", Timeout, "The request took too long",
        "The body did not arrive in time. Send it again on a faster connection.";
    AccountNameTaken = "account_name_taken", Conflict, "An account of this name exists",
        "Names of accounts are unique whatever the case. Use the existing account or another name.";
    AccountInUse = "account_in_use", Conflict, "The account is in use",
        "The account has live contacts or opportunities; `params` counts them. Delete or move them first, or delete everything together with `cascade=true`.";
    AccountDeleted = "account_deleted", Conflict, "Its account is in the bin",
        "The record belongs to an account that was deleted. Restore the account: what was deleted together with it comes back too.";
    ContactEmailTaken = "contact_email_taken", Conflict, "A contact with this e-mail exists",
        "E-mails of contacts are unique whatever the case. Use the existing contact or another e-mail.";
    ContactInUse = "contact_in_use", Conflict, "The contact is in use",
        "The contact is the only party of live opportunities; `params` counts them. Delete them or give them an account first.";
    ContactDeleted = "contact_deleted", Conflict, "Its contact is in the bin",
        "The opportunity has no other party than a contact that was deleted. Restore the contact first.";
    TagNameTaken = "tag_name_taken", Conflict, "A tag with this name exists",
        "Names of tags are unique whatever the case and the accents. Use the existing tag or another name.";
    PipelineDeleted = "pipeline_deleted", Conflict, "Its pipeline was deleted",
        "The opportunity belongs to a pipeline that was deleted meanwhile, so there is no stage for it to stand in. It stays in the bin.";
    HistoryNotKept = "history_not_kept", NotFound, "The history does not go back that far",
        "Of this record not every change until then is known, or more than 10,000 have happened since. Ask for a later moment.";
    NotDeleted = "not_deleted", Conflict, "The record is not in the bin",
        "Only what was deleted can be restored. Somebody may have restored it before you: reload it.";
    EmailTaken = "email_taken", Conflict, "The e-mail is taken",
        "This e-mail belongs to a user already. Sign in, or use another e-mail.";
    LastOwner = "last_owner", Conflict, "The company needs an owner",
        "A company always keeps an active OWNER, and this is the last one. Make somebody else an OWNER first.";
    InvitationPending = "invitation_pending", Conflict, "This e-mail is already invited",
        "An invitation of this e-mail is still pending. Send it again, or revoke it first.";
    ApiKeyNameTaken = "api_key_name_taken", Conflict, "An API key of this name exists",
        "Names of API keys are unique in a company. Revoke the old key or use another name.";
    PipelineNameTaken = "pipeline_name_taken", Conflict, "A pipeline of this name exists",
        "Names of pipelines are unique whatever case, accents and separators. Use another name.";
    PipelineIsDefault = "pipeline_is_default", Conflict, "The pipeline is the default one",
        "A company always has one default pipeline: it can't be deleted or given up. Make another one the default first.";
    PipelineInUse = "pipeline_in_use", Conflict, "The pipeline is in use",
        "Live opportunities stand in the pipeline; `params` counts them. Delete them first: an opportunity keeps its pipeline.";
    StageNameTaken = "stage_name_taken", Conflict, "The pipeline has a stage of this name",
        "Names of stages are unique in their pipeline whatever case, accents and separators. Use another name.";
    StageInUse = "stage_in_use", Conflict, "The stage is in use",
        "Live opportunities stand in the stage; `params` counts them. Say where they go, and why, by `moveTo` and `reason`.";
    StageKindsRequired = "stage_kinds_required", Conflict, "A pipeline needs its kinds of stages",
        "A pipeline has exactly one WON stage, and at least one OPEN and one LOST stage. Rename a stage instead, or add another of its kind first.";
    LimitReached = "limit_reached", Conflict, "There are as many as there may be",
        "`params.max` of these are allowed. Delete one that is no longer needed first.";
    AlreadyInStage = "already_in_stage", Conflict, "The opportunity is already in this stage",
        "A move must lead to another stage. Reload the opportunity to see where it stands.";
    UploadMissing = "upload_missing", Conflict, "The file was not uploaded yet",
        "Nothing is in the store under this attachment. Upload the file to `upload.url` first, then confirm again.";
    AttachmentNotAvailable = "attachment_not_available", Conflict, "The file is not available yet",
        "The upload of this attachment was not confirmed. Upload the file and call `confirm` first.";
    EditConflict = "edit_conflict", Conflict, "Somebody else changed the record first",
        "The record changed while you were changing it; nothing of yours was saved. Reload it and try again.";
    IdempotencyInProgress = "idempotency_in_progress", Conflict, "The same request is still running",
        "A request with this Idempotency-Key has not ended yet. Wait a moment and send it again.";
    VersionMismatch = "version_mismatch", Stale, "The record has changed",
        "`If-Match` names another version than the record has. Reload the record and try again.";
    PayloadTooLarge = "payload_too_large", TooLarge, "The request is too large",
        "The body, or a part of the request, is larger than allowed. Send less.";
    UnsupportedMediaType = "unsupported_media_type", UnsupportedMedia, "The media type is not supported",
        "Send the body as `Content-Type: application/json`, or a `PATCH` also as `application/merge-patch+json`: in UTF-8 and without content encoding.";
    InvalidReference = "invalid_reference", Unprocessable, "A reference leads nowhere",
        "A field refers to a record that does not exist in your company; `errors` names the field.";
    InvitationUnknown = "invitation_unknown", Unprocessable, "There is no such invitation",
        "The link is damaged, or a newer one has taken its place. Use the link of the last mail, or ask for a new invitation.";
    InvitationExpired = "invitation_expired", Unprocessable, "The invitation has expired",
        "Links of invitations are valid for seven days. Ask whoever invited you to send it again.";
    InvitationUsed = "invitation_used", Unprocessable, "The invitation has been used",
        "Somebody has joined by this link already. Sign in, or reset the password.";
    InvitationRevoked = "invitation_revoked", Unprocessable, "The invitation was taken back",
        "Whoever invited you has revoked the invitation. Ask for a new one.";
    PasswordResetUnknown = "password_reset_unknown", Unprocessable, "There is no such link",
        "The link is damaged or leads to nobody who may sign in. Ask for a new one.";
    PasswordResetExpired = "password_reset_expired", Unprocessable, "The link has expired",
        "Links to choose a new password are valid for an hour. Ask for a new one.";
    PasswordResetUsed = "password_reset_used", Unprocessable, "The link has been used",
        "A password was chosen by this link, or by a later one. Sign in, or ask for a new link.";
    UploadMismatch = "upload_mismatch", Unprocessable, "Another file was uploaded",
        "What is in the store is not what was announced (size, type or checksum). Delete the attachment and announce it anew.";
    IdempotencyKeyReused = "idempotency_key_reused", Unprocessable, "The Idempotency-Key was used for another request",
        "Use a new key for a new request.";
    RateLimited = "rate_limited", TooMany, "Too many requests",
        "Wait as long as `Retry-After` says (seconds), then go on more slowly.";
    Unavailable = "unavailable", Unavailable, "Temporarily unavailable",
        "Something that this request needs is down or overloaded. Try again after `Retry-After` seconds.";
    CompanyBusy = "company_busy", Unavailable, "Your company is doing too much at once",
        "Earlier requests of your company hold all the database connections that one company may hold at once, and none came free in time. Nothing was done. Send fewer at a time, and this one again after `Retry-After` seconds.";
    Internal = "internal", Internal, "Something went wrong on our side",
        "The failure was logged with this request id. Nothing was saved; try again, and report the id if it stays.";
}

/// A refusal with a stable code.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}", .code.as_str())]
pub struct Refusal {
    /// Why.
    pub code: Code,
    /// Figures that belong to it (counts, limits), by name.
    pub params: BTreeMap<&'static str, i64>,
    /// The fields it is about, when it is about fields.
    pub violations: Violations,
    /// What the caller lacks.
    pub lack: Option<Lack>,
}

/// What a caller lacks who may not do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// A permission.
    Permission(Permission),
    /// A permission for records other than their own.
    Reach(Permission),
    /// A role as high as the one that they would manage or give.
    Rank,
    /// Being somebody else: nobody takes their own role away.
    AnotherPerson,
    /// Being a platform administrator.
    Platform,
    /// Being a platform administrator, who alone invites owners.
    OwnersInviter,
    /// Being an API key.
    ApiKey,
}

impl Lack {
    /// The permission, if it is one.
    pub const fn permission(self) -> Option<Permission> {
        match self {
            Self::Permission(permission) | Self::Reach(permission) => Some(permission),
            Self::Rank | Self::AnotherPerson | Self::Platform | Self::OwnersInviter | Self::ApiKey => None,
        }
    }
}

impl Refusal {
    fn new(code: Code) -> Self {
        Self { code, params: BTreeMap::new(), violations: Violations::default(), lack: None }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

/// The one error of use cases and ports.
#[derive(Debug, Error)]
pub enum Error {
    /// The request is refused, and the caller can do something about it.
    #[error(transparent)]
    Refused(Box<Refusal>),
    /// Too many requests.
    #[error("too many requests")]
    TooMany {
        /// When to come back.
        retry_after: Duration,
    },
    /// A dependency is down or full; the caller may come back.
    #[error("{what} is unavailable")]
    Unavailable {
        /// Which dependency.
        what: &'static str,
        /// Why.
        #[source]
        cause: Option<Cause>,
    },
    /// A mistake of ours, or a dependency that answered nonsense.
    #[error("{what}")]
    Internal {
        /// What was being done.
        what: &'static str,
        /// Why it failed.
        #[source]
        cause: Option<Cause>,
    },
}

impl Error {
    /// A refusal by code alone.
    pub fn refused(code: Code) -> Self {
        Refusal::new(code).into()
    }

    /// The caller may not, because they lack this.
    pub fn lacking(lack: Lack) -> Self {
        Refusal { lack: Some(lack), ..Refusal::new(Code::Forbidden) }.into()
    }

    /// A refusal with figures.
    pub fn refused_with(code: Code, params: impl IntoIterator<Item = (&'static str, i64)>) -> Self {
        Refusal { params: params.into_iter().collect(), ..Refusal::new(code) }.into()
    }

    /// The absence of a record, or another company's: the two can't be told apart.
    pub fn not_found() -> Self {
        Self::refused(Code::NotFound)
    }

    /// A single field is not valid.
    pub fn invalid(field: impl Into<String>, rule: Rule) -> Self {
        Violations::from(Violation::new(field, rule)).into()
    }

    /// A field refers to nothing that the caller could see.
    pub fn invalid_reference(field: impl Into<String>) -> Self {
        Self::no_such(field, Rule::InvalidReference)
    }

    /// A reference to a record that is not there, by a rule that may tell which are.
    pub(crate) fn no_such(field: impl Into<String>, rule: Rule) -> Self {
        let violations = Violation::new(field, rule).into();
        Refusal { violations, ..Refusal::new(Code::InvalidReference) }.into()
    }

    /// A mistake of ours.
    pub fn internal(what: &'static str, cause: impl Into<Cause>) -> Self {
        Self::Internal { what, cause: Some(cause.into()) }
    }

    /// A dependency is down.
    pub fn unavailable(what: &'static str, cause: impl Into<Cause>) -> Self {
        Self::Unavailable { what, cause: Some(cause.into()) }
    }

    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Self::Refused(refusal) => refusal.code,
            Self::TooMany { .. } => Code::RateLimited,
            Self::Unavailable { .. } => Code::Unavailable,
            Self::Internal { .. } => Code::Internal,
        }
    }

    /// Whether this is a refusal with `code`.
    pub fn is(&self, code: Code) -> bool {
        self.code() == code
    }
}

impl From<Violations> for Error {
    fn from(violations: Violations) -> Self {
        Refusal { violations, ..Refusal::new(Code::ValidationFailed) }.into()
    }
}

/// The error with its causes, one after the other, for people.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let next = inner.to_string();
        if !text.contains(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        cause = inner.source();
    }
    text
}
