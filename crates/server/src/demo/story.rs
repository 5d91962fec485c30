//! What happens in the demo's year.

use cartera_application::{
    Error,
    opportunities::{CreateOpportunity, MoveCommand, WantedLinks},
    ports::Store,
    security::{Actor, IfMatch, PersonAuthority},
};
use cartera_domain::{
    accounts::AccountInput,
    contacts::ContactInput,
    identity::{Role, Subject},
    ids::{Id, UserId},
    input::Patch,
    opportunities::{MoneyInput, OpportunityInput},
    values::fold_key,
};
use chrono::{DateTime, Days, TimeDelta, Utc};
use uuid::Uuid;

use super::{
    Cast, Teller, channel, data,
    files::{self, Document},
    provenance,
    steps::{accept_same_stage, on_a_weekday, step},
};

/// How many opportunities the demo creates.
const OPPORTUNITIES: u32 = 96;

/// Most opportunities before this one are decided; most of the later ones are still open.
const OLD: u32 = 72;

/// How an opportunity ends.
#[derive(Clone, Copy)]
enum Fate {
    /// It is in the n-th open stage (from 0).
    Open(usize),
    Won,
    Lost,
}

/// Plays the year, step by step, each on its day.
pub(super) async fn tell(
    teller: &Teller,
    cast: &Cast,
    begin: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let owner = actor(cast, cast.owner, Role::Owner);
    let member = actor(cast, cast.member, Role::Member);
    let stages = stage_names(teller, &owner).await?;
    let mut accounts = Vec::new();
    for (index, account) in data::ACCOUNTS.iter().enumerate() {
        let seller = if index % 3 == 0 { &owner } else { &member };
        teller.clock.set(on_a_weekday(begin + Days::new(u64::try_from(index / 2).unwrap_or(0))));
        let id = open_account(teller, seller, index, account).await?;
        if index % 4 == 0 {
            let (name, industry, _, city) = account;
            let lines = [format!("Rubro: {industry}"), format!("Ciudad: {city}")];
            let name = format!("Ficha de {name}");
            files::attach(teller, seller, Document { of: "ACCOUNT", id, name: &name, lines: &lines }).await?;
        }
        accounts.push(id);
    }
    let mut contacts = Vec::new();
    for (index, contact) in data::CONTACTS.iter().enumerate() {
        let seller = if index % 3 == 0 { &owner } else { &member };
        let account = accounts[index % accounts.len()];
        teller.clock.set(on_a_weekday(begin + Days::new(u64::try_from(index / 2 + 1).unwrap_or(0))));
        contacts.push(meet_contact(teller, seller, index, account, contact).await?);
    }
    for number in 0..OPPORTUNITIES {
        let seller = if number % 3 == 0 { &owner } else { &member };
        // Spreads the opportunities evenly over the year, in working hours.
        let start = begin + Days::new(u64::from(number) * 355 / u64::from(OPPORTUNITIES) + 3);
        let start = on_a_weekday(start + TimeDelta::minutes(i64::from(number * 37 % 480)));
        let at = usize::try_from(number * 7 + number / 5).unwrap_or(0) % accounts.len();
        // Every fourth opportunity has no contact.
        let contact = (number % 4 != 3).then(|| contacts[at]);
        let links = WantedLinks {
            account_id: Patch::Value(accounts[at]),
            contact_id: contact.into(),
            owner_id: Patch::Absent,
        };
        sell(teller, seller, number, links, &stages, start.min(now)..now).await?;
    }
    channel::tell(teller, &owner, &accounts, begin, now).await
}

/// The names of the default pipeline's stages, in order.
async fn stage_names(teller: &Teller, owner: &Actor) -> Result<Vec<String>, Error> {
    let tx = teller.store.begin(&owner.authorize_member()?).await?;
    let pipelines = tx.pipelines().all().await?;
    tx.commit().await?;
    let first = pipelines.first().ok_or_else(Error::not_found)?;
    Ok(first.record().stages.iter().map(|stage| stage.name.as_str().to_owned()).collect())
}

fn actor(cast: &Cast, user_id: UserId, role: Role) -> Actor {
    let authority = PersonAuthority {
        company_id: cast.company,
        session_id: Id::new(Uuid::nil()),
        subject: Subject::User(user_id),
        role: Some(role),
        force_password_reset: false,
        expires_at: DateTime::<Utc>::MAX_UTC,
    };
    Actor::person(authority, provenance())
}

async fn open_account(
    teller: &Teller,
    seller: &Actor,
    index: usize,
    (name, industry, employees, city): &(&str, &str, i64, &str),
) -> Result<Uuid, Error> {
    let text = |value: &str| Patch::Value(value.to_owned());
    let input = AccountInput {
        name: text(name),
        industry: text(industry),
        employees: Patch::Value(*employees),
        address: text(&format!("{city}, Uruguay")),
        ..AccountInput::default()
    };
    let made = teller.application.accounts.create(seller, input, &step(&format!("account-{index}"))).await?;
    Ok(made.output.id)
}

