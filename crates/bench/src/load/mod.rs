//! The data: 22 companies, and one in which all accounts tie. They sign up over the API, so that each is as a company
//! is, and are filled by SQL. A filled cluster is kept as a template and copied for every run.

mod cache;

use std::{fs, path::Path, time::Instant};

use cartera_test_database::Filling;
use serde_json::{Value, json};

use crate::{
    cluster::Cluster,
    error::{BenchError, Result},
    http::{Caller, Request},
    progress::say,
    server::Server,
    superuser::Superuser,
};

pub use cache::Template;

/// What every owner signs in with.
pub const PASSWORD: &str = "Bench-horse-battery-7";
/// Where a folder tells its companies.
const COMPANIES: &str = "companies.json";

/// A company of the data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Company {
    /// Its id.
    pub id: String,
    /// Whom its owner signs in as.
    pub email: String,
    /// How many opportunities it has.
    pub size: u32,
}

/// All companies, by what they are for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Companies {
    /// 300,000 opportunities.
    pub large: Company,
    /// 10,000 opportunities: what growth is measured against.
    pub middling: Company,
    /// Twenty of 4,000 opportunities each.
    pub small: Vec<Company>,
    /// 20,000 opportunities, each won and of its own account: all accounts have one win.
    pub tied: Company,
}

/// How many opportunities and accounts each company gets, in the order in which they sign up.
fn sizes() -> Vec<(u32, u32)> {
    let mut sizes = vec![(300_000, 15_000), (10_000, 500)];
    sizes.extend([(4_000, 200); 20]);
    sizes.push((20_000, 20_000));
    sizes
}

/// Fills the cluster of a folder by a build's own migrations, and stops it.
fn load(folder: &Path, program: &Path) -> Result<()> {
    let began = Instant::now();
    let cluster = Cluster::start(folder)?;
    cluster.run(program, &["migrate"])?;
    let companies = sign_up(&cluster, program, folder)?;
    let mut superuser = cluster.superuser()?;
    let indexes = take_indexes(&mut superuser)?;
    for ((index, company), (opportunities, accounts)) in (0..).zip(&companies).zip(sizes()) {
        let filling = Filling { company: &company.id, index, opportunities, accounts };
        superuser.run("filling a company", &filling.sql())?;
    }
    for index in indexes {
        superuser.run("building an index", &index)?;
    }
    superuser.run("gathering statistics", "vacuum analyze")?;
    superuser.run("writing everything out", "checkpoint")?;
    say(&format!("loaded in {:.0} s", began.elapsed().as_secs_f64()));
    examine(&cluster, program)?;
    let path = folder.join(COMPANIES);
    let list = companies.iter().map(|company| json!({ "id": company.id, "email": company.email })).collect();
    fs::write(&path, Value::Array(list).to_string()).map_err(BenchError::io("writing the companies"))?;
    cluster.stop()
}

/// Reads which companies a folder's data has.
pub fn companies(folder: &Path) -> Result<Companies> {
    let text = fs::read_to_string(folder.join(COMPANIES)).map_err(BenchError::io("reading the companies"))?;
    parse_companies(&text).ok_or_else(|| BenchError::Unexpected(format!("no companies: {text}")))
}

fn parse_companies(text: &str) -> Option<Companies> {
    let list: Vec<Value> = serde_json::from_str(text).ok()?;
    let field = |company: &Value, name: &str| company[name].as_str().map(str::to_owned);
    let mut all = list
        .iter()
        .zip(sizes())
        .map(|(company, (size, _))| {
            Some(Company { id: field(company, "id")?, email: field(company, "email")?, size })
        })
        .collect::<Option<Vec<_>>>()?
        .into_iter();
    Some(Companies {
        large: all.next()?,
        middling: all.next()?,
        small: all.by_ref().take(20).collect(),
        tied: all.next()?,
    })
}

/// Has every company sign up as companies do.
fn sign_up(cluster: &Cluster, program: &Path, folder: &Path) -> Result<Vec<Company>> {
    let server = Server::start(cluster, program, &["--no-worker"], &[], &folder.join("load.log"))?;
    let mut caller = Caller::new(server.address);
    let mut companies = Vec::new();
    for (index, (size, _)) in sizes().into_iter().enumerate() {
        let email = format!("owner@c{index}.example.com");
        let body = json!({
            "companyName": format!("Company {index}"), "name": "Olivia Owner", "email": email,
            "password": PASSWORD, "country": "UY",
        });
        let answer = caller.send(&Request::new("POST", "/auth/register", None, Some(&body)))?.json()?;
        let id = answer["data"]["company"]["id"]
            .as_str()
            .ok_or_else(|| BenchError::Unexpected(format!("a company without an id: {answer}")))?;
        companies.push(Company { id: id.to_owned(), email, size });
    }
    Ok(companies)
}

/// Drops the indexes that no constraint needs, and answers how they are made again: built over all rows at once
/// they take a tenth of the time.
fn take_indexes(superuser: &mut Superuser) -> Result<Vec<String>> {
    let which = "from pg_indexes i where schemaname = 'public' \
        and tablename in ('accounts', 'contacts', 'opportunities', 'stage_changes') \
        and not exists (select from pg_constraint c where c.conname = i.indexname)";
    let made =
        superuser.texts("reading the indexes", &format!("select indexdef {which} order by indexname"))?;
    for index in superuser.texts("reading the indexes", &format!("select indexname {which}"))? {
        superuser.run("dropping an index", &format!("drop index {index}"))?;
    }
    Ok(made)
}

/// What was loaded must be what the program itself would have stored. Counters that this loader does not know of are
/// counted by `doctor --fix`; anything else that is wrong ends the benchmark.
fn examine(cluster: &Cluster, program: &Path) -> Result<()> {
    if cluster.run(program, &["doctor"]).is_ok() {
        return Ok(());
    }
    say("counters that the loader does not fill are counted by `cartera doctor --fix`");
    cluster.run(program, &["doctor", "--fix"])?;
    cluster.run(program, &["doctor"])?;
    cluster.superuser()?.run("gathering statistics", "vacuum analyze")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn companies_are_read_back_in_the_order_of_their_sizes() {
        let list: Vec<_> =
            (0..23).map(|n| json!({ "id": format!("id {n}"), "email": format!("e{n}") })).collect();
        let companies = parse_companies(&Value::Array(list).to_string()).expect("they are read");
        assert_eq!((companies.large.id.as_str(), companies.large.size), ("id 0", 300_000));
        assert_eq!((companies.middling.email.as_str(), companies.middling.size), ("e1", 10_000));
        assert_eq!((companies.small.len(), companies.small[19].id.as_str()), (20, "id 21"));
        assert_eq!((companies.tied.id.as_str(), companies.tied.size), ("id 22", 20_000));
        assert_eq!(parse_companies(r#"[{"id":"1","email":"e"}]"#), None);
    }
}
