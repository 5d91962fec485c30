//! Records to sell with, in a test environment.

use std::sync::atomic::Ordering;

use cartera_domain::{
    accounts::AccountInput,
    contacts::ContactInput,
    ids::{AccountId, CompanyId, ContactId, Id, OpportunityId},
    input::Patch,
    opportunities::{MoneyInput, OpportunityInput},
    pipelines::Pipeline,
    values::Line,
};

use super::{FixedClock, TestEnvironment, provenance};
use crate::{
    idempotency::Once,
    opportunities::{CreateOpportunity, WantedLinks},
    ports::{Clock, Store},
    security::Actor,
    views::OpportunityView,
};

impl TestEnvironment {
    /// A new account.
    ///
    /// # Panics
    /// When the actor may not make it.
    pub async fn account(&self, actor: &Actor, name: &str) -> AccountId {
        let input = AccountInput { name: Patch::Value(name.to_owned()), ..AccountInput::default() };
        let made = self.app.accounts.create(actor, input, &Once::default()).await;
        Id::new(made.expect("the account is made").output.id)
    }

    /// What is needed to make an opportunity with an account.
    pub fn new_opportunity(title: &str, account: AccountId) -> CreateOpportunity {
        let amount = MoneyInput { amount: Some("1000.00".to_owned()), currency: None };
        CreateOpportunity {
            input: OpportunityInput {
                title: Patch::Value(title.to_owned()),
                amount: Patch::Value(amount),
                ..OpportunityInput::default()
            },
            links: WantedLinks { account_id: Patch::Value(account.uuid()), ..WantedLinks::default() },
            ..CreateOpportunity::default()
        }
    }

    /// A new opportunity in the first stage.
    ///
    /// # Panics
    /// When the actor may not make it.
    pub async fn opportunity(&self, actor: &Actor, account: AccountId) -> OpportunityView {
        let command = Self::new_opportunity("A sale", account);
        let made = self.app.opportunities.create(actor, command, &Once::default()).await;
        made.expect("the opportunity is made").output
    }

    /// The id of an opportunity that was read.
    pub fn id_of(view: &OpportunityView) -> OpportunityId {
        Id::new(view.id)
    }

    /// A new contact, at an account or at none.
    ///
    /// # Panics
    /// When the actor may not make it.
    pub async fn contact(&self, actor: &Actor, account_id: Option<AccountId>) -> ContactId {
        let first_name = Patch::Value("Carla".to_owned());
        let input = ContactInput { first_name, account_id: account_id.into(), ..ContactInput::default() };
        let made = self.app.contacts.create(actor, input, &Once::default()).await;
        Id::new(made.expect("the contact is made").output.id)
    }

    /// A second pipeline, in another language so that its stages have other names.
    ///
    /// # Panics
    /// When it can't be stored.
    pub async fn pipeline(&self, company: CompanyId) -> Pipeline {
        let grant = Actor::system(company, provenance()).authorize_system().expect("the system may");
        let number = self.people.fetch_add(1, Ordering::SeqCst) + 1;
        let name = format!("Vendas {number}");
        let mut pipeline = second_pipeline(name, || self.ports.randomness.id(), &self.clock);
        let tx = self.store.begin(&grant).await.expect("a unit of work begins");
        tx.pipelines().insert(&mut pipeline).await.expect("the pipeline is stored");
        tx.commit().await.expect("it commits");
        pipeline
    }
}

/// A pipeline that is not the company's default one.
fn second_pipeline(name: String, mut id: impl FnMut() -> uuid::Uuid, clock: &FixedClock) -> Pipeline {
    use cartera_domain::{
        pipelines::{PipelineRecord, default_pipeline},
        values::Locale,
    };
    let now = clock.now();
    let made = default_pipeline(Id::new(id()), Locale::Pt, || Id::new(id()), now);
    let name = Line::trusted(name);
    Pipeline::create(PipelineRecord { name, is_default: false, ..made.record().clone() })
}
