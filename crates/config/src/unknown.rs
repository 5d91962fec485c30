//! Warns of variables that look like ours but are none: a misspelt name would otherwise be ignored silently.

use strsim::levenshtein;

use crate::environment::{Environment, text_of};
use crate::error::Warning;
use crate::lookup::setting;
use crate::setting::Setting;
use crate::settings::SETTINGS;

/// Variables with one of these prefixes are taken for ours. `PG_`, `PUBLIC_` and the like belong to others too.
const PREFIXES: [&str; 20] = [
    "CARTERA_",
    "HTTP_",
    "DATABASE_",
    "MIGRATION_DATABASE_",
    "WORKER_DATABASE_",
    "JOBS_",
    "S3_",
    "ATTACHMENT_",
    "SMTP_",
    "MAIL_",
    "JWT_",
    "SECRETS_",
    "RATE_LIMIT",
    "SESSION_",
    "LOG_",
    "METRICS_",
    "CORS_",
    "TRUSTED_",
    "PASSWORD_HASH_",
    "REGISTRATION_",
];

/// Variables of shells, desktops and service managers that share our prefixes.
const FOREIGN: [&str; 6] =
    ["HTTP_PROXY", "SESSION_MANAGER", "SESSION_ID", "SESSION_TYPE", "LOG_NAMESPACE", "MAIL_PATH"];

/// One warning for each unknown variable that has one of our prefixes or is named almost like one of our settings.
pub(crate) fn warnings(environment: &dyn Environment) -> Vec<Warning> {
    let mut names: Vec<String> =
        environment.names().into_iter().filter_map(|name| name.into_string().ok()).collect();
    names.sort_unstable();
    names.into_iter().filter_map(|name| warning(environment, name)).collect()
}

fn warning(environment: &dyn Environment, name: String) -> Option<Warning> {
    if known(&name) || FOREIGN.contains(&name.as_str()) || of_a_linked_service(environment, &name) {
        return None;
    }
    if let Some(plain) = name.strip_suffix("_FILE")
        && SETTINGS.iter().any(|setting| setting.name == plain)
    {
        let message = format!("is ignored: only secrets are read from files, give {plain}");
        return Some(Warning { variable: name, message });
    }
    let near = SETTINGS.iter().map(|setting| setting.name).find(|known| near(known, &name));
    let message = match near {
        Some(near) => format!("is no setting and is ignored; did you mean {near}?"),
        None if PREFIXES.iter().any(|prefix| name.starts_with(prefix)) => {
            "is no setting and is ignored".to_owned()
        }
        None => return None,
    };
    Some(Warning { variable: name, message })
}

/// The variable that is no setting and has the name most similar to this one's, if there is one.
pub(crate) fn nearest(environment: &dyn Environment, setting: &Setting) -> Option<String> {
    strangers(environment)
        .filter(|name| near(setting.name, name))
        .min_by_key(|name| (levenshtein(setting.name, name), name.clone()))
}

/// A variable that is named almost like a database URL and holds one.
pub(crate) fn misspelt_database_url(environment: &dyn Environment) -> Option<String> {
    let urls = const {
        [setting("DATABASE_URL"), setting("MIGRATION_DATABASE_URL"), setting("WORKER_DATABASE_URL")]
    };
    let is_url = |text: String| text.starts_with("postgres://") || text.starts_with("postgresql://");
    urls.into_iter()
        .filter_map(|url| nearest(environment, url))
        .find(|name| text_of(environment, name).is_some_and(is_url))
}

/// The variables that are no settings.
fn strangers(environment: &dyn Environment) -> impl Iterator<Item = String> {
    environment.names().into_iter().filter_map(|name| name.into_string().ok()).filter(|name| !known(name))
}

fn known(name: &str) -> bool {
    SETTINGS
        .iter()
        .any(|setting| setting.name == name || setting.file_variable().is_some_and(|file| file == name))
}

/// Whether the variable describes a linked service called "http", "database" or "smtp", as Kubernetes and container
/// links set them.
fn of_a_linked_service(environment: &dyn Environment, name: &str) -> bool {
    name.contains("_SERVICE_HOST")
        || name.contains("_SERVICE_PORT")
        || ["_TCP", "_UDP", "_SCTP"].iter().any(|protocol| name.contains(protocol) && name.contains("_PORT_"))
        || (name.ends_with("_PORT")
            && environment.variable(name).is_some_and(|value| value.to_string_lossy().contains("://")))
}

/// Whether two names differ by at most two letters. Short names would match too many others.
fn near(known: &str, name: &str) -> bool {
    known.len() >= 9 && known.len().abs_diff(name.len()) <= 2 && levenshtein(known, name) <= 2
}
