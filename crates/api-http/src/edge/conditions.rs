//! Conditions: `If-Match` and `If-None-Match` (RFC 9110, 13.1).

use std::future::ready;

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{self, HeaderValue},
};
use cartera_application::security::IfMatch;
use cartera_domain::input::Rule;
use futures_util::future::LocalBoxFuture;

use super::{Problem, turn::in_turn};

/// The header by which a caller names the version that they have seen.
pub const IF_MATCH: &str = "If-Match";

/// What compressing proxies add to a tag, behind `-` or `;`.
const CODINGS: [&str; 6] = ["gzip", "br", "zstd", "deflate", "gz", "df"];

/// The versions of which the caller has seen one. `*` and a missing header mean "whatever it is"; what is no list of
/// entity tags is `validation_failed`; tags that can't be ours are stale.
///
/// A weak tag counts, although the standard compares strongly: a tag of ours is the record's version, and a proxy that
/// compresses weakens it, or adds the coding to it, on the way to a caller who then sends back what they were given.
#[derive(Debug, Clone, Copy)]
pub struct IfMatchHeader(pub IfMatch);

impl FromRequest for IfMatchHeader {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        // Several lines are one list.
        let lines: Option<Vec<_>> = request
            .headers()
            .get_all(header::IF_MATCH)
            .map(|line| std::str::from_utf8(line.as_bytes()).ok())
            .collect();
        let condition = lines.and_then(|lines| match lines.as_slice() {
            [] => Some(IfMatch::default()),
            lines => condition(&lines.join(",")),
        });
        let malformed = || {
            Problem::invalid("header:If-Match", Rule::Malformed { expected: "entity tags, like \"3\", or *" })
        };
        in_turn(request, ready(condition.map(Self).ok_or_else(malformed)))
    }
}

const BLANKS: [char; 2] = [' ', '\t'];

fn condition(list: &str) -> Option<IfMatch> {
    if list.trim_matches(BLANKS) == "*" {
        return Some(IfMatch::default());
    }
    let tags = tags(list)?;
    let mut versions = Vec::new();
    for version in tags.iter().filter_map(|tag| version(tag)) {
        if !versions.contains(&version) {
            versions.push(version);
        }
    }
    if tags.is_empty() { None } else { IfMatch::any_of(&versions) }
}

/// Whether `If-None-Match` (RFC 9110, 13.1.2), whose lines are one list, names this tag. Tags are compared weakly, and by
/// the version that they name; what is no list names none.
pub(super) fn none_match_names<'a>(lines: impl Iterator<Item = &'a HeaderValue>, tag: &str) -> bool {
    let lines: Vec<_> = lines.map(|line| String::from_utf8_lossy(line.as_bytes())).collect();
    let list = lines.join(",");
    let is_one =
        |own: &str, given: &str| own == given || version(own).is_some_and(|own| version(given) == Some(own));
    list.trim_matches(BLANKS) == "*"
        || tags(&list)
            .zip(tags(tag))
            .is_some_and(|(given, own)| own.iter().any(|own| given.iter().any(|given| is_one(own, given))))
}

/// What stands between the quotes of each tag of a list; none when it is no list of entity tags.
fn tags(list: &str) -> Option<Vec<&str>> {
    let (mut rest, mut tags) = (list, Vec::new());
    loop {
        // Empty elements are none.
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            return Some(tags);
        }
        let quoted = rest.strip_prefix("W/").unwrap_or(rest).strip_prefix('"')?;
        let (tag, behind) = quoted.split_once('"')?;
        if tag.bytes().any(|byte| byte <= b' ' || byte == 0x7F) {
            return None;
        }
        rest = behind.trim_start_matches(BLANKS);
        if !rest.is_empty() && !rest.starts_with(',') {
            return None;
        }
        tags.push(tag);
    }
}

/// The version that a tag of ours names, with or without what a proxy added.
fn version(tag: &str) -> Option<i32> {
    let digits = tag.find(|c: char| !c.is_ascii_digit()).unwrap_or(tag.len());
    let (digits, added) = tag.split_at(digits);
    let codings = added.strip_prefix(['-', ';']).map(|codings| codings.trim_start_matches(['-', ';']));
    let is_added = match codings {
        Some(codings) => codings.split(['-', ';']).all(|coding| CODINGS.contains(&coding)),
        None => added.is_empty(),
    };
    digits.parse().ok().filter(|version: &i32| *version > 0 && is_added && !digits.starts_with('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_ours_are_known_again_after_a_proxy() {
        for list in [
            "\"3\"",
            " \"3\"\t",
            "W/\"3\"",
            "\"3-gzip\"",
            "\"3;gzip\"",
            "\"3--gzip\"",
            "\"3-br\"",
            "\"3-zstd\"",
            "W/\"3-gzip\"",
            "\"3-gzip-gzip\"",
            "\"2\", \"3\"",
            "\"2\",W/\"3\",\"4\"",
            ", \"2\" ,, \"3\",",
            "\"a,b\", \"3\"",
            "\"é\", \"3\"",
            "\"3\", \"3\"",
            "*",
            " * ",
        ] {
            assert!(condition(list).is_some_and(|read| read.check(3).is_ok()), "{list}");
        }
    }

    #[test]
    fn what_the_caller_has_is_known_by_every_line_and_after_a_proxy() {
        let names = |lines: &[&'static str]| {
            let lines: Vec<_> = lines.iter().map(|line| HeaderValue::from_static(line)).collect();
            none_match_names(lines.iter(), "\"3\"")
        };
        for lines in [&["\"3\""][..], &["W/\"3-gzip\""], &["\"2\"", "\"3;br\""], &["\"3\"", "\"2\""], &["*"]]
        {
            assert!(names(lines), "{lines:?}");
        }
        for lines in [&[][..], &["\"2\""], &["3"], &["\"33\"", "\"3-x\""]] {
            assert!(!names(lines), "{lines:?}");
        }
        let latin = HeaderValue::from_bytes(b"\"\xe9\", \"3\"").expect("a header");
        assert!(none_match_names([&latin].into_iter(), "\"3\""));
    }

    #[test]
    fn other_tags_are_stale() {
        for list in [
            "\"2\"",
            "\"2\", \"4\"",
            "\"\"",
            "\"0\"",
            "\"03\"",
            "\"+3\"",
            "\"-3\"",
            "\"3.0\"",
            "\"3-\"",
            "\"3-x\"",
            "\"3gzip\"",
            "\"3-gzip3\"",
            "\"33\"",
            "\"abc\"",
            "\"99999999999\"",
            "\"3,3\"",
            "\"*\"",
            "W/\"é\"",
        ] {
            assert!(condition(list).is_some_and(|read| read.check(3).is_err()), "{list}");
        }
    }

    #[test]
    fn what_is_no_tag_is_malformed() {
        let many: Vec<_> = (1..=IfMatch::MOST + 1).map(|version| format!("\"{version}\"")).collect();
        for list in [
            "",
            " ",
            ",",
            "3",
            "\"",
            "\"3",
            "3\"",
            "W/3",
            "w/\"3\"",
            "W/ \"3\"",
            "\"3\" \"4\"",
            "\"3\";\"4\"",
            "\"3\"x",
            "\"3\", 4",
            "\"3\", *",
            "*, \"3\"",
            "**",
            "\"3 4\"",
            "é",
            &many.join(", "),
        ] {
            assert_eq!(condition(list), None, "{list}");
        }
    }
}
