//! Contract tests of the fake mail server.

use std::sync::Arc;

use async_trait::async_trait;
use cartera_application::{
    ports::Mailer,
    testing::{MemoryMailer, contract::mails::MailHarness},
};
use uuid::Uuid;

struct Memory(MemoryMailer);

#[async_trait]
impl MailHarness for Memory {
    fn mailer(&self) -> Arc<dyn Mailer> {
        Arc::new(self.0.clone())
    }

    async fn arrived(&self) -> Vec<(Uuid, String)> {
        self.0.sent().into_iter().map(|mail| (mail.id, mail.to.as_str().to_owned())).collect()
    }

    async fn set_down(&self, down: bool) {
        self.0.set_down(down);
    }
}

cartera_application::mail_contract_tests!(Memory(MemoryMailer::default()));
