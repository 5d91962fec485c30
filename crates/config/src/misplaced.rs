//! Refuses the settings of a real deployment without a database: a misspelt `DATABASE_URL` must not select the embedded
//! mode, which would quietly start with an empty database.

use crate::environment::{Environment, text_of};
use crate::error::Problem;
use crate::lookup::setting;
use crate::reader::given;
use crate::setting::Setting;
use crate::unknown;

/// Settings that are typical of an external database. One of them alone may be a trial of the embedded mode with one's
/// own mail server or file store.
const BESIDE_A_DATABASE: &[&[&Setting]] = &[
    &[setting("JWT_SECRET")],
    &[setting("SECRETS_KEY")],
    &[setting("SMTP_URL")],
    &[
        setting("S3_ENDPOINT"),
        setting("S3_BUCKET"),
        setting("S3_ACCESS_KEY_ID"),
        setting("S3_SECRET_ACCESS_KEY"),
    ],
    &[setting("TRUSTED_PROXIES")],
];

/// From how many of these on it can't be a trial.
const TOO_MANY: usize = 2;

/// The reason why this can't be meant as the embedded mode, if there is one.
pub(crate) fn refuse(environment: &dyn Environment) -> Option<Problem> {
    if let Some(name) = unknown::misspelt_database_url(environment) {
        let remedy = format!("rename {name}, or remove it for the embedded mode");
        return Some(Problem::new(format!("is missing, and {name} holds a database URL"), remedy));
    }
    let mut found: Vec<&str> = BESIDE_A_DATABASE
        .iter()
        .filter_map(|settings| settings.iter().find(|setting| given(environment, setting)))
        .map(|setting| setting.name)
        .collect();
    if https(environment) {
        found.push("an https PUBLIC_URL");
    }
    (found.len() >= TOO_MANY).then(|| {
        Problem::new(
            format!("is missing, though there are settings that go with it: {}", found.join(", ")),
            "give it, or remove them for the embedded mode",
        )
    })
}

fn https(environment: &dyn Environment) -> bool {
    text_of(environment, const { setting("PUBLIC_URL").name })
        .is_some_and(|text| text.trim_start().to_ascii_lowercase().starts_with("https://"))
}
