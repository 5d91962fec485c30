//! The table of all requests. `%5B` and `%5D` are the brackets of `createdAt[gte]`.

use super::{Action, Case, Family, Place};

const fn get(family: Family, name: &'static str, path: &'static str) -> Case {
    Case { name, family, action: Action::Get(path), place: Place::Large }
}

const fn list(name: &'static str, path: &'static str) -> Case {
    get(Family::List, name, path)
}

const fn after(name: &'static str, path: &'static str, hundreds: u32) -> Case {
    Case { name, family: Family::List, action: Action::After(path, hundreds), place: Place::Large }
}

const fn board(name: &'static str, path: &'static str) -> Case {
    get(Family::Board, name, path)
}

const fn search(name: &'static str, path: &'static str) -> Case {
    get(Family::Search, name, path)
}

const fn report(name: &'static str, path: &'static str) -> Case {
    get(Family::Report, name, path)
}

const fn write(name: &'static str, action: Action) -> Case {
    Case { name, family: Family::Write, action, place: Place::Large }
}

/// Every request that is measured.
pub const CASES: &[Case] = &[
    list("home", "/opportunities"),
    after("home, second page", "/opportunities", 0),
    after("home, after 3,000 rows", "/opportunities", 30),
    list("home, page 150 by number", "/opportunities?page=150"),
    list("home, counted", "/opportunities?count=true"),
    list("home, 100 rows", "/opportunities?limit=100"),
    list("sort createdAt", "/opportunities?sort=createdAt"),
    list("sort updatedAt", "/opportunities?sort=updatedAt"),
    list("sort -updatedAt", "/opportunities?sort=-updatedAt"),
    list("sort title", "/opportunities?sort=title"),
    list("sort -title", "/opportunities?sort=-title"),
    list("sort number", "/opportunities?sort=number"),
    list("sort -number", "/opportunities?sort=-number"),
    list("sort amount", "/opportunities?sort=amount&currency=UYU"),
    list("sort -amount", "/opportunities?sort=-amount&currency=UYU"),
    list("sort expectedCloseDate", "/opportunities?sort=expectedCloseDate"),
    list("sort -expectedCloseDate", "/opportunities?sort=-expectedCloseDate"),
    list("sort closedAt, won", "/opportunities?sort=closedAt&status=WON"),
    list("sort -closedAt, won", "/opportunities?sort=-closedAt&status=WON"),
    list("bin", "/opportunities?deleted=true"),
    list("status won", "/opportunities?status=WON"),
    list("every status", "/opportunities?status=OPEN,WON,LOST"),
    list("every status, -updatedAt", "/opportunities?status=OPEN,WON,LOST&sort=-updatedAt"),
    list("stage", "/opportunities?stage={stage}"),
    list("stage won", "/opportunities?stage={won}&status=WON"),
    list("stage, -amount", "/opportunities?stage={stage}&sort=-amount&currency=UYU"),
    list("stage, -updatedAt", "/opportunities?stage={stage}&sort=-updatedAt"),
    list("stage, title", "/opportunities?stage={stage}&sort=title"),
    list("stage, expectedCloseDate", "/opportunities?stage={stage}&sort=expectedCloseDate"),
    list("stage and owner", "/opportunities?stage={stage}&ownerId={owner}"),
    list("owner", "/opportunities?ownerId={owner}"),
    list("owner of few", "/opportunities?ownerId={few}"),
    list("owner, won", "/opportunities?ownerId={owner}&status=WON"),
    list("owner, -amount", "/opportunities?ownerId={owner}&sort=-amount&currency=UYU"),
    list("owner, -updatedAt", "/opportunities?ownerId={owner}&sort=-updatedAt"),
    list("twenty owners", "/opportunities?ownerId={owners}"),
    list("account", "/opportunities?accountId={account}"),
    list("account, won", "/opportunities?accountId={account}&status=WON"),
    list("contact", "/opportunities?contactId={contact}"),
    list("pipeline", "/opportunities?pipelineId={pipeline}"),
    list("currency", "/opportunities?currency=USD"),
    list("nobody's", "/opportunities?accountId%5BisNull%5D=true"),
    list(
        "created on a day",
        "/opportunities?createdAt%5Bgte%5D=2026-03-01T00:00:00Z&createdAt%5Blt%5D=2026-03-02T00:00:00Z",
    ),
    list(
        "closing in a week",
        "/opportunities?expectedCloseDate%5Bgte%5D=2026-06-01&expectedCloseDate%5Blte%5D=2026-06-07",
    ),
    list("amount between", "/opportunities?currency=USD&amount%5Bgte%5D=10.00&amount%5Blte%5D=500.00"),
    list("accounts", "/accounts"),
    list("accounts by name", "/accounts?sort=name"),
    list("accounts by -updatedAt", "/accounts?sort=-updatedAt"),
    list("accounts of an owner", "/accounts?ownerId={owner}"),
    list("accounts of an industry", "/accounts?industry=Industry%207"),
    list("contacts", "/contacts"),
    list("contacts by name", "/contacts?sort=name"),
    list("contacts by e-mail", "/contacts?sort=email"),
    list("contacts of an owner", "/contacts?ownerId={owner}"),
    list("opportunities of an account", "/accounts/{account}/opportunities"),
    list("contacts of an account", "/accounts/{account}/contacts"),
    list("history of an opportunity", "/opportunities/{opportunity}/stage-changes"),
    list("users", "/users"),
    list("pipelines", "/pipelines"),
    board("plain", "/opportunities?board=true"),
    board("owner", "/opportunities?board=true&ownerId={owner}"),
    board("twenty owners", "/opportunities?board=true&ownerId={owners}"),
    board("createdAt", "/opportunities?board=true&createdAt%5Bgte%5D=2026-01-01T00:00:00Z"),
    board("one account", "/opportunities?board=true&accountId={account}"),
    board("pipeline", "/opportunities?board=true&pipelineId={pipeline}"),
    search("opportunities, rare", "/opportunities?q={title}"),
    search("opportunities, common", "/opportunities?q=sale"),
    search("opportunities, number", "/opportunities?q=9000&status=OPEN,WON,LOST"),
    search("contacts, rare", "/contacts?q={surname}"),
    search("contacts, common", "/contacts?q=n"),
    search("contacts, every key", "/contacts?q=c"),
    search("accounts, rare", "/accounts?q={name}"),
    search("accounts, common", "/accounts?q=a"),
    report("top accounts", "/reports/top-accounts"),
    report("top 50 accounts", "/reports/top-accounts?limit=50"),
    report("top accounts of a day", "/reports/top-accounts?from=2025-06-01&to=2025-06-01"),
    report("top accounts of a year", "/reports/top-accounts?from=2025-01-01&to=2025-12-31"),
    Case {
        name: "top accounts, all tied",
        family: Family::Report,
        action: Action::Get("/reports/top-accounts"),
        place: Place::Tied,
    },
    report("stage changes of a month", "/reports/stage-changes?stage={won}&from=2025-06-01&to=2025-06-30"),
    report("stage changes of a year", "/reports/stage-changes?stage={stage}&from=2025-01-01&to=2025-12-31"),
    report("pipeline", "/reports/pipeline"),
    get(Family::Get, "opportunity", "/opportunities/{opportunity}"),
    get(Family::Get, "contact", "/contacts/{contact}"),
    get(Family::Get, "account", "/accounts/{account}"),
    write("create an opportunity", Action::Create),
    write("change the stage", Action::Move),
    write("edit an opportunity", Action::Edit),
];