async fn meet_contact(
    teller: &Teller,
    seller: &Actor,
    index: usize,
    account: Uuid,
    (first_name, last_name, position): &(&str, &str, &str),
) -> Result<Uuid, Error> {
    let text = |value: &str| Patch::Value(value.to_owned());
    let mailbox = fold_key(&format!("{first_name} {last_name}")).replace(' ', ".");
    let input = ContactInput {
        first_name: text(first_name),
        last_name: text(last_name),
        position: text(position),
        email: text(&format!("{mailbox}@correo.example")),
        phone: text(&format!("099 {:06}", 120_000 + index * 4_321)),
        account_id: Patch::Value(Id::new(account)),
        ..ContactInput::default()
    };
    let made = teller.application.contacts.create(seller, input, &step(&format!("contact-{index}"))).await?;
    Ok(made.output.id)
}

async fn sell(
    teller: &Teller,
    seller: &Actor,
    number: u32,
    links: WantedLinks,
    stages: &[String],
    time: std::ops::Range<DateTime<Utc>>,
) -> Result<(), Error> {
    teller.clock.set(time.start);
    let id = Id::new(open_opportunity(teller, seller, number, links, time.start).await?);
    let mut at = time.start;
    for (turn, (stage, reason)) in moves(number, stages).into_iter().enumerate() {
        at = on_a_weekday(at + Days::new(2 + u64::from(number * 13 % 9)) + TimeDelta::minutes(17));
        if at >= time.end {
            break;
        }
        teller.clock.set(at);
        let command =
            MoveCommand { stage: Patch::Value(stage.to_owned()), reason: Patch::Value(reason.to_owned()) };
        let once = step(&format!("move-{number}-{turn}"));
        let moved =
            teller.application.opportunities.change_stage(seller, id, command, IfMatch::default(), &once);
        accept_same_stage(moved.await)?;
        if reason == data::SIGNED {
            let terms = [
                format!("Firmado el {}", at.format("%d/%m/%Y")),
                "Las partes acuerdan lo siguiente.".to_owned(),
            ];
            let contract =
                Document { of: "OPPORTUNITY", id: id.uuid(), name: "Contrato firmado", lines: &terms };
            files::attach(teller, seller, contract).await?;
        }
    }
    Ok(())
}

async fn open_opportunity(
    teller: &Teller,
    seller: &Actor,
    number: u32,
    links: WantedLinks,
    at: DateTime<Utc>,
) -> Result<Uuid, Error> {
    let (what, price) = data::DEALS[usize::try_from(number * 7 % 8).unwrap_or(0)];
    let in_dollars = number.is_multiple_of(6);
    let (amount, currency) = if in_dollars {
        (format!("{}.00", price / 40 + i64::from(number) * 25), "USD")
    } else {
        (format!("{}.50", price + i64::from(number) * 1_250), "UYU")
    };
    let input = OpportunityInput {
        title: Patch::Value(format!("{what} {}", at.format("%Y"))),
        amount: Patch::Value(MoneyInput { amount: Some(amount), currency: Some(currency.to_owned()) }),
        expected_close_date: Patch::Value((at + Days::new(60)).format("%Y-%m-%d").to_string()),
        ..OpportunityInput::default()
    };
    let command = CreateOpportunity { input, links, ..CreateOpportunity::default() };
    let once = step(&format!("opportunity-{number}"));
    Ok(teller.application.opportunities.create(seller, command, &once).await?.output.id)
}

/// The moves of the n-th opportunity. The stages are those of the default pipeline: three open ones, then
/// won, then lost.
fn moves(number: u32, stages: &[String]) -> Vec<(&str, &'static str)> {
    let pick = |reasons: &[&'static str]| reasons[usize::try_from(number).unwrap_or(0) % reasons.len()];
    let open = Fate::Open(usize::try_from(number % 3).unwrap_or(0));
    let fate = match (number < OLD, number % 7) {
        (true, 0 | 2 | 5) | (false, 3) => Fate::Won,
        (true, 1 | 3 | 6) | (false, 6) => Fate::Lost,
        _ => open,
    };
    let name = |index: usize| stages.get(index).map_or("", String::as_str);
    let open_steps = match fate {
        Fate::Open(last) => last,
        Fate::Won => 2,
        Fate::Lost => usize::try_from(number % 3).unwrap_or(0),
    };
    let mut moves: Vec<_> = (1..=open_steps).map(|index| (name(index), pick(&data::FORWARD))).collect();
    match fate {
        Fate::Open(_) => {}
        Fate::Won => moves.push((name(3), pick(&data::WON))),
        Fate::Lost => moves.push((name(4), pick(&data::LOST))),
    }
    moves
}
