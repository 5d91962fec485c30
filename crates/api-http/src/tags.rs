//! The routes of tags.

use cartera_domain::tags::TagFields;
use serde_json::json;

use crate::records::{Examples, Served, Texts};

impl Served for TagFields {
    const ABOUT: &'static str = "A label that the company has agreed on.";
    const ALL: &'static str = "The labels that a company has agreed on.";
    const TEXTS: Texts = Texts {
        create: Some("Its name is nobody's yet, whatever the case and the accents."),
        ..Texts::USUAL
    };

    fn examples() -> Examples {
        Examples {
            id: "019a9f2e-0000-7000-8000-00000000b001",
            record: json!({ "name": "VIP", "color": "#F59E0B" }),
            create: json!({ "name": "VIP", "color": "#F59E0B" }),
            update: json!({ "color": "#3B82F6" }),
        }
    }
}
