//! The names of events: `resource.verb_in_past`.

use crate::resources::resources;

macro_rules! event_kinds {
    ($($(#[doc = $doc:expr])+ $variant:ident = $name:expr;)+) => {
        /// The kinds of events. The outbox, webhooks and the WebSocket use the same names.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum EventKind {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl EventKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name of every kind.
            pub const NAMES: &[&str] = &[$($name,)+];

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

macro_rules! event_kinds_beside_resources {
    ($(
            $(#[doc = $doc:literal])+
            $kind:ident $id:ident $wire:literal $one:literal $plural:literal $an:literal $class:ident
                [$created:ident $updated:ident $deleted:ident $restored:ident $purged:ident]
                [$($action:ident $permission:ident),+];
        )+) => {
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
            /// Somebody asked for a new password, or an administrator demanded one; of an e-mail that nobody has it is in the
            /// platform's realm, of nobody.
            UserPasswordResetRequested = "user.password_reset_requested";
            /// A user chose a new password by a mailed link.
            UserPasswordReset = "user.password_reset";
            /// An administrator demands that a user choose a new password.
            UserPasswordResetDemanded = "user.password_reset_demanded";
            /// Too many wrong passwords: the sign-in is locked; `changes.until` says until when.
            UserLocked = "user.locked";
            /// Somebody was invited into the company.
            InvitationCreated = "invitation.created";
            /// An invitation was sent again, with the next link.
            InvitationResent = "invitation.resent";
            /// An invitation was taken back.
            InvitationRevoked = "invitation.revoked";
            /// An expired invitation made way for a new one.
            InvitationLapsed = "invitation.lapsed";
            /// Somebody joined by an invitation; `related` is the new user.
            InvitationAccepted = "invitation.accepted";
            /// A session was opened.
            SessionStarted = "session.started";
            /// A session ended; `changes.reason` says why.
            SessionEnded = "session.ended";
            /// A refresh token was used twice: it had been copied.
            SessionReuseDetected = "session.reuse_detected";
            /// An API key was made.
            ApiKeyCreated = "api_key.created";
            /// An API key was revoked.
            ApiKeyRevoked = "api_key.revoked";
            /// A pipeline was made with its stages.
            PipelineCreated = "pipeline.created";
            /// A pipeline got another name, or became or ceased to be the default one.
            PipelineUpdated = "pipeline.updated";
            /// A pipeline was deleted with its stages.
            PipelineDeleted = "pipeline.deleted";
            /// The stages of a pipeline got another order; `changes.stageIds` has both.
            PipelineStagesReordered = "pipeline.stages_reordered";
            /// A stage was added to a pipeline.
            StageCreated = "stage.created";
            /// A stage got another name, colour or probability.
            StageUpdated = "stage.updated";
            /// A stage was deleted; what stood in it moved before (`opportunity.stage_changed` each), to `changes.movedTo`.
            StageDeleted = "stage.deleted";
            /// An opportunity moved to another stage.
            OpportunityStageChanged = "opportunity.stage_changed";
            /// A platform administrator gave a dead job another try; in the platform's realm.
            JobRetried = "job.retried";
            /// A file was announced to be attached to a record.
            AttachmentCreated = "attachment.created";
            /// An attached file was uploaded and found as announced.
            AttachmentConfirmed = "attachment.confirmed";
            /// An attachment was deleted, or its upload never came.
            AttachmentDeleted = "attachment.deleted";
            $(
                #[doc = concat!($an, " was created.")]
                $created = concat!($one, ".created");
                #[doc = concat!($an, " was changed.")]
                $updated = concat!($one, ".updated");
                #[doc = concat!($an, " was deleted into the bin.")]
                $deleted = concat!($one, ".deleted");
                #[doc = concat!($an, " was taken out of the bin.")]
                $restored = concat!($one, ".restored");
                #[doc = concat!($an, " was removed for good.")]
                $purged = concat!($one, ".purged");
            )+
        }

        impl EventKind {
            /// The events of a resource's records, by [`Verb`].
            ///
            /// # Panics
            /// If `entity` is not a resource; in a constant, the build fails.
            pub const fn lifecycle(entity: super::EntityType) -> [Self; 5] {
                match entity {
                    $(super::EntityType::$kind => [
                        Self::$created, Self::$updated, Self::$deleted, Self::$restored, Self::$purged,
                    ],)+
                    _ => panic!("only resources have a lifecycle"),
                }
            }
        }
    };
}
resources!(event_kinds_beside_resources);

/// The lifecycle events that every kind of record has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// It came to be.
    Created,
    /// It changed.
    Updated,
    /// It went to the bin.
    Deleted,
    /// It came back.
    Restored,
    /// It is gone.
    Purged,
}
