//! Finds where a statement names the company, and builds the statement without that.

use std::{collections::BTreeMap, ops::Range};

/// The realm of the platform, as written in statements.
pub const REALM: &str = "'00000000-0000-0000-0000-000000000000'::uuid";

/// A place in the source where a statement names the company. The SQL of lists is generated for each query, so there
/// the place is a fragment and not the whole statement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Site {
    /// The statement, or its beginning.
    pub statement: String,
    /// The table and the condition.
    pub condition: String,
}

/// A mutated statement.
#[derive(Debug, Clone)]
pub enum Mutant {
    /// With another text.
    Text(String),
    /// With the twin's id instead of the company's.
    Elsewhere,
}

/// A comparison with a company's id.
struct Comparison {
    range: Range<usize>,
    left: String,
    right: String,
}

/// A statement without the numbers of its placeholders, so that the same statement always has the same text.
pub fn normalised(sql: &str) -> String {
    let mut text = String::with_capacity(sql.len());
    let mut rest = sql.chars().peekable();
    while let Some(c) = rest.next() {
        text.push(c);
        if c == '$' {
            while rest.next_if(char::is_ascii_digit).is_some() {}
        }
    }
    for (many, one) in [("$, $", "$"), ("($), ($)", "($)")] {
        while text.contains(many) {
            text = text.replace(many, one);
        }
    }
    text
}

fn is_operand(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '"' | '$' | '\'' | ':' | '-')
}

/// Whether an operand is a company's id: its column, the key of the companies, or the realm of the platform.
fn is_company(operand: &str, companies: &[String]) -> bool {
    let bare = operand.replace('"', "");
    let column = bare.rsplit('.').next().unwrap_or_default();
    // The platform may filter dead jobs by company, which is not a condition for isolation.
    if bare == "d.company_id" {
        return false;
    }
    column == "company_id" || column == "realm_id" || operand == REALM || companies.contains(&bare)
}

/// The expressions that name the key of the companies in the statement.
fn companies(sql: &str) -> Vec<String> {
    let mut names = vec!["companies.id".to_owned()];
    if sql.contains("from companies where id = ") {
        names.push("id".to_owned());
    }
    for (at, found) in sql.match_indices("companies ") {
        let alias: String = sql[at + found.len()..].chars().take_while(char::is_ascii_alphanumeric).collect();
        if alias.len() == 1 {
            names.push(format!("{alias}.id"));
        }
    }
    names
}

/// The assignments of an update, which are not conditions.
fn assignments(sql: &str) -> Range<usize> {
    let lower = sql.to_ascii_lowercase();
    // A common table expression may come before the update.
    let Some(update) = lower.find("update ").filter(|at| !lower[..*at].contains("insert into")) else {
        return 0..0;
    };
    let Some(set) = lower[update..].find(" set ").map(|at| update + at) else { return 0..0 };
    let end = [" where ", " from "].iter().filter_map(|word| lower[set..].find(word)).min();
    set..end.map_or(lower.len(), |at| set + at)
}

fn comparisons(sql: &str) -> Vec<Comparison> {
    let (companies, assignments) = (companies(sql), assignments(sql));
    let mut found = Vec::new();
    for (at, _) in sql.match_indices('=') {
        let before = sql[..at].chars().next_back().unwrap_or(' ');
        if matches!(before, '<' | '>' | '!' | '=') || assignments.contains(&at) {
            continue;
        }
        let left = sql[..at].trim_end();
        let start =
            left.char_indices().rev().take_while(|(_, c)| is_operand(*c)).last().map_or(at, |(at, _)| at);
        let skipped = sql[at + 1..].len() - sql[at + 1..].trim_start().len();
        let right: String = sql[at + 1 + skipped..].chars().take_while(|c| is_operand(*c)).collect();
        let left = left[start.min(left.len())..].to_owned();
        if !left.is_empty()
            && !right.is_empty()
            && (is_company(&left, &companies) || is_company(&right, &companies))
        {
            let end = at + 1 + skipped + right.len();
            found.push(Comparison { range: start..end, left, right });
        }
    }
    found
}

/// The position of the nearest table before a place, where the condition begins.
fn beginning(sql: &str, at: usize) -> usize {
    let lower = sql[..at].to_ascii_lowercase();
    let words = ["from ", "join ", "update ", "delete from "];
    words.iter().filter_map(|word| lower.rfind(word)).max().unwrap_or(0)
}

/// A statement that updates a record by its table of fields, without the updated columns, because they vary.
fn of_any_columns(sql: &str) -> Option<String> {
    // It flies along, and fails where it does not change just one row.
    let change = sql.strip_prefix("with changed as (").and_then(|rest| rest.split_once(" returning 1) "));
    let sql = change.map_or(sql, |(change, _)| change);
    let (table, rest) = sql.strip_prefix("update ")?.split_once(" set ")?;
    let (_, conditions) = rest.split_once(" where company_id = ")?;
    let is_of_records = normalised(conditions) == "$ and id = $ and version = $";
    is_of_records.then(|| format!("update {table} set … where company_id = {conditions}"))
}

