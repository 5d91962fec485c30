//! The name and kind of a stage, with the kind's default colour and probability.

use std::fmt;

use crate::values::{Color, Line};

/// The name of a stage. Its folded form is unique in its pipeline.
pub type StageName = Line<60>;

/// The kind of a stage, which is the status of the opportunities in it. A stage's kind never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StageKind {
    /// The sale is still possible.
    Open,
    /// The sale was made.
    Won,
    /// The sale will not be made.
    Lost,
}

impl StageKind {
    /// Every kind.
    pub const ALL: &[Self] = &[Self::Open, Self::Won, Self::Lost];

    /// The name on the wire and in storage.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "OPEN",
            Self::Won => "WON",
            Self::Lost => "LOST",
        }
    }

    /// The kind with this name, if there is one.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == name)
    }

    /// The default colour of a stage of this kind.
    pub fn usual_color(self) -> Color {
        let color = match self {
            Self::Open => "#64748B",
            Self::Won => "#16A34A",
            Self::Lost => "#DC2626",
        };
        Color::trusted(color.to_owned())
    }

    /// The default probability of a sale from a stage of this kind, in percent.
    pub const fn usual_probability(self) -> i32 {
        match self {
            Self::Open => 50,
            Self::Won => 100,
            Self::Lost => 0,
        }
    }

    /// Whether opportunities of this kind are closed.
    pub const fn is_closed(self) -> bool {
        !matches!(self, Self::Open)
    }
}

impl fmt::Display for StageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
