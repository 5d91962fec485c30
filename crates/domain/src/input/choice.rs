//! What could have been given where only some values are possible.

use std::fmt;

use strsim::{damerau_levenshtein, jaro_winkler};

/// A value of a closed set that was given wrongly, and the values of the set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    given: String,
    allowed: Vec<String>,
}

impl Choice {
    /// The most characters that are compared: what was given may have a megabyte.
    const LONGEST: usize = 60;

    /// The values that are possible instead of what was given.
    pub fn new<A: Into<String>>(given: &str, allowed: impl IntoIterator<Item = A>) -> Self {
        Self {
            given: given.chars().take(Self::LONGEST).collect(),
            allowed: allowed.into_iter().map(Into::into).collect(),
        }
    }

    /// The possible values, at most so many: the most alike where there are more.
    pub fn allowed(&self, most: usize) -> Vec<&str> {
        let mut allowed: Vec<_> = self.allowed.iter().map(String::as_str).collect();
        if allowed.len() > most {
            let given = bare(&self.given);
            allowed.sort_by(|one, other| {
                jaro_winkler(&given, &bare(other)).total_cmp(&jaro_winkler(&given, &bare(one)))
            });
            allowed.truncate(most);
        }
        allowed
    }

    /// The possible value that was probably meant: written in another case or style, or with few other letters.
    pub fn nearest(&self) -> Option<&str> {
        let given = bare(&self.given);
        let distance = |name: &&String| damerau_levenshtein(&given, &bare(name));
        let nearest = self.allowed.iter().min_by_key(distance)?;
        let is_near = distance(&nearest) <= given.chars().count().min(6) / 3;
        (is_near && !given.is_empty()).then_some(nearest)
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.allowed.join(", "))
    }
}

/// A name without case and punctuation: `first_name` is `firstName`.
fn bare(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: [&str; 5] = ["firstName", "lastName", "email", "accountId", "tags"];

    #[test]
    fn what_was_probably_meant_is_named_and_what_is_far_off_is_not() {
        for (given, meant) in [
            ("first_name", Some("firstName")),
            ("FIRSTNAME", Some("firstName")),
            ("fristName", Some("firstName")),
            ("e-mail", Some("email")),
            ("emial", Some("email")),
            ("account", Some("accountId")),
            ("tag", Some("tags")),
            ("zip", None),
            ("", None),
            ("???", None),
        ] {
            assert_eq!(Choice::new(given, FIELDS).nearest(), meant, "{given:?}");
        }
        assert_eq!(Choice::new("email", [""; 0]).nearest(), None);
    }

    #[test]
    fn of_many_values_the_most_alike_are_told() {
        let many = (0..50).map(|n| format!("field{n}")).chain(["amount".to_owned()]);
        let choice = Choice::new("amonut", many);
        assert_eq!(choice.allowed(20).len(), 20);
        assert_eq!(choice.allowed(20)[0], "amount");
        assert_eq!(Choice::new("x", FIELDS).allowed(20), FIELDS);
    }

    #[test]
    fn a_megabyte_is_compared_in_part() {
        let choice = Choice::new(&"x".repeat(1_000_000), FIELDS);
        assert_eq!((choice.nearest(), choice.given.len()), (None, 60));
    }
}
