//! The names of events: `resource.verb_in_past`.

macro_rules! event_kinds {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal;)+) => {
        /// What can happen. The same names stand in the outbox, on webhooks and on the WebSocket.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum EventKind {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl EventKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The stable name.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// One sentence for the documents.
            pub const fn description(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+),)+ }
            }
        }
    };
}

event_kinds! {
    /// A company signed up or was registered.
    CompanyCreated = "company.created";
    /// A company's data or settings were changed.
    CompanyUpdated = "company.updated";
    /// A company was suspended: nobody of it gets in.
    CompanySuspended = "company.suspended";
    /// A suspended company was let in again.
    CompanyReactivated = "company.reactivated";
    /// A user came to be.
    UserCreated = "user.created";
    /// A user's name or role was changed.
    UserUpdated = "user.updated";
    /// A user was deactivated: their sessions and API keys ended.
    UserDeactivated = "user.deactivated";
    /// An inactive user may sign in again.
    UserReactivated = "user.reactivated";
    /// A user was removed from the company.
    UserRemoved = "user.removed";
    /// A user signed in.
    UserSignedIn = "user.signed_in";
    /// A user changed their password.
    UserPasswordChanged = "user.password_changed";
    /// A session was opened.
    SessionStarted = "session.started";
    /// A session ended.
    SessionEnded = "session.ended";
    /// A refresh token was used twice: it had been copied.
    SessionReuseDetected = "session.reuse_detected";
    /// An API key was made.
    ApiKeyCreated = "api_key.created";
    /// An API key was revoked.
    ApiKeyRevoked = "api_key.revoked";
    /// A pipeline was made with its stages.
    PipelineCreated = "pipeline.created";
    /// An account was created.
    AccountCreated = "account.created";
    /// An account was changed.
    AccountUpdated = "account.updated";
    /// An account was deleted into the bin.
    AccountDeleted = "account.deleted";
    /// An account was taken out of the bin.
    AccountRestored = "account.restored";
    /// An account was removed for good.
    AccountPurged = "account.purged";
    /// A contact was created.
    ContactCreated = "contact.created";
    /// A contact was changed.
    ContactUpdated = "contact.updated";
    /// A contact was deleted into the bin.
    ContactDeleted = "contact.deleted";
    /// A contact was taken out of the bin.
    ContactRestored = "contact.restored";
    /// A contact was removed for good.
    ContactPurged = "contact.purged";
    /// An opportunity was created.
    OpportunityCreated = "opportunity.created";
    /// An opportunity was changed, but for its stage.
    OpportunityUpdated = "opportunity.updated";
    /// An opportunity was deleted into the bin.
    OpportunityDeleted = "opportunity.deleted";
    /// An opportunity was taken out of the bin.
    OpportunityRestored = "opportunity.restored";
    /// An opportunity was removed for good, with its stage changes.
    OpportunityPurged = "opportunity.purged";
    /// An opportunity moved to another stage.
    OpportunityStageChanged = "opportunity.stage_changed";
    /// A background job that was given up got another try.
    JobRetried = "job.retried";
}
