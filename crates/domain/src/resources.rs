//! The table of resources: one row for each kind of record that goes through the bin.
//!
//! Its row makes a resource's ids, kind, events and permissions; roles decide by its class. What users write on it stands
//! in its own module, and its use cases, in `application`, in `records::RESOURCES`.

/// Hands every row to a macro. Parents come first.
///
/// A row: what it is; its kind and the name of its ids; its name on the wire, in events, and in paths, tables and
/// permissions; how a sentence begins with it; its class; its events in the order of [`crate::events::Verb`]; what may be
/// done with it and by which permission.
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
            /// A label that the company has agreed on.
            Tag TagId "TAG" "tag" "tags" "A tag" Sales
                [TagCreated TagUpdated TagDeleted TagRestored TagPurged]
                [read TagsRead, write TagsWrite, delete TagsDelete];
        }
    };
}

pub(crate) use resources;
