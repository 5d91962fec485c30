//! Constructors of rows in the settings table: what settings of one kind have in common.

use crate::setting::{Example, Fallback, Group, Required, Setting, Shape};

pub(crate) const fn number(min: u32, max: u32, unit: &'static str) -> Shape {
    Shape::Number { min, max, unit }
}

/// A setting that may be left out.
pub(crate) const fn optional(name: &'static str, group: Group, description: &'static str) -> Setting {
    Setting {
        name,
        group,
        shape: Shape::Text("text"),
        default: Fallback::None,
        secret: false,
        required: Required::Never,
        description,
        example: Example::Value(""),
    }
}

/// A setting with a fixed default, which is also its example.
pub(crate) const fn given(
    name: &'static str,
    group: Group,
    default: &'static str,
    description: &'static str,
) -> Setting {
    Setting {
        default: Fallback::Value(default),
        example: Example::Value(default),
        ..optional(name, group, description)
    }
}

/// Something that is on or off.
pub(crate) const fn switch(
    name: &'static str,
    group: Group,
    default: &'static str,
    description: &'static str,
) -> Setting {
    Setting { shape: Shape::Choice(&["on", "off"]), ..given(name, group, default, description) }
}

/// A secret that a command generates.
pub(crate) const fn token(
    name: &'static str,
    group: Group,
    description: &'static str,
    command: &'static str,
) -> Setting {
    Setting {
        shape: Shape::Text("32 bytes or more"),
        secret: true,
        example: Example::Command(command),
        ..optional(name, group, description)
    }
}

pub(crate) const fn credential(name: &'static str, description: &'static str) -> Setting {
    Setting {
        shape: Shape::Text("as the store shows it"),
        secret: true,
        required: Required::WithDatabaseUrl,
        ..optional(name, Group::Storage, description)
    }
}

pub(crate) const fn database_url(name: &'static str, description: &'static str) -> Setting {
    Setting {
        shape: Shape::Text("postgres://user:password@host:port/database"),
        secret: true,
        ..optional(name, Group::Database, description)
    }
}

pub(crate) const fn rate(name: &'static str, default: &'static str, description: &'static str) -> Setting {
    Setting { shape: Shape::Rate, ..given(name, Group::RateLimits, default, description) }
}
