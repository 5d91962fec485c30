//! A type that says neither how it is read nor how it is stored.

use cartera_domain::fields;

fields! { //~ E0277 can't be the type of a field
    /// What users write.
    NoteFields, NoteInput of Account in "notes" named ["title"] {
        /// The title.
        title: std::path::PathBuf, //~ E0277 can't be the type of a field
    }
}
