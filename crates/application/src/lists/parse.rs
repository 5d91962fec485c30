//! Parses the pairs of a query string into a [`ListQuery`].

use std::collections::{BTreeMap, BTreeSet};

use cartera_domain::{
    ids::UserId,
    input::{Form, Rule},
    pipelines::StageRef,
    values::{Currency, Email, Money, fold_key, on_one_line, parse_date, parse_moment, trimmed},
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    Cursor, DEFAULT_LIMIT, DELETED, FieldKind, FieldRef, FieldSpec, ListQuery, ListTable, MAX_LIMIT,
    MAX_PAGED_ROWS, Position, Predicate, Sort, Test, Value, several::split_values,
};
use crate::error::{Code, Error, Result};

/// The most values that one filter may list.
const MAX_VALUES: usize = 100;

/// Reads the decoded pairs of a query string. `me` is the user that the value `me` stands for.
///
/// # Errors
/// `validation_failed` with every bad parameter, or `invalid_cursor`.
pub fn parse(table: &'static ListTable, pairs: &[(String, String)], me: Option<UserId>) -> Result<ListQuery> {
    parse_within(table, "", pairs, me)
}

/// The same for a list within a scope: the parent of a nested list, the dates of a report. Cursors are valid only
/// within the same `scope`.
///
/// # Errors
/// As [`parse`].
pub fn parse_within(
    table: &'static ListTable,
    scope: &str,
    pairs: &[(String, String)],
    me: Option<UserId>,
) -> Result<ListQuery> {
    let mut reader = Reader::new(table, me);
    for (name, value) in pairs {
        reader.read(name, value);
    }
    reader.finish(scope)
}

/// A comparison of amounts until the currency is known: parameter, field, comparison, raw amount.
type AmountTest = (String, FieldRef, fn(Value) -> Test, String);

struct Reader {
    table: &'static ListTable,
    form: Form,
    me: Option<UserId>,
    tests: Vec<(FieldRef, Test)>,
    equal: BTreeMap<&'static str, (FieldRef, Vec<String>)>,
    amounts: Vec<AmountTest>,
    single: BTreeMap<&'static str, String>,
    flags: BTreeSet<&'static str>,
}

