//! The names of a company's stages, pipelines and users, kept in memory.
//!
//! Every list shows them and hardly anybody changes them: joining them costs more than the page itself. The company's
//! counter `names` grows in each transaction that changes one, and the statement that reads rows reads it as well.
//! Names of another version are read anew, so that a rename is seen at once, on every replica.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
    time::Duration,
};

use cartera_application::views::{NamedRef, StageRefView};
use cartera_domain::events::{Event, EventKind};
use moka::future::Cache;
use uuid::Uuid;

/// How much memory names may take, in bytes of text and keys. A company of 50 users takes 5 KiB.
const MOST: u64 = 8 * 1024 * 1024;

/// Heals what was changed past the application, by a statement of an administrator's own.
const LIFETIME: Duration = Duration::from_mins(1);

/// What a row costs besides its text: an id, two pointers and its share of the table.
const ROW: usize = 64;

/// The names of one company at one version.
#[derive(Debug, Default)]
pub(crate) struct Names {
    pub(crate) version: i64,
    stages: HashMap<Uuid, StageRefView>,
    /// Pipelines and users: ids are unique among both.
    others: HashMap<Uuid, String>,
    size: usize,
}

impl Names {
    /// A stage as it is read, deleted ones too.
    pub(crate) fn stage(&self, id: Uuid) -> Option<&StageRefView> {
        self.stages.get(&id)
    }

    /// A pipeline or user, deleted and removed ones too.
    pub(crate) fn named(&self, id: Uuid) -> Option<NamedRef> {
        Some(NamedRef { id, name: self.others.get(&id)?.clone() })
    }

    /// Whether everything that is referred to is known.
    pub(crate) fn know(&self, references: impl IntoIterator<Item = Option<Uuid>>) -> bool {
        references
            .into_iter()
            .flatten()
            .all(|id| self.stages.contains_key(&id) || self.others.contains_key(&id))
    }

    /// Adds a stage, when its kind and colour are given, or a pipeline or user.
    pub(crate) fn add(&mut self, id: Uuid, name: String, kind: Option<String>, color: Option<String>) {
        self.size += ROW + name.len();
        if let (Some(kind), Some(color)) = (kind, color) {
            self.stages.insert(id, StageRefView { id, name, kind, color });
        } else if let Entry::Vacant(place) = self.others.entry(id) {
            place.insert(name);
        }
    }
}

/// The names of the companies that were read lately.
pub(crate) type NameCache = Cache<Uuid, Arc<Names>>;

/// An empty cache.
pub(crate) fn cache() -> NameCache {
    let weight = |_: &Uuid, names: &Arc<Names>| u32::try_from(names.size + ROW).unwrap_or(u32::MAX);
    Cache::builder().weigher(weight).max_capacity(MOST).time_to_live(LIFETIME).build()
}

/// The column by which a statement tells the version of the names that belong to its rows. The company must be the
/// first value bound.
macro_rules! names_version {
    () => {
        ", coalesce((select n.value from company_sequences n where n.company_id = $1 and n.name = 'names'), 0) \
         as names_version"
    };
}

pub(crate) use names_version;

/// Whether names are other than before once these events are true.
pub(crate) fn change(events: &[(i64, Event)]) -> bool {
    use EventKind as K;
    events.iter().any(|(_, event)| {
        matches!(
            event.kind,
            K::UserCreated
                | K::UserUpdated
                | K::PipelineCreated
                | K::PipelineUpdated
                | K::PipelineDeleted
                | K::PipelineStagesReordered
                | K::StageCreated
                | K::StageUpdated
                | K::StageDeleted
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_know_what_they_hold_and_nothing_else() {
        let (stage, user, stranger) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        let mut names = Names::default();
        names.add(stage, "Won".to_owned(), Some("WON".to_owned()), Some("#00ff00".to_owned()));
        names.add(user, "Ana".to_owned(), None, None);
        assert!(names.know([Some(stage), Some(user), None]));
        assert!(!names.know([Some(stage), Some(stranger)]));
        assert_eq!(names.stage(stage).map(|stage| stage.kind.as_str()), Some("WON"));
        assert_eq!(names.named(user).map(|user| user.name), Some("Ana".to_owned()));
        assert_eq!(names.named(stage), None);
    }
}