/// Whether a statement is generated from conditions that a caller chose.
fn is_put_together(sql: &str) -> bool {
    sql.contains(" as value, ") && sql.contains(" as key from ")
        || sql.starts_with("select count(*) as count from (select * from (")
        || sql.contains(" group by c.stage_id, c.currency) t ")
}

fn site(sql: &str, comparison: &Comparison) -> Site {
    if let Some(statement) = of_any_columns(sql) {
        let condition = "where company_id = $".to_owned();
        return Site { statement: normalised(&statement), condition };
    }
    let condition = normalised(&sql[beginning(sql, comparison.range.start)..comparison.range.end]);
    let whole = normalised(sql);
    let statement = if is_put_together(sql) {
        let end = whole.find(" from ").unwrap_or(whole.len()).min(60);
        format!("{} …", &whole[..end])
    } else {
        whole
    };
    Site { statement, condition }
}

/// The replacement of a dropped comparison: true, with every placeholder still in use.
fn nothing(comparison: &Comparison) -> String {
    match [&comparison.left, &comparison.right].into_iter().find(|operand| operand.starts_with('$')) {
        Some(value) => format!("({value}::uuid is not null)"),
        None => "true".to_owned(),
    }
}

fn without(sql: &str, comparisons: &[&Comparison]) -> String {
    let mut text = sql.to_owned();
    for comparison in comparisons.iter().rev() {
        text.replace_range(comparison.range.clone(), &nothing(comparison));
    }
    text
}

/// Whether a statement names the company only in the values that it writes.
pub fn names_it_in_values(sql: &str) -> bool {
    let inserts = sql.to_ascii_lowercase().contains("insert into ");
    let table = sql.contains("company_id") || sql.starts_with("INSERT INTO \"companies\"");
    inserts && table && comparisons(sql).is_empty()
}

/// Every place where the statement names the company, with the statement without it; and, if there are several, the
/// statement without any of them.
pub fn mutants(sql: &str) -> Vec<(Site, Mutant)> {
    if names_it_in_values(sql) {
        let condition = "the company that it writes".to_owned();
        return vec![(Site { statement: normalised(sql), condition }, Mutant::Elsewhere)];
    }
    let comparisons = comparisons(sql);
    let mut sites: BTreeMap<Site, Vec<&Comparison>> = BTreeMap::new();
    for comparison in &comparisons {
        sites.entry(site(sql, comparison)).or_default().push(comparison);
    }
    let several = sites.len() > 1;
    let mut mutants: Vec<_> =
        sites.into_iter().map(|(site, places)| (site, Mutant::Text(without(sql, &places)))).collect();
    if let (true, Some((site, _))) = (several, mutants.first()) {
        let all = Site {
            statement: site.statement.clone(),
            condition: "every condition on the company".to_owned(),
        };
        mutants.push((all, Mutant::Text(without_any(sql))));
    }
    mutants
}

/// The statement without any condition on the company.
pub fn without_any(sql: &str) -> String {
    without(sql, &comparisons(sql).iter().collect::<Vec<_>>())
}

#[test]
fn conditions_are_found_and_assignments_are_not() {
    let text = |mutant: &Mutant| match mutant {
        Mutant::Text(text) => text.clone(),
        Mutant::Elsewhere => String::new(),
    };
    let sql = r#"UPDATE "accounts" SET "company_id" = $1, "id" = $2 WHERE "accounts"."company_id" = $3 AND "id" = $4"#;
    let found = mutants(sql);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        text(&found[0].1),
        r#"UPDATE "accounts" SET "company_id" = $1, "id" = $2 WHERE ($3::uuid is not null) AND "id" = $4"#
    );
    let sql = "select a.id from accounts a join companies c on c.id = a.company_id \
        left join users o on o.company_id = a.company_id and o.id = a.owner_id where a.company_id = $1";
    let without = "select a.id from accounts a join companies c on true \
        left join users o on true and o.id = a.owner_id where ($1::uuid is not null)";
    assert_eq!(without_any(sql), without);
    // Each of the three, and all of them.
    assert_eq!(mutants(sql).len(), 4);
    assert_eq!(text(&mutants(sql)[3].1), without);
    let realm = format!("select c.id from companies c where {REALM} = $1");
    assert_eq!(without_any(&realm), "select c.id from companies c where ($1::uuid is not null)");
    let insert = "insert into accounts (company_id, id) values ($1, $2)";
    assert!(matches!(mutants(insert)[..], [(_, Mutant::Elsewhere)]));
}
