//! A company at random work: what must hold after any sequence of steps, on any store.

use std::sync::{Mutex, MutexGuard, PoisonError};

use cartera_domain::{
    accounts::AccountInput,
    contacts::ContactInput,
    ids::{AccountId, ContactId, Id, OpportunityId},
    input::Patch,
    opportunities::{MoneyInput, OpportunityInput},
};
use chrono::TimeDelta;
use uuid::Uuid;

use super::{FixedClock, request_id};
use crate::{
    Application,
    error::{Error, Result},
    idempotency::Once,
    opportunities::{CreateOpportunity, MoveCommand, UpdateOpportunity, WantedLinks},
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
        Self { application, trash, clock, actor, known: Mutex::default() }
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
                opportunities.delete(&self.actor, id, ANY).await
            }
            1 => {
                let id = dice.one(&self.known().contacts);
                contacts.delete(&self.actor, id, ANY).await
            }
            2 => {
                let id = dice.one(&self.known().accounts);
                accounts.delete(&self.actor, id, ANY).await
            }
            _ => {
                let id = dice.one(&self.known().accounts);
                accounts.delete_cascading(&self.actor, id, ANY).await
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
        self.trash.purge(self.actor.company_id(), request_id()).await.map(|_| ())
    }
}
