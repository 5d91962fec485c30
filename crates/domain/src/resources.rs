//! The table of resources: one row for each kind of record that is soft-deleted.
//!
//! The row of a resource generates its ids, kind, events and permissions; roles grant permissions by its class. The
//! fields that users write are in its own module, and its use cases in `application`, in `records::RESOURCES`.

/// Passes every row to a macro. Parents come first.
///
/// A row has a description; the kind and the name of its ids; the name on the wire, in events, and in paths, tables and
/// permissions; the beginning of a sentence about it; its class; its events in the order of [`crate::events::Verb`];
/// and its actions, each with its permission.
macro_rules! resources {
    ($take:ident) => {
        $take! {
            /// An organisation that the company sells to.
            Account AccountId "ACCOUNT" "account" "accounts" "An account" Sales
                [AccountCreated AccountUpdated AccountDeleted AccountRestored AccountPurged]
                [read AccountsRead, write AccountsWrite, delete AccountsDelete, export AccountsExport,
                    assign AccountsAssign];
            /// A person, usually at an account.
            Contact ContactId "CONTACT" "contact" "contacts" "A contact" Sales
                [ContactCreated ContactUpdated ContactDeleted ContactRestored ContactPurged]
                [read ContactsRead, write ContactsWrite, delete ContactsDelete, export ContactsExport,
                    assign ContactsAssign];
            /// A possible sale.
            Opportunity OpportunityId "OPPORTUNITY" "opportunity" "opportunities" "An opportunity" Sales
                [OpportunityCreated OpportunityUpdated OpportunityDeleted OpportunityRestored OpportunityPurged]
                [read OpportunitiesRead, write OpportunitiesWrite, delete OpportunitiesDelete,
                    export OpportunitiesExport, assign OpportunitiesAssign];
            /// What a user has written below a record.
            Comment CommentId "COMMENT" "comment" "comments" "A comment" Sales
                [CommentCreated CommentUpdated CommentDeleted CommentRestored CommentPurged]
                [read CommentsRead, write CommentsWrite, delete CommentsDelete];
            /// A label that the company has agreed on.
            Tag TagId "TAG" "tag" "tags" "A tag" Sales
                [TagCreated TagUpdated TagDeleted TagRestored TagPurged]
                [read TagsRead, write TagsWrite, delete TagsDelete];
        }
    };
}

pub(crate) use resources;
