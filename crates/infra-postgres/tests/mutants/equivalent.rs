//! Equivalent mutants, which no test can catch, each with its reason; and statements that name no company.

const TWICE: &str = "the conditions stand twice, inside for the indexes and outside to be tested again: \
    what one lets in, the other keeps out";
const LOCKED: &str = "with held as materialized (select o.owner_id from opportunities o where o.company_id = $ and o.id in \
    (select id from opportunities where company_id = $ and account_id = $";
const DRAFTED: &str = "insert into pg_temp.drafted_events ";
const COUNTED: &str =
    "select id from accounts where company_id = $ and id in (select account_id from opportunities";
const OUTSIDE: &str =
    "the accounts that are held are the company's own, whatever names them: at worst one more is held";
const DEAD: &str = "the function `jobs.dead` answers nothing outside the platform's realm, and its own realm in each row \
    (`queue.rs`)";

/// Conditions on the company that can be dropped without effect: the beginning of the statement, the end of the
/// condition, and the reason.
pub const EQUIVALENT: &[(&str, &str, &str)] = &[
    (LOCKED, "from opportunities where company_id = $", TWICE),
    (LOCKED, "join opportunities s on s.company_id = c.company_id", TWICE),
    (LOCKED, "s.contact_id = c.id where c.company_id = $", TWICE),
    (LOCKED, "from contacts where company_id = $", TWICE),
    (DRAFTED, "s.contact_id = c.id where c.company_id = $", TWICE),
    (COUNTED, "from opportunities where company_id = $", OUTSIDE),
    ("select d.id, ", "d.realm_id = $", DEAD),
    ("select (select set_config(", "from jobs.dead() d where d.realm_id = $", DEAD),
    (
        "select count(*) as count from (select * from ((select d.id",
        "from jobs.dead() d where d.realm_id = $",
        DEAD,
    ),
];

/// Statements without a condition on the company: their beginning, and the reason.
pub const NAMELESS: &[(&str, &str)] = &[
    (
        "select directory.claim(",
        "an e-mail is claimed for the transaction's own company, which the function reads itself (`walls.rs`)",
    ),
    ("select directory.release(", "an e-mail is given back only from within its company (`walls.rs`)"),
    ("select jobs.enqueue(", "the function refuses a job of another company (`queue.rs`)"),
    ("select jobs.retry(", "the function finds nothing outside the platform's realm (`queue.rs`)"),
    ("select pg_try_advisory_xact_lock(", "the company is a part of what is locked"),
    (
        "insert into platform_administrators ",
        "a table without companies: the policy refuses it outside the platform's realm",
    ),
];
