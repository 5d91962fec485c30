//! The names of a company's stages, pipelines and users, cached in memory.
//!
//! Every list shows them and they rarely change; joining them would cost more than the page itself. The company's
//! counter `names` is incremented by each transaction that changes one, and the statement that reads rows reads that
//! counter too. When it differs from the cached version, names are read again, so that a rename is visible at once on
//! every replica.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
    time::Duration,
};

use cartera_application::views::{NamedRef, StageRefView};
use cartera_domain::events::{Event, EventKind};
use moka::future::Cache;
use uuid::Uuid;

/// Capacity of the cache, in bytes of text and keys. A company of 50 users takes 5 KiB.
const MOST: u64 = 8 * 1024 * 1024;

/// Limits how long a change by hand stays hidden: SQL of an administrator does not increment the version.
const LIFETIME: Duration = Duration::from_mins(1);

/// The size of an entry besides its text: an id, two pointers and its share of the table.
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
    /// A stage, including deleted ones.
    pub(crate) fn stage(&self, id: Uuid) -> Option<&StageRefView> {
        self.stages.get(&id)
    }

    /// A pipeline or user, including deleted and removed ones.
    pub(crate) fn named(&self, id: Uuid) -> Option<NamedRef> {
        Some(NamedRef { id, name: self.others.get(&id)?.clone() })
    }

    /// Whether all of these references are known.
    pub(crate) fn know(&self, references: impl IntoIterator<Item = Option<Uuid>>) -> bool {
        references
            .into_iter()
            .flatten()
            .all(|id| self.stages.contains_key(&id) || self.others.contains_key(&id))
    }

    /// Adds a stage if a kind and colour are given, else a pipeline or user.
    pub(crate) fn add(&mut self, id: Uuid, name: String, kind: Option<String>, color: Option<String>) {
        self.size += ROW + name.len();
        if let (Some(kind), Some(color)) = (kind, color) {
            self.stages.insert(id, StageRefView { id, name, kind, color });
        } else if let Entry::Vacant(place) = self.others.entry(id) {
            place.insert(name);
        }
    }
}

/// Names by company, recently used.
pub(crate) type NameCache = Cache<Uuid, Arc<Names>>;

/// An empty cache.
pub(crate) fn cache() -> NameCache {
    let weight = |_: &Uuid, names: &Arc<Names>| u32::try_from(names.size + ROW).unwrap_or(u32::MAX);
    Cache::builder().weigher(weight).max_capacity(MOST).time_to_live(LIFETIME).build()
}

/// The column that returns the version of the names along with a statement's rows. The company must be the first bound
/// value.
macro_rules! names_version {
    () => {
        ", coalesce((select n.value from company_sequences n where n.company_id = $1 and n.name = 'names'), 0) \
         as names_version"
    };
}

pub(crate) use names_version;

/// Whether these events change a name.
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
