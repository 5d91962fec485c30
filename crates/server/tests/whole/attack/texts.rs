//! Injection by stored texts: into SQL, a header, a mail.

use std::collections::HashMap;

use cartera_application::records::RESOURCES;
use cartera_domain::{
    record::Kind,
    values::{on_one_line, trimmed},
};
use serde_json::{Value, json};

use super::{
    payloads,
    surface::{Door, surface},
    target,
    victim::Victim,
};
use crate::support::{Answer, Call, Server, mails_to, unique, wait_for_mail};

/// Whether a field may have several lines: by the tables, besides the reason of a stage change.
fn is_prose(field: &str) -> bool {
    let mut fields = RESOURCES.iter().flat_map(|resource| resource.table.fields);
    field == "reason" || fields.any(|known| known.path == field && matches!(known.kind, Kind::Prose { .. }))
}

/// Where each payload goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spread {
    /// Into every text of every body.
    Everywhere,
    /// Once into each text of one name, which is read by the same type in every body: the bodies take turns.
    InTurns,
}

impl Spread {
    /// Whether a payload goes to a body, the `body`-th of those that have a text of this name.
    const fn sends(self, payload: usize, body: usize, bodies: usize) -> bool {
        matches!(self, Self::Everywhere) || payload % bodies == body
    }
}

/// The name of the field that a JSON pointer points to.
fn name(pointer: &str) -> &str {
    pointer.rsplit('/').next().unwrap_or_default()
}

