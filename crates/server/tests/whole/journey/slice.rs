//! The main scenario: a company signs up, sells, and reads its reports; another company tries to access all of it.

use chrono::{Days, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Call, Client, Company, PASSWORD, Server, unique};

#[tokio::test]
async fn one_company_sells_and_its_neighbour_sees_nothing() {
    let server = Server::shared().await;
    let sold = sell(server).await;
    let neighbour = server.company().await;
    tries_everything(neighbour.client(), &neighbour, &sold).await;
    // None of these attempts changed anything.
    let again = sold.client.get(format!("/opportunities/{}", sold.opportunity)).await.expect(200);
    assert_eq!(again.data(), sold.in_the_end);
}

#[tokio::test]
async fn a_neighbours_key_sees_nothing_either() {
    let server = Server::shared().await;
    let sold = sell(server).await;
    let neighbour = server.company().await;
    let scopes = ["accounts:read", "accounts:write", "accounts:delete", "opportunities:read"];
    let more = ["opportunities:write", "opportunities:delete", "pipelines:read", "reports:read"];
    let (_, key) = neighbour.key(&[scopes, more].concat()).await;
    tries_everything(&key, &neighbour, &sold).await;
}

/// The records of the selling company.
pub(super) struct Sold {
    client: Client,
    account: String,
    opportunity: String,
    pipeline: String,
    stage: String,
    user: String,
    key: String,
    /// The opportunity in its final state.
    in_the_end: Value,
}

/// Register, account, opportunity, stage changes, API key, and the three reports by that key.
pub(super) async fn sell(server: &Server) -> Sold {
    let nobody = server.nobody();
    let email = format!("{}@example.com", unique("ana"));
    let body = json!({
        "companyName": "Ventas del Sur", "name": "Ana Paz", "email": email, "password": PASSWORD, "country": "UY",
    });
    let registered = nobody.post("/auth/register", &body).await.expect(201).data();
    assert_eq!(registered["user"]["role"], "OWNER");
    assert_eq!((&registered["tokenType"], &registered["expiresIn"]), (&json!("Bearer"), &json!(900)));
    let client = nobody.bearer(registered["accessToken"].as_str().expect("a token"));

    let body = json!({ "name": "Frigorífico del Este", "phone": "2900 1234", "tags": ["vip"] });
    let account = client.post("/accounts", &body).await.expect(201);
    assert_eq!(account.header("etag"), Some("\"1\""));
    assert_eq!(account.header("location"), Some(format!("/api/v1/accounts/{}", account.id()).as_str()));
    assert_eq!(account.data()["phone"], "+59829001234");
    let account = account.id();

    let body = json!({
        "title": "Cámaras de frío", "accountId": account,
        "amount": { "amount": "1250.5", "currency": "UYU" }, "expectedCloseDate": "2027-03-31",
    });
    let made = client.post("/opportunities", &body).await.expect(201).data();
    assert_eq!(made["number"], 1);
    assert_eq!(made["amount"], json!({ "amount": "1250.50", "currency": "UYU" }));
    assert_eq!((&made["stage"]["name"], &made["status"]), (&json!("Preparación"), &json!("OPEN")));
    let opportunity = text(&made["id"]);

    let changes = format!("/opportunities/{opportunity}/stage-changes");
    client.post(&changes, &json!({ "stage": "negociacion" })).await.invalid(&["/reason"]);
    client.post(&changes, &json!({ "stage": "negociacion", "reason": "  " })).await.invalid(&["/reason"]);
    client
        .patch(format!("/opportunities/{opportunity}"), &json!({ "stageId": made["stage"]["id"] }))
        .await
        .invalid(&["/stageId"]);
    let moved = client.post(&changes, &json!({ "stage": "negociacion", "reason": "Piden descuento" })).await;
    let moved = moved.expect(201).data();
    assert_eq!(moved["fromStage"]["name"], "Preparación");
    assert_eq!(moved["newStage"]["name"], "Negociación");
    assert_eq!(
        (&moved["reason"], &moved["changedBy"]["name"]),
        (&json!("Piden descuento"), &json!("Ana Paz"))
    );
    let body = json!({ "stage": "NEGOCIACIÓN", "reason": "otra vez" });
    client.post(&changes, &body).await.problem(409, "already_in_stage");
    let body = json!({ "stage": "nowhere", "reason": "x" });
    client.post(&changes, &body).await.problem(422, "invalid_reference");
    let won =
        client.post(&changes, &json!({ "stage": "venta", "reason": "Firmaron" })).await.expect(201).data();

    let history = client.get(&changes).await.expect(200);
    assert_eq!(history.rows("reason"), [json!("Firmaron"), json!("Piden descuento"), Value::Null]);
    let in_the_end = client.get(format!("/opportunities/{opportunity}")).await.expect(200).data();
    assert_eq!(in_the_end["status"], "WON");
    assert_eq!(in_the_end["closedAt"], won["changedAt"]);
    assert_eq!(in_the_end["version"], 3);

    let body = json!({ "name": "Tablero", "scopes": ["reports:read"] });
    let key = client.post("/api-keys", &body).await.expect(201).data();
    reports(&client.nobody().key(&text(&key["value"])), &account, &opportunity).await;
    Sold {
        account,
        opportunity,
        pipeline: text(&in_the_end["pipeline"]["id"]),
        stage: text(&in_the_end["stage"]["id"]),
        user: text(&registered["user"]["id"]),
        key: text(&key["id"]),
        in_the_end,
        client,
    }
}