/// What a parameter of a list is.
enum Parameter {
    Common(&'static str),
    Flag(&'static str),
    Filter(FieldRef, Operator),
}

/// What a filter asks of its field.
#[derive(Clone, Copy)]
enum Operator {
    AnyOf,
    IsNull,
    Compares(fn(Value) -> Test),
}

/// The parameters of every list; `q` of those that can be searched.
const COMMON: [&str; 6] = ["limit", "cursor", "page", "count", "sort", "q"];

impl Reader {
    fn new(table: &'static ListTable, me: Option<UserId>) -> Self {
        Self {
            table,
            form: Form::default(),
            me,
            tests: Vec::new(),
            equal: BTreeMap::new(),
            amounts: Vec::new(),
            single: BTreeMap::new(),
            flags: BTreeSet::new(),
        }
    }

    fn read(&mut self, name: &str, value: &str) {
        // What was pasted is on one line, as in bodies.
        let value = &*on_one_line(trimmed(value));
        if value.chars().any(char::is_control) {
            self.form.reject(name, Rule::ControlCharacter);
            return;
        }
        match self.parameter(name) {
            None => self.form.reject(name, Rule::unknown(name, self.parameters_like(name))),
            // HTML forms send every input: one that was left empty asks for nothing.
            Some(_) if value.is_empty() => {}
            Some(Parameter::Common(name)) => self.read_common(name, value),
            Some(Parameter::Flag(flag)) => {
                if let Some(true) = self.form.check(name, parse_flag(value)) {
                    self.flags.insert(flag);
                }
            }
            Some(Parameter::Filter(field, operator)) => self.read_filter(name, field, operator, value),
        }
    }

    /// The parameters of every list that this one has.
    fn common(&self) -> impl Iterator<Item = &'static str> {
        let searchable = self.table.searchable;
        COMMON.into_iter().filter(move |common| *common != "q" || searchable)
    }

    /// The parameters of this list that could have been meant: the operators of a field that it has, else all.
    fn parameters_like(&self, name: &str) -> Vec<String> {
        let filters = |spec: &FieldSpec| spec.parameters().collect::<Vec<_>>();
        let field = name.split_once('[').and_then(|(field, _)| self.table.field(field));
        if let Some(field) = field.filter(|field| field.spec().filter) {
            return filters(field.spec());
        }
        let named = self.common().chain(self.table.flags.iter().copied()).map(str::to_owned);
        named.chain(self.table.fields.iter().flat_map(filters)).collect()
    }

    /// What the name of a parameter means in this list.
    fn parameter(&self, name: &str) -> Option<Parameter> {
        if let Some(common) = self.common().find(|common| *common == name) {
            return Some(Parameter::Common(common));
        }
        if let Some(flag) = self.table.flags.iter().find(|flag| **flag == name) {
            return Some(Parameter::Flag(flag));
        }
        let (base, operator) = match name.split_once('[') {
            // An empty operator is invalid: `stage[]` is not another way to write `stage`.
            Some((base, rest)) => (base, rest.strip_suffix(']').filter(|operator| !operator.is_empty())?),
            None => (name, ""),
        };
        let field = self.table.field(base).filter(|field| field.spec().filter)?;
        let operator = match operator {
            "" => Operator::AnyOf,
            "isNull" if field.spec().nullable => Operator::IsNull,
            _ => Operator::Compares(comparison(operator).filter(|_| field.kind().has_order())?),
        };
        Some(Parameter::Filter(field, operator))
    }

    fn read_common(&mut self, name: &'static str, value: &str) {
        if self.single.insert(name, value.to_owned()).is_some() {
            self.form.reject(name, Rule::Malformed { expected: "given only once" });
        }
    }

    fn read_filter(&mut self, name: &str, field: FieldRef, operator: Operator, value: &str) {
        match operator {
            Operator::AnyOf => {
                if let Some(more) = self.form.check(name, split_values(value)) {
                    self.equal.entry(field.name()).or_insert((field, Vec::new())).1.extend(more);
                }
            }
            Operator::IsNull => {
                if let Some(wanted) = self.form.check(name, parse_flag(value)) {
                    self.tests.push((field, Test::IsNull(wanted)));
                }
            }
            Operator::Compares(test) => self.read_comparison(name, field, test, value),
        }
    }

    fn read_comparison(&mut self, name: &str, field: FieldRef, test: fn(Value) -> Test, value: &str) {
        if field.kind() == FieldKind::Amount {
            self.amounts.push((name.to_owned(), field, test, value.to_owned()));
        } else if let Some(value) = self.value(name, field.kind(), value) {
            self.tests.push((field, test(value)));
        }
    }

    fn value(&mut self, name: &str, kind: FieldKind, raw: &str) -> Option<Value> {
        let raw = trimmed(raw);
        let parsed = match kind {
            FieldKind::Person if raw == "me" => match self.me {
                Some(me) => Ok(Value::Id(me.uuid())),
                None => Err(Rule::Malformed { expected: "an id: nobody is `me` here" }),
            },
            FieldKind::Id | FieldKind::Person => parse_id(raw),
            FieldKind::Stage | FieldKind::Text if raw.is_empty() => Err(Rule::Blank),
            FieldKind::Stage => Ok(Value::Stage(StageRef::parse(raw))),
            FieldKind::Text => Ok(Value::Text(fold_key(raw))),
            FieldKind::Email => Email::parse(raw.to_owned()).map(|email| Value::Text(email.key())),
            FieldKind::OneOf(allowed) if allowed.contains(&raw) => Ok(Value::Text(raw.to_owned())),
            FieldKind::OneOf(allowed) => Err(Rule::not_allowed(raw, allowed.iter().copied())),
            FieldKind::Currency => currency(raw).map(|currency| Value::Text(currency.code().to_owned())),
            FieldKind::Integer | FieldKind::Amount => whole(raw)
                .parse()
                .map(Value::Integer)
                .map_err(|_not_a_number| Rule::Malformed { expected: "a whole number" }),
            FieldKind::Boolean => parse_flag(raw).map(Value::Boolean),
            FieldKind::Date => parse_date(raw).map(Value::Date),
            FieldKind::Timestamp => parse_moment(raw).map(Value::Timestamp),
        };
        self.form.check(name, parsed)
    }

    fn finish(mut self, scope: &str) -> Result<ListQuery> {
        self.finish_equal();
        self.finish_amounts();
        let sort = self.finish_sort();
        self.refuse_moments_of_the_bin(sort);
        let limit = self.number("limit", 1, MAX_LIMIT).unwrap_or(DEFAULT_LIMIT);
        let count = self.flag("count");
        let page = self.number("page", 1, MAX_PAGED_ROWS);
        let cursor = self.single.get("cursor").cloned();
        let q = self.finish_q();
        if page.is_some() && cursor.is_some() {
            self.form
                .reject("page", Rule::Inconsistent { explanation: "can't be used together with cursor" });
        }
        if page.is_some_and(|page| page.saturating_mul(limit) > MAX_PAGED_ROWS) {
            self.form.reject(
                "page",
                Rule::Inconsistent {
                    explanation: "must stay within the first 10000 rows: use the cursor beyond",
                },
            );
        }
        let fingerprint = self.fingerprint(scope, sort, q.as_deref());
        let (table, flags) = (self.table, self.flags);
        let tests = self.tests.into_iter().map(|(field, test)| Predicate::Test(field, test));
        let predicate = Predicate::All(tests.collect());
        self.form.finish(Some(()))?;
        let position = match (page, cursor) {
            (Some(page), _) => Position::Page(page),
            (None, None) => Position::After(None),
            (None, Some(text)) => Position::After(Some(
                Cursor::decode(&text, &fingerprint, sort.field.spec())
                    .ok_or_else(|| Error::refused(Code::InvalidCursor))?,
            )),
        };
        Ok(ListQuery { table, predicate, sort, q, limit, position, count, flags, fingerprint })
    }

    fn finish_equal(&mut self) {
        for (name, (field, raw_values)) in std::mem::take(&mut self.equal) {
            if raw_values.len() > MAX_VALUES {
                self.form.reject(name, Rule::TooMany { max: MAX_VALUES });
                continue;
            }
            if field.kind() == FieldKind::Amount {
                self.form.reject(name, Rule::NotSettable { hint: "use [gte] and [lte]" });
                continue;
            }
            let values: Vec<_> =
                raw_values.iter().filter_map(|raw| self.value(name, field.kind(), raw)).collect();
            self.tests.push((field, Test::AnyOf(values)));
        }
    }

    /// Amounts are compared in minor units, which requires a single currency.
    fn finish_amounts(&mut self) {
        let currency = self.one_currency();
        for (name, field, test, raw) in std::mem::take(&mut self.amounts) {
            let Some(currency) = currency else {
                self.form.reject(&name, NEEDS_CURRENCY);
                continue;
            };
            if let Some(money) = self.form.check(&name, Money::parse(&raw, currency)) {
                self.tests.push((field, test(Value::Integer(money.minor_units()))));
            }
        }
    }

    fn one_currency(&self) -> Option<Currency> {
        let (_, test) = self.tests.iter().find(|(field, _)| field.kind() == FieldKind::Currency)?;
        match test {
            Test::AnyOf(values) => match values.as_slice() {
                [Value::Text(code)] => Currency::stored(code),
                _ => None,
            },
            _ => None,
        }
    }

    /// Refuses `deletedAt` in lists of live records, where such a condition would never match.
    fn refuse_moments_of_the_bin(&mut self, sort: Sort) {
        let Some(since) = self.table.in_bin_since.filter(|_| !self.flags.contains(DELETED)) else { return };
        let filtered = self.tests.iter().any(|(field, _)| *field == since);
        for (is_asked, name) in [(sort.field == since, "sort"), (filtered, since.name())] {
            if is_asked {
                self.form.reject(name, Rule::Inconsistent { explanation: "needs deleted=true" });
            }
        }
    }

    fn finish_sort(&mut self) -> Sort {
        let in_bin = self.table.in_bin_since.filter(|_| self.flags.contains(DELETED));
        let default = Sort { field: in_bin.unwrap_or(self.table.default_sort), descending: true };
        let Some(raw) = self.single.get("sort").cloned() else { return default };
        let (name, descending) = match raw.strip_prefix('-') {
            Some(name) => (name, true),
            None => (raw.as_str(), false),
        };
        let Some(field) = self.table.field(name).filter(|field| field.spec().sort) else {
            let sign = if descending { "-" } else { "" };
            let sorted = self.table.fields.iter().filter(|spec| spec.sort);
            let allowed = sorted.map(|spec| format!("{sign}{}", spec.name));
            self.form.reject("sort", Rule::not_allowed(&raw, allowed));
            return default;
        };
        if field.kind() == FieldKind::Amount && self.one_currency().is_none() {
            self.form.reject("sort", NEEDS_CURRENCY);
        }
        Sort { field, descending }
    }

    fn finish_q(&mut self) -> Option<String> {
        let raw = self.single.get("q")?.clone();
        // A domain is searched as people write it, also by whoever copies its A-label from an answer.
        let folded = if raw.contains('@') { Email::searched(&raw) } else { fold_key(&raw) };
        if folded.chars().count() > 200 {
            self.form.reject("q", Rule::TooLong { max: 200 });
        }
        // A search box sends whatever its first character is. One that says nothing leaves the list as it is.
        Some(folded).filter(|folded| !folded.is_empty())
    }

    /// Fingerprint of what the query asks for, independent of parameter order. It includes the resource, because
    /// resources share field names.
    fn fingerprint(&self, scope: &str, sort: Sort, q: Option<&str>) -> String {
        let mut tests: Vec<_> = self.tests.iter().map(|test| format!("{test:?}")).collect();
        tests.sort_unstable();
        let (resource, flags) = (self.table.name, &self.flags);
        let digest = Sha256::digest(format!("{resource:?}{scope:?}{tests:?}{sort:?}{q:?}{flags:?}"));
        hex::encode(&digest[..8])
    }

    fn number(&mut self, name: &'static str, min: u32, max: u32) -> Option<u32> {
        let raw = self.single.get(name)?.clone();
        let parsed = whole(&raw)
            .parse()
            .ok()
            .filter(|number| (min..=max).contains(number))
            .ok_or_else(|| Rule::OutOfRange { min: min.to_string(), max: max.to_string() });
        self.form.check(name, parsed)
    }

    fn flag(&mut self, name: &'static str) -> bool {
        let Some(raw) = self.single.get(name).cloned() else { return false };
        self.form.check(name, parse_flag(&raw)).unwrap_or(false)
    }
}

/// A number without the fraction that says nothing: `5.0` is whole, as in JSON.
fn whole(raw: &str) -> &str {
    match raw.split_once('.') {
        Some((whole, zeros)) if !zeros.is_empty() && zeros.bytes().all(|digit| digit == b'0') => whole,
        _ => raw,
    }
}

const NEEDS_CURRENCY: Rule =
    Rule::Inconsistent { explanation: "needs exactly one currency: add currency=UYU, say" };

fn comparison(operator: &str) -> Option<fn(Value) -> Test> {
    match operator {
        "gte" => Some(Test::AtLeast),
        "lte" => Some(Test::AtMost),
        "gt" => Some(Test::MoreThan),
        "lt" => Some(Test::LessThan),
        _ => None,
    }
}

/// A currency that a record may have: one that was withdrawn meanwhile, too.
fn currency(code: &str) -> Result<Currency, Rule> {
    Currency::parse(code).or_else(|rule| Currency::stored(&code.to_ascii_uppercase()).ok_or(rule))
}

fn parse_id(raw: &str) -> Result<Value, Rule> {
    Uuid::try_parse(raw).map(Value::Id).map_err(|_malformed| Rule::Malformed { expected: "an id (UUID)" })
}

/// Yes or no in a query, in any case: some languages write `True`.
///
/// # Errors
/// [`Rule::NotAllowed`] for anything else.
pub fn parse_flag(raw: &str) -> Result<bool, Rule> {
    match raw {
        _ if raw.eq_ignore_ascii_case("true") => Ok(true),
        _ if raw.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err(Rule::not_allowed(raw, ["true", "false"])),
    }
}
