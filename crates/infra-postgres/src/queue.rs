//! Statements that wait to be sent: what is asked for at the same time flies together.

use std::{
    future::{Future, poll_fn},
    mem,
    sync::{Mutex, PoisonError},
    task::Poll,
};

use sea_orm::{DbErr, Statement};
use tokio::sync::oneshot;

use crate::connections::Answer;

/// Where the answer of a statement is waited for.
pub(crate) type Awaited = oneshot::Receiver<Result<Answer, DbErr>>;

/// A statement, and who waits for its answer.
struct Entry {
    statement: Statement,
    /// `None` for a write whose answer nobody needs.
    asker: Option<oneshot::Sender<Result<Answer, DbErr>>>,
    /// Whether a transaction that only reads may end with it.
    may_end: bool,
}

/// The statements of a unit of work that are not sent yet, in order.
#[derive(Default)]
pub(crate) struct Queue(Mutex<Vec<Entry>>);

/// What is sent next, and who waits for it.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) statements: Vec<Statement>,
    askers: Vec<Option<oneshot::Sender<Result<Answer, DbErr>>>>,
    /// Whether a transaction that only reads may end with it.
    pub(crate) may_end: bool,
}

impl Queue {
    /// Adds a write whose answer nobody needs.
    pub(crate) fn add(&self, statement: Statement) {
        self.push(Entry { statement, asker: None, may_end: false });
    }

    /// Adds a statement, and returns where its answer comes.
    pub(crate) fn ask(&self, statement: Statement, may_end: bool) -> Awaited {
        let (asker, awaited) = oneshot::channel();
        self.push(Entry { statement, asker: Some(asker), may_end });
        awaited
    }

    fn push(&self, entry: Entry) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Takes everything, but for what nobody waits for any more.
    pub(crate) fn take(&self) -> Batch {
        let entries = mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut batch = Batch { may_end: true, ..Batch::default() };
        for Entry { statement, asker, may_end } in entries {
            if asker.as_ref().is_some_and(oneshot::Sender::is_closed) {
                continue;
            }
            batch.statements.push(statement);
            batch.askers.push(asker);
            batch.may_end &= may_end;
        }
        batch
    }
}

impl Batch {
    /// Hands the answers to those who wait. An error is told to everybody: the first one has failed them all.
    pub(crate) fn answer(askers: Askers, answers: Result<Vec<Answer>, DbErr>) -> Result<(), DbErr> {
        let (answers, error) = match answers {
            Ok(answers) => (answers, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        let mut answers = answers.into_iter();
        for asker in askers.0 {
            let answer = answers.next();
            let told = match &error {
                Some(error) => Err(error.clone()),
                None => answer.ok_or_else(|| DbErr::RecordNotFound("an answer".into())),
            };
            if let Some(asker) = asker {
                // Whoever has gone meanwhile needs none.
                drop(asker.send(told));
            }
        }
        error.map_or(Ok(()), Err)
    }

    /// The statements, and who waits for them.
    pub(crate) fn into_parts(self) -> (Vec<Statement>, Askers) {
        (self.statements, Askers(self.askers))
    }
}

/// Who waits for the answers of a batch.
pub(crate) struct Askers(Vec<Option<oneshot::Sender<Result<Answer, DbErr>>>>);

/// Lets everything that is polled together with the caller ask first.
pub(crate) fn until_others_have_asked() -> impl Future<Output = ()> {
    let mut asked = false;
    poll_fn(move |context| {
        if mem::replace(&mut asked, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
}
