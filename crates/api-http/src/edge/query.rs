//! Query strings: strictly decoded, unknown parameters refused.

use std::{
    future::ready,
    ops::{Deref, DerefMut},
};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use cartera_application::{
    Error,
    lists::{ListQuery, ListTable, parse_flag, parse_within},
    security::Actor,
};
use cartera_domain::{
    input::{Rule, Violation, Violations},
    values::{on_one_line, parse_moment, trimmed},
};
use chrono::{DateTime, Utc};
use futures_util::future::LocalBoxFuture;

use super::{Problem, turn::in_turn};

/// The decoded pairs of the query string, in order. Invalid percent-encoding and invalid UTF-8 are refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pairs(pub Vec<(String, String)>);

impl Deref for Pairs {
    type Target = Vec<(String, String)>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Pairs {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl FromRequest for Pairs {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        in_turn(request, ready(pairs(request.query_string()).map(Self)))
    }
}

/// Refuses every query parameter, for routes without any.
#[derive(Debug, Clone, Copy)]
pub struct NoQuery;

impl FromRequest for NoQuery {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let refused = pairs(request.query_string()).and_then(|pairs| no_more(&pairs, &[]));
        in_turn(request, ready(refused.map(|()| Self)))
    }
}

/// The parameter of routes that read a record as it was.
pub const AS_OF: &str = "asOf";

/// The parameter by which answers have more.
pub const INCLUDE: &str = "include";
/// What records can be answered with besides.
pub const INCLUDED: [&str; 1] = ["can"];

/// How one record is read.
#[derive(Debug, Clone, Copy)]
pub struct ReadQuery {
    /// As of which moment; none for the record as it is.
    pub as_of: Option<DateTime<Utc>>,
    /// Whether with what the caller may do with it.
    pub with_can: bool,
}

impl FromRequest for ReadQuery {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        in_turn(request, ready(pairs(request.query_string()).and_then(read_query)))
    }
}

fn read_query(mut pairs: Vec<(String, String)>) -> Result<ReadQuery, Problem> {
    let given = take(&mut pairs, AS_OF)?;
    let with_can = take_include(&mut pairs)?;
    no_more(&pairs, &[AS_OF, INCLUDE])?;
    let as_of = given.map(|text| parse_moment(&text)).transpose();
    let as_of = as_of.map_err(|rule| Problem::invalid(format!("?{AS_OF}"), rule))?;
    Ok(ReadQuery { as_of, with_can })
}

/// Removes `include` and answers whether it asks for what the caller may do: values are comma-separated or repeated.
///
/// # Errors
/// It asks for something else.
pub fn take_include(pairs: &mut Vec<(String, String)>) -> Result<bool, Problem> {
    let given: Vec<_> = pairs.extract_if(.., |(name, _)| name == INCLUDE).collect();
    let values = given.iter().flat_map(|(_, values)| values.split(',')).map(trimmed);
    let values: Vec<_> = values.filter(|value| !value.is_empty()).collect();
    match values.iter().find(|value| !INCLUDED.contains(value)) {
        Some(unknown) => Err(Problem::invalid(format!("?{INCLUDE}"), Rule::not_allowed(unknown, INCLUDED))),
        None => Ok(!values.is_empty()),
    }
}

fn pairs(query: &str) -> Result<Vec<(String, String)>, Problem> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decode(name).map_err(|rule| Problem::invalid("?", rule))?;
            let value = decode(value).map_err(|rule| Problem::invalid(format!("?{name}"), rule))?;
            Ok((name, value))
        })
        .collect()
}

fn decode(text: &str) -> Result<String, Rule> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => match (rest.next().and_then(hex), rest.next().and_then(hex)) {
                (Some(high), Some(low)) => high << 4 | low,
                _ => {
                    return Err(Rule::Malformed {
                        expected: "percent-encoded: % and two hexadecimal digits",
                    });
                }
            },
            byte => byte,
        });
    }
    String::from_utf8(bytes).map_err(|_invalid| Rule::Malformed { expected: "UTF-8 when decoded" })
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Removes and returns a parameter that may be given at most once. HTML forms send every input: one that was left empty
/// was not given.
///
/// # Errors
/// It was given more than once, or holds a control character.
pub fn take(pairs: &mut Vec<(String, String)>, name: &str) -> Result<Option<String>, Problem> {
    let mut found = pairs
        .extract_if(.., |(given, _)| given == name)
        // As in lists and bodies.
        .map(|(_, value)| on_one_line(trimmed(&value)).into_owned())
        .filter(|value| !value.is_empty());
    let (value, second) = (found.next(), found.next());
    drop(found);
    let refuse = |rule| Err(Problem::invalid(format!("?{name}"), rule));
    match value {
        _ if second.is_some() => refuse(Rule::Malformed { expected: "given only once" }),
        Some(value) if value.chars().any(char::is_control) => refuse(Rule::ControlCharacter),
        value => Ok(value),
    }
}

/// Removes and returns a boolean parameter; false if it was not given.
///
/// # Errors
/// It was given more than once, or is neither `true` nor `false`.
pub fn take_flag(pairs: &mut Vec<(String, String)>, name: &str) -> Result<bool, Problem> {
    let Some(value) = take(pairs, name)? else { return Ok(false) };
    parse_flag(&value).map_err(|rule| Problem::invalid(format!("?{name}"), rule))
}

/// Refuses the parameters that are left; the route takes the `known` ones.
///
/// # Errors
/// `validation_failed`, naming each of them and what could have been meant.
pub fn no_more(pairs: &[(String, String)], known: &[&'static str]) -> Result<(), Problem> {
    let unknown: Vec<_> = pairs
        .iter()
        .map(|(name, _)| Violation::new(format!("?{name}"), Rule::unknown(name, known.iter().copied())))
        .collect();
    if unknown.is_empty() { Ok(()) } else { Err(Violations(unknown).into()) }
}

/// Parses the query of a list; `me` in it means the actor.
///
/// # Errors
/// `validation_failed` with every invalid parameter, or `invalid_cursor`.
pub fn list_query(
    table: &'static ListTable,
    pairs: &[(String, String)],
    actor: &Actor,
) -> Result<ListQuery, Problem> {
    list_query_within(table, "", pairs, actor)
}

/// The same for a list inside a `scope`, such as a parent record. Its cursors are only valid in the same one.
///
/// # Errors
/// As [`list_query`].
pub fn list_query_within(
    table: &'static ListTable,
    scope: &str,
    pairs: &[(String, String)],
    actor: &Actor,
) -> Result<ListQuery, Problem> {
    parse_within(table, scope, pairs, actor.as_ref().user_id()).map_err(of_query)
}

/// Turns the fields of an error's violations into names of query parameters, for a use case's errors about input from
/// the query.
pub fn of_query(error: Error) -> Problem {
    match error {
        Error::Refused(mut refusal) => {
            for violation in &mut refusal.violations.0 {
                violation.field = format!("?{}", violation.field);
            }
            Error::Refused(refusal).into()
        }
        other => other.into(),
    }
}
