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
pub(crate) struct Batch {
    pub(crate) statements: Vec<Statement>,
    pub(crate) askers: Askers,
    /// Whether a transaction that only reads may end with it.
    pub(crate) may_end: bool,
}

/// Who waits for the answers of a batch, statement by statement.
pub(crate) struct Askers(Vec<Option<oneshot::Sender<Result<Answer, DbErr>>>>);

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
        let mut entries = mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        entries.retain(|entry| !entry.asker.as_ref().is_some_and(oneshot::Sender::is_closed));
        let may_end = entries.iter().all(|entry| entry.may_end);
        let (statements, askers) =
            entries.into_iter().map(|Entry { statement, asker, may_end: _ }| (statement, asker)).unzip();
        Batch { statements, askers: Askers(askers), may_end }
    }
}

impl Askers {
    /// Hands the answers to those who wait. An error is told to everybody: the first one has failed them all.
    pub(crate) fn answer(self, answers: Result<Vec<Answer>, DbErr>) -> Result<(), DbErr> {
        let (answers, done) = match answers {
            Ok(answers) => (answers, Ok(())),
            Err(error) => (Vec::new(), Err(error)),
        };
        let mut answers = answers.into_iter();
        for asker in self.0 {
            let answer = answers.next();
            let told = done.clone().and_then(|()| answer.ok_or_else(no_answer));
            if let Some(asker) = asker {
                // Whoever has gone meanwhile needs none.
                drop(asker.send(told));
            }
        }
        done
    }
}

/// The error of a statement that was not answered, which the protocol rules out.
pub(crate) fn no_answer() -> DbErr {
    DbErr::RecordNotFound("an answer".into())
}

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
