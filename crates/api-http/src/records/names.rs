//! How a resource is called, in paths, in the document and in sentences.

use cartera_domain::{events::EntityType, record::Table};

/// The names of a resource.
#[derive(Debug, Clone)]
pub(super) struct Names {
    /// Below which path it stands: `price-books`.
    pub(super) path: String,
    /// Its heading: `Price books`.
    pub(super) tag: String,
    /// One of them in a sentence: `price book`.
    pub(super) one: String,
    /// The same with its article: `a price book`.
    pub(super) an: String,
    /// Several in a sentence: `price books`.
    pub(super) many: String,
    /// The name of its schema: `PriceBook`.
    pub(super) schema: String,
    /// The same for several, in names of operations: `PriceBooks`.
    pub(super) schemas: String,
}

impl Names {
    pub(super) fn of(table: &Table) -> Self {
        Self::new(table.entity, table.plural)
    }

    pub(super) fn new(entity: EntityType, plural: &str) -> Self {
        let one = entity.as_str().to_lowercase().replace('_', " ");
        let many = plural.replace('_', " ");
        let article = if one.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
        Self {
            path: plural.replace('_', "-"),
            tag: capitalised(&many),
            an: format!("{article} {one}"),
            schema: one.split(' ').map(capitalised).collect(),
            schemas: many.split(' ').map(capitalised).collect(),
            one,
            many,
        }
    }
}

/// `socialLinks` is `SocialLinks`.
pub(super) fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_from_the_table() {
        let names = Names::new(EntityType::ApiKey, "api_keys");
        assert_eq!((names.path.as_str(), names.tag.as_str()), ("api-keys", "Api keys"));
        assert_eq!((names.an.as_str(), names.many.as_str()), ("an api key", "api keys"));
        assert_eq!((names.schema.as_str(), names.schemas.as_str()), ("ApiKey", "ApiKeys"));
        assert_eq!(Names::new(EntityType::Contact, "contacts").an, "a contact");
    }
}
