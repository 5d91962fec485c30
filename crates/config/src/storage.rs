//! The file store, and which files it accepts.

use url::Url;

use crate::error::{Problem, Reported};
use crate::lookup::setting;
use crate::reader::Reader;
use crate::secret::Secret;
use crate::setting::Setting;

/// The file store of attachments.
#[derive(Debug, Clone)]
pub struct Storage {
    /// The store. `None` only in the embedded mode, which runs its own.
    pub server: Option<S3Server>,
    /// The URL by which clients reach the store, if that differs.
    pub public_endpoint: Option<String>,
    /// The region in signatures.
    pub region: String,
    /// Whether the bucket is in the path of URLs rather than in the host name.
    pub path_style: bool,
    /// The largest file, in bytes.
    pub max_size: u32,
    /// The accepted content types, in lower case.
    pub types: Vec<String>,
}

/// An S3 server. Prints without its credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Server {
    /// The URL by which the program reaches it, without a trailing slash.
    pub endpoint: String,
    /// The bucket.
    pub bucket: String,
    /// The access key.
    pub access_key: Secret,
    /// Its secret.
    pub secret_key: Secret,
}

impl Storage {
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Reported> {
        let server = read_server(reader);
        let public_endpoint = reader.optional(const { setting("S3_PUBLIC_ENDPOINT") }, parse_endpoint);
        let region = reader.value(const { setting("S3_REGION") }, parse_region);
        let path_style = reader.switch(const { setting("S3_PATH_STYLE") });
        let max_size = reader.count(const { setting("ATTACHMENT_MAX_SIZE") });
        let types = reader.value(const { setting("ATTACHMENT_TYPES") }, parse_types);
        Ok(Self {
            server: server?,
            public_endpoint: public_endpoint?,
            region: region?,
            path_style: path_style?,
            max_size: max_size?,
            types: types?,
        })
    }
}

/// All four settings, or none in the embedded mode.
fn read_server(reader: &mut Reader<'_>) -> Result<Option<S3Server>, Reported> {
    let endpoint = reader.optional(const { setting("S3_ENDPOINT") }, parse_endpoint);
    let bucket = reader.optional(const { setting("S3_BUCKET") }, parse_bucket);
    let access_key = reader.optional(const { setting("S3_ACCESS_KEY_ID") }, parse_credential);
    let secret_key = reader.optional(const { setting("S3_SECRET_ACCESS_KEY") }, parse_credential);
    let (endpoint, bucket, access_key, secret_key) = (endpoint?, bucket?, access_key?, secret_key?);
    if endpoint.is_none() && bucket.is_none() && access_key.is_none() && secret_key.is_none() {
        return Ok(None);
    }
    let endpoint = beside(reader, const { setting("S3_ENDPOINT") }, endpoint);
    let bucket = beside(reader, const { setting("S3_BUCKET") }, bucket);
    let access_key = beside(reader, const { setting("S3_ACCESS_KEY_ID") }, access_key);
    let secret_key = beside(reader, const { setting("S3_SECRET_ACCESS_KEY") }, secret_key);
    let server =
        S3Server { endpoint: endpoint?, bucket: bucket?, access_key: access_key?, secret_key: secret_key? };
    Ok(Some(server))
}

fn beside<T>(reader: &mut Reader<'_>, setting: &'static Setting, value: Option<T>) -> Result<T, Reported> {
    value.ok_or_else(|| {
        let problem = Problem::new("is missing beside other S3 settings", "give all of them, or none");
        reader.report(setting, problem)
    })
}

/// Error messages never quote the value: it may contain credentials.
fn parse_endpoint(text: &str) -> Result<String, Problem> {
    let refuse = |problem: &str| Problem::new(problem, "write an origin such as https://s3.example.com");
    let url = Url::parse(text).map_err(|error| refuse(&format!("is not a URL ({error})")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refuse("is not an http or https URL"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("holds a user or a password"));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(refuse("has more than scheme, host and port"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// The rules of S3, but without dots: a TLS certificate would not match a host name with them.
fn parse_bucket(text: &str) -> Result<String, Problem> {
    let good = (3..=63).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-');
    if good {
        return Ok(text.to_owned());
    }
    Err(Problem::new(format!("is {text:?}"), "write 3 to 63 lower-case letters, digits and dashes"))
}

fn parse_region(text: &str) -> Result<String, Problem> {
    if text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Ok(text.to_owned());
    }
    Err(Problem::new(format!("is {text:?}"), "write letters, digits and dashes, like eu-west-1"))
}

fn parse_credential(text: &str) -> Result<Secret, Problem> {
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(Problem::new("holds a blank or a control character", "give it as the store shows it"));
    }
    Ok(Secret::new(text))
}

/// `type/subtype` without parameters. Types that browsers would execute are refused, although files are only ever
/// downloaded.
fn parse_types(text: &str) -> Result<Vec<String>, Problem> {
    const REMEDY: &str = "write content types such as application/pdf,image/png";
    const ACTIVE: [&str; 9] = [
        "text/html",
        "application/xhtml+xml",
        "image/svg+xml",
        "image/svg",
        "text/javascript",
        "application/javascript",
        "application/x-javascript",
        "text/ecmascript",
        "application/ecmascript",
    ];
    let part = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte))
    };
    let mut types = Vec::new();
    for item in text.split(',').map(|item| item.trim().to_ascii_lowercase()) {
        let good = item.len() <= 127
            && item.split_once('/').is_some_and(|(kind, subtype)| part(kind) && part(subtype));
        if !good {
            return Err(Problem::new(format!("holds {item:?}"), REMEDY));
        }
        if ACTIVE.contains(&item.as_str()) {
            return Err(Problem::new(format!("holds {item:?}, which browsers run"), REMEDY));
        }
        if !types.contains(&item) {
            types.push(item);
        }
    }
    Ok(types)
}
