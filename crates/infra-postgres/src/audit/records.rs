//! Checks that stage histories, sequences and the directory agree with the records. Each check is one statement over a
//! whole company (or, for the directory, over all of them), whatever its size.

use cartera_application::security::PLATFORM;
use cartera_domain::ids::CompanyId;
use cartera_migrations::roles::{LOOKUP, OWNER};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::Finding;

/// The checks of each company, run as the role that owns the tables; `$1` is the company.
const OF_A_COMPANY: [(&str, &str); 4] = [
    ("a history of stages that does not lead to the present one", include_str!("histories.sql")),
    ("a number of opportunities above its counter", include_str!("numbers.sql")),
    ("an outbox with a gap", include_str!("outbox.sql")),
    ("a live opportunity in a stage that is gone", include_str!("stages.sql")),
];

const OF_THE_DIRECTORY: &str = "an identity and a person that don't match";
const IDENTITIES: &str = include_str!("identities.sql");

/// Runs every check on these companies, the platform and the directory, over a connection whose role may become the
/// owner of the tables. Reports at most twenty findings of each kind.
///
/// # Errors
/// Those of the database.
pub async fn records(owner_url: &str, companies: &[CompanyId]) -> Result<Vec<Finding>, sqlx::Error> {
    let mut connection = PgConnection::connect(owner_url).await?;
    let mut findings = Vec::new();
    for company in companies.iter().copied().chain([PLATFORM]) {
        // All checks of a company in one snapshot, under row-level security like every other query.
        let opening = format!(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL ROLE {OWNER}; \
             SET LOCAL statement_timeout = 0; SET LOCAL app.company_id = '{}'",
            company.uuid()
        );
        let mut tx = connection.begin_with(AssertSqlSafe(opening)).await?;
        for (what, sql) in OF_A_COMPANY {
            let subjects: Vec<String> =
                sqlx::query_scalar(sql).bind(company.uuid()).fetch_all(&mut *tx).await?;
            let of = subjects.into_iter().map(|subject| format!("company {company}: {subject}"));
            findings.extend(of.map(|subject| Finding { what, subject }));
        }
        tx.commit().await?;
    }
    let opening = format!("BEGIN READ ONLY; SET LOCAL ROLE {LOOKUP}; SET LOCAL statement_timeout = 0");
    let mut tx = connection.begin_with(AssertSqlSafe(opening)).await?;
    let subjects: Vec<String> = sqlx::query_scalar(IDENTITIES).fetch_all(&mut *tx).await?;
    tx.commit().await?;
    findings.extend(subjects.into_iter().map(|subject| Finding { what: OF_THE_DIRECTORY, subject }));
    connection.close().await?;
    Ok(findings)
}
