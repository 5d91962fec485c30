//! A mark that no field has.

use cartera_domain::{fields, values::Line};

fields! {
    /// What users write.
    NoteFields, NoteInput of Account in "notes" named ["title"] {
        /// The title.
        title: Line<100> = [sorted], //~ E0560 no field named `sorted`
    }
}
