//! A company at random work: what must hold after any sequence of steps, on any store.

use std::sync::{Mutex, MutexGuard, PoisonError};

use cartera_domain::{
    accounts::AccountInput,
    contacts::ContactInput,
    ids::{AccountId, ContactId, Id, OpportunityId},
    input::Patch,
    opportunities::{MoneyInput, OpportunityInput},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::{FixedClock, provenance};
use crate::{
    Application,
    error::{Code, Error, Result},
    history::EventList,
    idempotency::Once,
    lists::ListQuery,
    opportunities::{CreateOpportunity, MoveCommand, UpdateOpportunity, WantedLinks},
    ports::Clock,
    security::{Actor, IfMatch},
    trash::TrashService,
};

/// So few names and e-mails that they are often taken.
const NAMES: [&str; 4] = ["Globex", "GLOBEX", "Initech", "Umbrella"];
const STAGES: [&str; 5] = ["preparacion", "presentacion", "negociacion", "venta", "no_venta"];
const ANY: IfMatch = IfMatch::new(None);

/// What was made so far, deleted or not.
#[derive(Debug, Default)]
struct Known {
    accounts: Vec<AccountId>,
    contacts: Vec<ContactId>,
    opportunities: Vec<OpportunityId>,
}

/// A company at random work. Each step is decided by one number; several may be taken at once.
pub struct RandomWork {
    application: Application,
    trash: TrashService,
    clock: FixedClock,
    actor: Actor,
    known: Mutex<Known>,
    album: Mutex<Vec<Picture>>,
}

/// A record as it was read at a moment; none where it was not found.
struct Picture {
    at: DateTime<Utc>,
    record: Recalled,
    view: Option<Value>,
}

/// Which record a picture shows.
#[derive(Debug, Clone, Copy)]
enum Recalled {
    Account(AccountId),
    Contact(ContactId),
    Opportunity(OpportunityId),
}

/// The parts of a number by which a step is decided.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        let limit = limit.max(1) as u64;
        let drawn = self.0 % limit;
        self.0 /= limit;
        usize::try_from(drawn).unwrap_or_default()
    }

    /// One of these, or a made-up one when there are none.
    fn one<K>(&mut self, ids: &[Id<K>]) -> Id<K> {
        let at = self.below(ids.len());
        ids.get(at).copied().unwrap_or(Id::new(Uuid::nil()))
    }

    /// One of these, or null.
    fn perhaps<K>(&mut self, ids: &[Id<K>]) -> Patch<Uuid> {
        if self.below(3) == 0 { Patch::Null } else { Patch::Value(self.one(ids).uuid()) }
    }
}

fn text(text: &str) -> Patch<String> {
    Patch::Value(text.to_owned())
}

