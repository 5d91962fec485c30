//! Settings of a real deployment without its database: a misspelt `DATABASE_URL` must not open the embedded mode,
//! which would quietly start an empty database.

use crate::environment::{Environment, text_of};
use crate::error::Problem;
use crate::reader::given;
use crate::setting::Setting;
use crate::settings::setting;
use crate::unknown;

/// What is given beside a database that somebody else runs, and hardly ever without. One of them alone may be a trial
/// of the embedded mode with a mail server or a store of one's own.
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

/// How many of these are too many to be a trial.
const TOO_MANY: usize = 2;

/// Why this can't be meant to be the embedded mode, if it can't.
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