/// The three reports, by key.
async fn reports(key: &Client, account: &str, opportunity: &str) {
    let top = key.get("/reports/top-accounts").await.expect(200).data();
    assert_eq!(
        top,
        json!([{
            "accountId": account, "accountName": "Frigorífico del Este", "wins": 1,
            "totalAmount": [{ "amount": "1250.50", "currency": "UYU" }],
        }])
    );
    let (from, to) = (Utc::now().date_naive() - Days::new(2), Utc::now().date_naive() + Days::new(2));
    let days = format!("from={from}&to={to}");
    let changes = key.get(format!("/reports/stage-changes?stage=VENTA&{days}")).await.expect(200);
    assert_eq!(changes.rows("opportunityId"), [json!(opportunity)]);
    assert_eq!(changes.rows("reason"), [json!("Firmaron")]);
    assert_eq!(changes.json()["meta"], json!({ "limit": 20, "nextCursor": null }));
    let tomorrow = Utc::now().date_naive() + Days::new(2);
    let path = format!("/reports/stage-changes?stage=VENTA&from={tomorrow}&to={tomorrow}");
    assert_eq!(key.get(path).await.expect(200).rows("id"), Vec::<Value>::new());
    key.get("/reports/stage-changes").await.invalid(&["?stage", "?from", "?to"]);
    let pipeline = key.get("/reports/pipeline").await.expect(200);
    assert_eq!(pipeline.rows("count"), [0, 0, 0, 1, 0].map(|count| json!(count)));
    key.get("/accounts").await.problem(403, "forbidden");
    key.get("/auth/me").await.problem(403, "api_key_not_allowed");
}

/// Builds a request with an id.
type Attempt = Box<dyn Fn(&str) -> Call + Send>;

/// Repeats every request as another company with the ids of the first. Each answer must be the same as for a
/// nonexistent id.
async fn tries_everything(neighbour: &Client, home: &Company, sold: &Sold) {
    let own = home.opportunity(&home.account().await).await;
    let amount = json!({ "amount": "1.00", "currency": "UYU" });
    let person = neighbour.get("/auth/me").await.status == 200;
    let cases: Vec<(&str, Attempt, &str, u16)> = vec![
        ("read account", call("GET", "/accounts/{}", None), &sold.account, 404),
        (
            "rename account",
            call("PATCH", "/accounts/{}", Some(json!({ "name": "Mine" }))),
            &sold.account,
            404,
        ),
        ("delete account", call("DELETE", "/accounts/{}", None), &sold.account, 404),
        ("account's opportunities", call("GET", "/accounts/{}/opportunities", None), &sold.account, 404),
        ("read opportunity", call("GET", "/opportunities/{}", None), &sold.opportunity, 404),
        (
            "change opportunity",
            call("PATCH", "/opportunities/{}", Some(json!({ "title": "Mine" }))),
            &sold.opportunity,
            404,
        ),
        ("delete opportunity", call("DELETE", "/opportunities/{}", None), &sold.opportunity, 404),
        ("history", call("GET", "/opportunities/{}/stage-changes", None), &sold.opportunity, 404),
        (
            "move opportunity",
            call(
                "POST",
                "/opportunities/{}/stage-changes",
                Some(json!({ "stage": "no venta", "reason": "spite" })),
            ),
            &sold.opportunity,
            404,
        ),
        ("read pipeline", call("GET", "/pipelines/{}", None), &sold.pipeline, 404),
        ("pipeline report", call("GET", "/reports/pipeline?pipelineId={}", None), &sold.pipeline, 404),
        (
            "stage report",
            call("GET", "/reports/stage-changes?stage={}&from=2026-01-01&to=2099-01-01", None),
            &sold.stage,
            400,
        ),
        ("list by account", call("GET", "/opportunities?accountId={}", None), &sold.account, 200),
        ("list by owner", call("GET", "/accounts?ownerId={}", None), &sold.user, 200),
        ("list by stage", call("GET", "/opportunities?stage={}", None), &sold.stage, 400),
        (
            "sell to their account",
            call(
                "POST",
                "/opportunities",
                Some(json!({ "title": "x", "accountId": "{}", "amount": amount })),
            ),
            &sold.account,
            422,
        ),
        (
            "assign to their user",
            call("POST", "/accounts", Some(json!({ "name": "x", "ownerId": "{}" }))),
            &sold.user,
            422,
        ),
        (
            "move own to their stage",
            call(
                "POST",
                &format!("/opportunities/{own}/stage-changes"),
                Some(json!({ "stage": "{}", "reason": "x" })),
            ),
            &sold.stage,
            422,
        ),
        ("revoke key", call("DELETE", "/api-keys/{}", None), &sold.key, if person { 404 } else { 403 }),
    ];
    for (what, call, id, status) in cases {
        let theirs = neighbour.send(call(id)).await.expect(status);
        let random = neighbour.send(call(&Uuid::now_v7().to_string())).await;
        assert_eq!(theirs.essence(), random.essence(), "{what}");
        if status == 200 {
            assert_eq!(theirs.data(), json!([]), "{what}");
        }
    }
    let days = "from=2026-01-01&to=2099-01-01";
    assert_eq!(neighbour.get("/reports/top-accounts").await.data(), json!([]));
    assert_eq!(neighbour.get(format!("/reports/stage-changes?stage=venta&{days}")).await.data(), json!([]));
}

/// A request in which `{}` in path and body becomes an id.
fn call(method: &'static str, path: &str, body: Option<Value>) -> Attempt {
    let path = path.to_owned();
    Box::new(move |id| {
        let call = Call::new(method, path.replace("{}", id));
        match &body {
            None => call,
            Some(body) => {
                let body = body.to_string().replace("{}", id);
                call.header("content-type", "application/json").bytes(body)
            }
        }
    })
}

fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}