impl RandomWork {
    /// Work of `actor`; `trash` is wired to a store that may remove rows.
    pub fn new(application: Application, trash: TrashService, clock: FixedClock, actor: Actor) -> Self {
        Self { application, trash, clock, actor, known: Mutex::default(), album: Mutex::default() }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the step that `number` decides. A refusal is a fine outcome.
    ///
    /// # Errors
    /// Anything but a refusal: a failure of ours, or of the store (a deadlock, say).
    pub async fn step(&self, number: u64) -> Result<()> {
        self.clock.advance(TimeDelta::seconds(1));
        let mut dice = Dice(number);
        let done = match dice.below(20) {
            0 | 1 => self.open_account(&mut dice).await,
            2 => self.meet_contact(&mut dice).await,
            3..=5 => self.open_opportunity(&mut dice).await,
            6..=8 => self.move_opportunity(&mut dice).await,
            9 => self.edit_opportunity(&mut dice).await,
            10 => self.edit_contact(&mut dice).await,
            11..=14 => self.delete(&mut dice).await,
            15..=18 => self.restore(&mut dice).await,
            _ => self.empty_the_bin(&mut dice).await,
        };
        match done {
            Err(Error::Refused(_)) => Ok(()),
            other => other,
        }
    }

    async fn open_account(&self, dice: &mut Dice) -> Result<()> {
        let input = AccountInput { name: text(NAMES[dice.below(NAMES.len())]), ..AccountInput::default() };
        let made = self.application.accounts.create(&self.actor, input, &Once::default()).await?;
        self.known().accounts.push(Id::new(made.output.id));
        Ok(())
    }

    fn contact(&self, dice: &mut Dice) -> ContactInput {
        let email = match dice.below(4) {
            0 => Patch::Null,
            number => text(&format!("{}@example.com", ["carla", "CARLA", "carlos"][number - 1])),
        };
        let account_id = dice.perhaps(&self.known().accounts).map(Id::new);
        ContactInput { first_name: text("Carla"), email, account_id, ..ContactInput::default() }
    }

    async fn meet_contact(&self, dice: &mut Dice) -> Result<()> {
        let command = self.contact(dice);
        let made = self.application.contacts.create(&self.actor, command, &Once::default()).await?;
        self.known().contacts.push(Id::new(made.output.id));
        Ok(())
    }

    async fn edit_contact(&self, dice: &mut Dice) -> Result<()> {
        let command = self.contact(dice);
        let id = dice.one(&self.known().contacts);
        self.application.contacts.update(&self.actor, id, command, ANY).await.map(|_| ())
    }

    fn links(&self, dice: &mut Dice) -> WantedLinks {
        let known = self.known();
        WantedLinks {
            account_id: dice.perhaps(&known.accounts),
            contact_id: dice.perhaps(&known.contacts),
            owner_id: Patch::Absent,
        }
    }

    fn amount(dice: &mut Dice) -> Patch<MoneyInput> {
        let currency = Some(["UYU", "USD"][dice.below(2)].to_owned());
        Patch::Value(MoneyInput { amount: Some(format!("{}.50", dice.below(1000))), currency })
    }

    async fn open_opportunity(&self, dice: &mut Dice) -> Result<()> {
        let links = self.links(dice);
        let input = OpportunityInput {
            title: text("A sale"),
            amount: Self::amount(dice),
            ..OpportunityInput::default()
        };
        let command = CreateOpportunity { input, links, ..CreateOpportunity::default() };
        let made = self.application.opportunities.create(&self.actor, command, &Once::default()).await?;
        self.known().opportunities.push(Id::new(made.output.id));
        Ok(())
    }

    async fn move_opportunity(&self, dice: &mut Dice) -> Result<()> {
        let id = dice.one(&self.known().opportunities);
        let command = MoveCommand { stage: text(STAGES[dice.below(STAGES.len())]), reason: text("because") };
        let opportunities = &self.application.opportunities;
        opportunities.change_stage(&self.actor, id, command, ANY, &Once::default()).await.map(|_| ())
    }

    async fn edit_opportunity(&self, dice: &mut Dice) -> Result<()> {
        let id = dice.one(&self.known().opportunities);
        let links = if dice.below(2) == 0 { WantedLinks::default() } else { self.links(dice) };
        let input = OpportunityInput { amount: Self::amount(dice), ..OpportunityInput::default() };
        let command = UpdateOpportunity { input, links };
        self.application.opportunities.update(&self.actor, id, command, ANY).await.map(|_| ())
    }

    async fn delete(&self, dice: &mut Dice) -> Result<()> {
        let Application { accounts, contacts, opportunities, .. } = &self.application;
        match dice.below(4) {
            0 => {
                let id = dice.one(&self.known().opportunities);
                opportunities.delete(&self.actor, id, ANY).await.map(|_| ())
            }
            1 => {
                let id = dice.one(&self.known().contacts);
                contacts.delete(&self.actor, id, ANY).await.map(|_| ())
            }
            2 => {
                let id = dice.one(&self.known().accounts);
                accounts.delete(&self.actor, id, ANY).await.map(|_| ())
            }
            _ => {
                let id = dice.one(&self.known().accounts);
                accounts.delete_cascading(&self.actor, id, ANY).await.map(|_| ())
            }
        }
    }

    async fn restore(&self, dice: &mut Dice) -> Result<()> {
        let Application { accounts, contacts, opportunities, .. } = &self.application;
        match dice.below(4) {
            0 => {
                let id = dice.one(&self.known().opportunities);
                opportunities.restore(&self.actor, id, &Once::default()).await.map(|_| ())
            }
            1 => {
                let id = dice.one(&self.known().contacts);
                contacts.restore(&self.actor, id, &Once::default()).await.map(|_| ())
            }
            _ => {
                let id = dice.one(&self.known().accounts);
                accounts.restore(&self.actor, id, &Once::default()).await.map(|_| ())
            }
        }
    }

    /// Some days pass before, so that now and then something has expired.
    async fn empty_the_bin(&self, dice: &mut Dice) -> Result<()> {
        let days = i64::try_from(dice.below(20)).unwrap_or_default();
        self.clock.advance(TimeDelta::days(days));
        self.trash.purge(self.actor.company_id(), provenance()).await.map(|_| ())
    }

    fn everything(&self) -> Vec<Recalled> {
        let known = self.known();
        let accounts = known.accounts.iter().copied().map(Recalled::Account);
        let contacts = known.contacts.iter().copied().map(Recalled::Contact);
        let opportunities = known.opportunities.iter().copied().map(Recalled::Opportunity);
        accounts.chain(contacts).chain(opportunities).collect()
    }

    async fn read(&self, record: Recalled, at: Option<DateTime<Utc>>) -> Result<Option<Value>> {
        let Application { accounts, contacts, opportunities, .. } = &self.application;
        let actor = &self.actor;
        let read = match (record, at) {
            (Recalled::Account(id), None) => accounts.get(actor, id).await.map(serde_json::to_value),
            (Recalled::Account(id), Some(at)) => {
                accounts.get_as_of(actor, id, at).await.map(serde_json::to_value)
            }
            (Recalled::Contact(id), None) => contacts.get(actor, id).await.map(serde_json::to_value),
            (Recalled::Contact(id), Some(at)) => {
                contacts.get_as_of(actor, id, at).await.map(serde_json::to_value)
            }
            (Recalled::Opportunity(id), None) => opportunities.get(actor, id).await.map(serde_json::to_value),
            (Recalled::Opportunity(id), Some(at)) => {
                opportunities.get_as_of(actor, id, at).await.map(serde_json::to_value)
            }
        };
        match read {
            Ok(view) => view.map(Some).map_err(|cause| Error::internal("rendering a record", cause)),
            Err(error) if error.is(Code::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Takes a picture of every record as it is now.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn picture(&self) -> Result<()> {
        self.clock.advance(TimeDelta::seconds(1));
        let at = self.clock.now();
        for record in self.everything() {
            let view = self.read(record, None).await?;
            let mut album = self.album.lock().unwrap_or_else(PoisonError::into_inner);
            album.push(Picture { at, record, view });
        }
        Ok(())
    }

    /// What histories tell otherwise than the pictures that were taken. Nothing is remembered of what was removed for good,
    /// also where others referred to it, and a contact in the bin is not shown.
    ///
    /// # Errors
    /// Those of the store; `history_not_kept`.
    pub async fn misremembered(&self) -> Result<Vec<String>> {
        let album = std::mem::take(&mut *self.album.lock().unwrap_or_else(PoisonError::into_inner));
        let mut found = Vec::new();
        for Picture { at, record, mut view } in album {
            let mut told = self.read(record, Some(at)).await?;
            if told.is_none() && self.is_gone(record).await? {
                continue;
            }
            if let (Some(view), Some(told)) = (&mut view, &mut told) {
                for name in ["account", "contact"] {
                    let hidden = [&*view, &*told].iter().any(|one| one.get(name).is_some_and(Value::is_null));
                    if hidden {
                        view[name] = Value::Null;
                        told[name] = Value::Null;
                    }
                }
            }
            if told != view {
                found.push(format!("{record:?} at {at} was {view:?} and is remembered as {told:?}"));
            }
        }
        Ok(found)
    }

    async fn is_gone(&self, record: Recalled) -> Result<bool> {
        let Application { accounts, contacts, opportunities, .. } = &self.application;
        let (query, actor) = (ListQuery::first(EventList::TABLE, 1), &self.actor);
        let history = match record {
            Recalled::Account(id) => accounts.history(actor, id, query).await,
            Recalled::Contact(id) => contacts.history(actor, id, query).await,
            Recalled::Opportunity(id) => opportunities.history(actor, id, query).await,
        };
        match history {
            Ok(_) => Ok(false),
            Err(error) if error.is(Code::NotFound) => Ok(true),
            Err(error) => Err(error),
        }
    }
}