/// Sends these payloads in the texts of bodies, as a caller with permission.
async fn put(
    spread: Spread,
    texts: impl FnOnce(&str) -> Vec<String>,
    judge: impl Fn(&Door, &str, &str, &Answer) -> Option<String>,
) {
    let server = target().await;
    let victim = Victim::new(server).await;
    let texts = &texts(&victim.company.id);
    let doors = surface(server).await;
    let mut bodies: HashMap<&str, usize> = HashMap::new();
    doors
        .iter()
        .flat_map(|door| &door.texts)
        .for_each(|pointer| *bodies.entry(name(pointer)).or_default() += 1);
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let (mut wrong, mut taken) = (Vec::new(), 0);
    for door in &doors {
        for pointer in &door.texts {
            let body = *seen.entry(name(pointer)).and_modify(|count| *count += 1).or_default();
            let sent = |payload: &usize| spread.sends(*payload, body, bodies[name(pointer)]);
            for text in (0..texts.len()).filter(sent).map(|payload| &texts[payload]) {
                let body = door.body_with(pointer, json!(text));
                let answer = door.valid.client.send(door.call_with(&body)).await;
                taken += usize::from(answer.status < 300);
                if !door.valid.statuses.contains(&answer.status)
                    || answer.status >= 500
                    || victim.shows_in(&answer)
                {
                    wrong.push(format!("{} {pointer}: {answer:?}", door.valid.operation));
                }
                wrong.extend(judge(door, pointer, text, &answer));
            }
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(taken > 0, "some are texts like any other");
    victim.assert_unharmed(server).await;
}

/// Stored text must equal the input, except for what is dropped at its ends and, in a field of one line, line ends.
fn kept_to_the_letter(door: &Door, pointer: &str, text: &str, answer: &Answer) -> Option<String> {
    let kept = (matches!(answer.status, 200 | 201))
        .then(|| answer.json().pointer(&format!("/data{pointer}")).cloned())??;
    // A phone is stored in E.164 form, and a date is a valid number in Uruguay. A file's type is decided by its name where
    // the text is none.
    // A text is a handle on a network.
    let is_rewritten = pointer.starts_with("/socialLinks/")
        || ["/phone", "/contentType"].iter().any(|field| pointer.ends_with(field));
    let text = trimmed(text);
    let wanted = if is_prose(name(pointer)) { text.into() } else { on_one_line(text) };
    // A blank stands for the default.
    let differs = kept.as_str().is_some_and(|kept| kept != wanted) && !is_rewritten && !text.is_empty();
    differs.then(|| format!("{} {pointer}: {text:?} became {kept}", door.valid.operation))
}

#[tokio::test]
async fn sql_in_a_text_is_a_text() {
    let sql = |victim: &str| -> Vec<_> {
        payloads::texts(victim).into_iter().filter(|text| text.contains("SET")).collect()
    };
    assert!(sql("").len() > 2, "{:?}", sql(""));
    put(Spread::Everywhere, sql, kept_to_the_letter).await;
}

#[tokio::test]
#[ignore = "thousands of requests: make attack"]
async fn every_payload_in_texts_of_every_name() {
    put(Spread::InTurns, payloads::texts, kept_to_the_letter).await;
}

/// Whether a line end was kept in a field of this name, however deep.
fn holds_line_end(answer: &Value, field: &str) -> bool {
    match answer {
        Value::Object(fields) => fields.iter().any(|(name, value)| {
            let ends = value.as_str().is_some_and(|text| text.contains(['\r', '\n']));
            (name == field && ends) || holds_line_end(value, field)
        }),
        Value::Array(values) => values.iter().any(|value| holds_line_end(value, field)),
        _ => false,
    }
}

#[tokio::test]
async fn a_line_end_in_a_text_ends_no_header() {
    let texts = ["x\r\nX-Injected: yes\r\n\r\n<b>", "x\nX-Injected: yes", "x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"]
        .map(str::to_owned);
    put(
        Spread::Everywhere,
        |_| texts.to_vec(),
        |door, pointer, _, answer| {
            let field = name(pointer);
            // A field of one line takes a line end for a blank.
            let kept = matches!(answer.status, 200 | 201)
                && !is_prose(field)
                && holds_line_end(&answer.json(), field);
            let injected = answer.headers.contains_key("x-injected");
            (injected || kept).then(|| format!("{} {pointer}: {answer:?}", door.valid.operation))
        },
    )
    .await;
}

#[tokio::test]
async fn a_companys_name_adds_nothing_to_its_mails() {
    let server = Server::shared().await;
    let company = server.company().await;
    let name = unique("=?utf-8?q?=0D=0ABcc:_all=40evil.example?= <evil@evil.example>, %0d%0aBcc: x");
    company.client().patch("/companies/current", &json!({ "name": name })).await.expect(200);
    let guest = format!("{}@example.com", unique("guest"));
    company.client().post("/invitations", &json!({ "email": guest })).await.expect(201);
    let mail = wait_for_mail(&guest, 1).await;
    let (head, _) = mail.source.split_once("\r\n\r\n").expect("a head");
    let headers = mailparse::parse_mail(mail.source.as_bytes()).expect("a mail").headers;
    let names: Vec<_> =
        headers.iter().map(mailparse::MailHeader::get_key).map(|name| name.to_lowercase()).collect();
    for name in ["bcc", "cc"] {
        assert!(!names.contains(&name.to_owned()), "{head}");
    }
    for name in ["from", "to", "subject"] {
        assert_eq!(names.iter().filter(|other| *other == name).count(), 1, "{head}");
    }
    assert!(mail.subject.contains(&name), "it is a name like any other: {}", mail.subject);
    assert_eq!(mail.to.to_lowercase(), guest);
}

/// Headers with which a request can claim another host or path.
const HOSTS: &[(&str, &str)] = &[
    ("host", "evil.example"),
    ("host", "127.0.0.1@evil.example"),
    ("x-forwarded-host", "evil.example"),
    ("x-forwarded-server", "evil.example"),
    ("x-host", "evil.example"),
    ("x-http-host-override", "evil.example"),
    ("forwarded", "for=1.2.3.4;host=evil.example;proto=https"),
    ("x-forwarded-proto", "https://evil.example/?"),
    ("x-forwarded-port", "1@evil.example"),
    ("x-forwarded-prefix", "//evil.example"),
    ("x-original-url", "https://evil.example/"),
    ("x-rewrite-url", "https://evil.example/"),
    ("origin", "https://evil.example"),
    ("referer", "https://evil.example/"),
];

#[tokio::test]
async fn no_header_decides_where_a_link_leads() {
    let server = Server::shared().await;
    let company = server.company().await;
    let (client, nobody) = (company.client(), server.nobody());
    let guest = format!("{}@example.com", unique("guest"));
    let invited = client.post("/invitations", &json!({ "email": guest })).await.expect(201).id();
    let colleague = server.user(&company, cartera_domain::identity::Role::Member).await;
    let mut answers = Vec::new();
    for (name, value) in HOSTS {
        let resend = Call::new("POST", format!("/invitations/{invited}/resend")).header(name, *value);
        answers.push(client.send(resend).await.expect(200));
        let forgot = Call::post("/auth/forgot-password", &json!({ "email": company.owner.email }));
        answers.push(nobody.send(forgot.header(name, *value)).await.expect(202));
        let demand =
            Call::new("POST", format!("/users/{}/reset-password", colleague.id)).header(name, *value);
        answers.push(client.send(demand).await.expect(204));
        let made = Call::post("/accounts", &json!({ "name": unique("account") })).header(name, *value);
        answers.push(client.send(made).await.expect(201));
        answers.push(nobody.send(Call::get("//docs").header(name, *value)).await);
    }
    for answer in &answers {
        assert!(!format!("{answer:?}").contains("evil.example"), "{answer:?}");
        assert!(answer.header("location").is_none_or(|place| place.starts_with('/')), "{answer:?}");
    }
    let count = HOSTS.len();
    wait_for_mail(&company.owner.email, count).await;
    wait_for_mail(&colleague.email, count).await;
    // Resending twice in quick succession sends only one mail, with the last link, so one is enough.
    let mails = [mails_to(&company.owner.email), mails_to(&colleague.email), mails_to(&guest)].concat();
    assert!(mails.len() > 2 * count, "{} mails", mails.len());
    for mail in mails {
        assert!(!mail.source.contains("evil.example"), "{mail:?}");
        assert!(mail.link().starts_with("http://127.0.0.1"), "{mail:?}");
    }
    let _: Value = client.get("/auth/me").await.expect(200).data();
}
