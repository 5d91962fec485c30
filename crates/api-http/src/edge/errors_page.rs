//! `docs/generated/errors.md`, from the table of codes.

use std::fmt::Write as _;

use cartera_application::Code;
use cartera_domain::input::Rule;

use super::status_of;

/// Renders the page. It is committed, and a test compares it with this result.
pub fn errors_markdown() -> String {
    let mut page = String::from(INTRODUCTION);
    for code in Code::ALL {
        let status = status_of(code.kind()).as_u16();
        let cells = [code.as_str(), code.title(), code.advice()];
        let [code, title, advice] = cells;
        // Writing to a `String` can't fail.
        let _ = writeln!(page, "| `{code}` | {status} | {title} | {advice} |");
    }
    page.push_str(RULES);
    for rule in every_rule() {
        let _ = writeln!(page, "| `{}` | {rule} |", rule.code());
    }
    page
}

const INTRODUCTION: &str = "# Errors

<!-- Generated from the tables of codes. Don't edit: change the tables. -->

Every error of the API is an `application/problem+json` document (RFC 9457); what is no HTTP, or has a head of \
more than 128 KiB, gets an empty 400 or 431, or just the end of the connection. Decide by `code`, which never \
changes its meaning; `title` and `detail` are for people. `type` is `/errors/` and the code. `instance` is the request \
id, as in the `X-Request-Id` header. `errors` has one entry per field that is not valid: `pointer` is a JSON \
pointer into the body, `?name` for a query parameter or `header:Name` for a header.

| code | status | title | what to do |
| --- | --- | --- | --- |
";

const RULES: &str = "
## Rules of fields

The `code` of an entry of `errors`.

| code | the value |
| --- | --- |
";

/// One rule of each kind, with letters in place of its numbers.
fn every_rule() -> Vec<Rule> {
    vec![
        Rule::Required,
        Rule::Blank,
        Rule::TooLong { max: 200 },
        Rule::TooShort { min: 10 },
        Rule::TooMany { max: 20 },
        Rule::OutOfRange { min: "1".to_owned(), max: "100".to_owned() },
        Rule::ControlCharacter,
        Rule::Malformed { expected: "an e-mail address" },
        Rule::not_allowed("", ["OPEN", "WON", "LOST"]),
        Rule::TooManyDecimals { max: 2 },
        Rule::NoUpperCase,
        Rule::NoLowerCase,
        Rule::NoDigit,
        Rule::TooCommon,
        Rule::Unchanged,
        Rule::NotSettable { hint: "use the route for it" },
        Rule::unknown("", [""; 0]),
        Rule::InvalidReference,
        Rule::Inconsistent { explanation: "must fit the other fields" },
    ]
}
