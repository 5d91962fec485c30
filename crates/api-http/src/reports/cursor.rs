//! The cursor of the stage-changes report. Stage and days are no filters of the list language, so its own
//! cursors don't know them: here each gets a seal that does.

use cartera_application::{Code, lists::Page, reports::Period};
use cartera_domain::pipelines::StageRef;
use sha2::{Digest, Sha256};

use crate::edge::Problem;

/// What a cursor is tied to: the stage, however it was spelled, and the days.
pub(super) fn seal(stage: Option<&str>, period: &Period) -> String {
    let Period { from, to } = period;
    let digest = Sha256::digest(format!("{:?}", (stage.map(StageRef::parse), from, to)));
    let mut head = [0; 8];
    head.copy_from_slice(&digest[..8]);
    format!("{:016x}", u64::from_be_bytes(head))
}

/// Takes the seal off the cursor among the parameters.
///
/// # Errors
/// `invalid_cursor` when it was made for another stage or other days.
pub(super) fn open(pairs: &mut [(String, String)], seal: &str) -> Result<(), Problem> {
    for (_, value) in pairs.iter_mut().filter(|(name, _)| name == "cursor") {
        match value.rsplit_once('.') {
            Some((cursor, given)) if given == seal => *value = cursor.to_owned(),
            _ => return Err(Problem::refused(Code::InvalidCursor)),
        }
    }
    Ok(())
}

/// Puts the seal on the cursor of a page.
pub(super) fn close<T>(page: &mut Page<T>, seal: &str) {
    if let Some(cursor) = &mut page.next_cursor {
        *cursor = format!("{cursor}.{seal}");
    }
}
