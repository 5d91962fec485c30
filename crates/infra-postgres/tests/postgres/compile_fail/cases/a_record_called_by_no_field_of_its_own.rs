//! A record that is called by a field which it does not have.

use cartera_domain::{fields, values::Line};

fields! { //~ E0080 `named` says fields of the resource
    /// What users write.
    NoteFields, NoteInput of Account in "notes" named ["heading"] {
        /// The title.
        title: Line<100>,
    }
}
