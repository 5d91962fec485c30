//! How a caller names a stage: by id or by name.

use uuid::Uuid;

use crate::{
    ids::StageId,
    values::{fold_key, trimmed},
};

/// A stage as a caller names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum StageRef {
    /// By its id.
    Id(StageId),
    /// By the folded form of its name: `NO_VENTA` and `no venta` are the same.
    Name(String),
}

impl StageRef {
    /// Parses a UUID as an id and everything else as a name.
    pub fn parse(raw: &str) -> Self {
        Uuid::try_parse(trimmed(raw))
            .map_or_else(|_not_an_id| Self::Name(fold_key(raw)), |id| Self::Id(StageId::new(id)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_without_case_accents_and_separators() {
        for raw in ["No Venta", "NO_VENTA", "no-venta", "  nó   venta "] {
            assert_eq!(StageRef::parse(raw), StageRef::Name("no venta".into()), "{raw}");
        }
    }

    #[test]
    fn a_uuid_is_an_id() {
        let id = Uuid::from_u128(7);
        assert_eq!(StageRef::parse(&id.to_string()), StageRef::Id(StageId::new(id)));
    }
}
