//! The fields of a file that are announced before it is uploaded.

use std::fmt;

use uuid::Uuid;

use super::{AttachmentTarget, TargetType, types};
use crate::{
    input::{Form, Patch, Rule, Violations},
    values::{Line, MediaType, trimmed},
};

/// The files that a deployment accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachmentRules {
    /// The largest file, in bytes.
    pub max_size: i64,
    /// The accepted content types, in lower case.
    pub types: Vec<String>,
}

/// The name of a file as shown to people. It is never used as a path or as a key in the store.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FileName(Line<255>);

impl FileName {
    /// The most characters of a name.
    pub const MAX: usize = Line::<255>::MAX;

    /// Trims `raw` and checks it.
    ///
    /// # Errors
    /// Those of [`Line::parse`]; [`Rule::Malformed`] for a path.
    pub fn parse(raw: String) -> Result<Self, Rule> {
        // The name of a file is not pasted: a line break in it is a trick on headers, not a slip.
        if trimmed(&raw).contains(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
            return Err(Rule::ControlCharacter);
        }
        let name = Line::parse(raw)?;
        if name.as_str().contains(['/', '\\']) || matches!(name.as_str(), "." | "..") {
            return Err(Rule::Malformed { expected: "a file name without a path" });
        }
        Ok(Self(name))
    }

    /// Wraps a name that [`FileName::parse`] accepted before.
    pub fn trusted(name: String) -> Self {
        Self(Line::trusted(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// A content type of the deployment's list: `type/subtype` in lower case, without parameters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ContentType(String);

impl ContentType {
    /// The most characters of a type.
    pub const MAX: usize = 127;

    /// Finds `raw` in the list, by whichever of its names. A type that is unknown or empty is that of the file's ending.
    ///
    /// # Errors
    /// [`Rule::TooLong`], [`Rule::NotAllowed`].
    pub fn parse(raw: &str, file_name: Option<&FileName>, rules: &AttachmentRules) -> Result<Self, Rule> {
        let raw = trimmed(raw);
        if raw.chars().count() > Self::MAX {
            return Err(Rule::TooLong { max: Self::MAX });
        }
        types::listed(raw, file_name.map(FileName::as_str), &rules.types)
            .map(|listed| Self(listed.to_owned()))
            .ok_or_else(|| Rule::not_allowed(raw, rules.types.iter().cloned()))
    }

    /// Wraps a type that [`ContentType::parse`] accepted before.
    pub fn trusted(text: String) -> Self {
        Self(text)
    }

    /// The type.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether that is what a store says of a file, with whichever parameters.
    pub fn is_said_by(&self, text: &str) -> bool {
        MediaType::parse(text).is_some_and(|said| said.essence() == self.0)
    }
}

/// The SHA-256 of a file.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sha256([u8; 32]);

impl Sha256 {
    /// Wraps the bytes of a hash.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Parses 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`Rule::Malformed`].
    #[expect(clippy::needless_pass_by_value, reason = "parsers of raw fields take what the form owns")]
    pub fn parse(raw: String) -> Result<Self, Rule> {
        let malformed = Rule::Malformed { expected: "64 hexadecimal digits" };
        let digits: Option<Vec<u32>> = trimmed(&raw).chars().map(|c| c.to_digit(16)).collect();
        let Some(digits) = digits.filter(|digits| digits.len() == 64) else { return Err(malformed) };
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = u8::try_from(pair[0] * 16 + pair[1]).unwrap_or_default();
        }
        Ok(Self(bytes))
    }

    /// The bytes.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The requested fields of an attachment, unchecked.
#[derive(Debug, Clone, Default)]
pub struct AttachmentInput {
    /// The kind of record it is attached to.
    pub entity_type: Patch<String>,
    /// To which record.
    pub entity_id: Patch<Uuid>,
    /// The file's name.
    pub file_name: Patch<String>,
    /// Its content type.
    pub content_type: Patch<String>,
    /// Its size in bytes.
    pub size: Patch<i64>,
    /// Its SHA-256, in hexadecimal digits.
    pub sha256: Patch<String>,
}

/// The checked fields of an attachment. They never change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachmentFields {
    /// To which record it is attached.
    pub target: AttachmentTarget,
    /// The file's name.
    pub file_name: FileName,
    /// Its content type.
    pub content_type: ContentType,
    /// Its size in bytes.
    pub size: i64,
    /// Its SHA-256.
    pub sha256: Sha256,
}

impl AttachmentFields {
    /// Reads the input of a new attachment.
    ///
    /// # Errors
    /// Every violation found.
    pub fn read(input: AttachmentInput, rules: &AttachmentRules) -> Result<Self, Violations> {
        let AttachmentInput { entity_type, entity_id, file_name, content_type, size, sha256 } = input;
        let mut form = Form::default();
        let kind = form.required("entityType", entity_type, None, TargetType::parse);
        let id = form.required("entityId", entity_id, None, Ok::<_, Rule>);
        let file_name = form.required("fileName", file_name, None, FileName::parse);
        let content_type = form.required("contentType", content_type, None, |raw: String| {
            ContentType::parse(&raw, file_name.as_ref(), rules)
        });
        let size = form.required("size", size, None, |raw| read_size(raw, rules));
        let sha256 = form.required("sha256", sha256, None, Sha256::parse);
        let fields = match (kind, id, file_name, content_type, size, sha256) {
            (Some(kind), Some(id), Some(file_name), Some(content_type), Some(size), Some(sha256)) => {
                let target = AttachmentTarget::new(kind, id);
                Some(Self { target, file_name, content_type, size, sha256 })
            }
            _ => None,
        };
        form.finish(fields)
    }
}

fn read_size(raw: i64, rules: &AttachmentRules) -> Result<i64, Rule> {
    if (0..=rules.max_size).contains(&raw) {
        return Ok(raw);
    }
    Err(Rule::OutOfRange { min: "0".to_owned(), max: rules.max_size.to_string() })
}
