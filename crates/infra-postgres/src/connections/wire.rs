//! One connection to PostgreSQL. Everything that is known beforehand flies together: the opening of a transaction, its
//! statements and its end are sent at once, and answered at once.

use std::{io, time::Instant};

use futures_util::{
    TryStreamExt,
    future::{OptionFuture, join, join_all, join3},
    stream,
};
use hashlink::LruCache;
use sea_orm::{Statement, Value, Values};
use sea_query_postgres::{PostgresValue, PostgresValues};
use sqlx::Error;
use tokio::{runtime::Handle, task::JoinHandle};
use tokio_postgres::{
    AsyncMessage, Client,
    error::{DbError, Severity},
    types::Type,
};

use super::{failure::of_wire, target::Target};
use crate::row::PgRow;

/// How many prepared statements a connection keeps; the least recently used is closed for another one. Each costs the
/// server 20 to 300 KiB.
const PREPARED: usize = 100;

/// A statement with its values, as the client sends it.
#[derive(Debug)]
pub(super) struct Bound {
    text: String,
    values: PostgresValues,
}

impl From<Statement> for Bound {
    fn from(statement: Statement) -> Self {
        let Statement { sql, values, db_backend: _ } = statement;
        let Values(values) = values.unwrap_or_else(|| Values(Vec::new()));
        Self { text: sql, values: PostgresValues(values.into_iter().map(PostgresValue).collect()) }
    }
}

/// What a statement found and how many rows it changed.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) rows: Vec<PgRow>,
    pub(crate) changed: u64,
}

/// A connection.
pub(super) struct Wire {
    client: Client,
    /// Reads and writes the socket, until the client is dropped.
    driver: JoinHandle<()>,
    statements: LruCache<String, tokio_postgres::Statement>,
    pub(super) opened: Instant,
    /// Whether a transaction was begun and its end was not sent.
    open: bool,
    /// Whether something in it failed, after which PostgreSQL refuses everything and commits nothing.
    failed: bool,
    /// Whether something was sent that is not answered.
    unanswered: bool,
}

impl Wire {
    /// Opens a connection, whose socket is read and written on this runtime.
    pub(super) async fn open(target: &Target, runtime: &Handle) -> Result<Self, Error> {
        let connected = runtime.spawn(connect(target.clone())).await;
        let (client, driver) =
            connected.map_err(|ended| Error::Io(io::Error::other(ended)))?.map_err(of_wire)?;
        let statements = LruCache::new(PREPARED);
        let (opened, open, failed, unanswered) = (Instant::now(), false, false, false);
        Ok(Self { client, driver, statements, opened, open, failed, unanswered })
    }

    /// Whether the connection is known to have ended.
    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Whether it can be used by the next one: nothing is open and nothing unanswered.
    pub(super) fn is_settled(&self) -> bool {
        !self.open && !self.unanswered
    }

    /// Whether a transaction is open.
    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    /// Waits for an answer of the server.
    pub(super) async fn check(&mut self) -> Result<(), Error> {
        self.client.check_connection().await.map_err(of_wire)
    }

    /// Sends an opening, statements and an end in one go, and waits for all answers. The first error counts: those after
    /// it only say that the transaction has failed. When this is dropped, what was sent still happens.
    pub(super) async fn fly(
        &mut self,
        opening: Option<&str>,
        statements: &[Bound],
        end: Option<&'static str>,
    ) -> Result<Vec<Answer>, Error> {
        if self.failed && end.is_some() {
            return Err(Error::Protocol(
                "a transaction in which a statement failed can't be committed".into(),
            ));
        }
        self.unanswered = true;
        let mut prepared = Vec::with_capacity(statements.len());
        for statement in statements {
            prepared.push(self.prepared(statement).await?);
        }
        self.open = (self.open || opening.is_some()) && end.is_none();
        let client = &self.client;
        // All are sent in this order when the whole is polled for the first time, which nothing can come between.
        let (begun, answers, ended) = join3(
            OptionFuture::from(opening.map(|opening| client.batch_execute(opening))),
            join_all(statements.iter().zip(&prepared).map(|(bound, prepared)| ask(client, prepared, bound))),
            OptionFuture::from(end.map(|end| client.batch_execute(end))),
        )
        .await;
        self.unanswered = false;
        // Without its beginning, the statements ran in no company: row-level security shows them nothing.
        let answers = begun.transpose().and_then(|_| answers.into_iter().collect());
        let answers = answers.and_then(|answers| ended.transpose().map(|_| answers));
        self.failed = self.open && answers.is_err();
        answers.map_err(of_wire)
    }

    /// Sends an opening and several statements without values in one go, and waits for the answers.
    pub(super) async fn batch(&mut self, opening: Option<&str>, text: &str) -> Result<(), Error> {
        (self.unanswered, self.open) = (true, self.open || opening.is_some());
        let opening = OptionFuture::from(opening.map(|opening| self.client.batch_execute(opening)));
        let (begun, done) = join(opening, self.client.batch_execute(text)).await;
        self.unanswered = false;
        let done = begun.transpose().and(done);
        self.failed = self.open && done.is_err();
        done.map_err(of_wire)
    }

    /// Ends whatever is open, and waits until everything that was sent is answered.
    pub(super) async fn settle(&mut self) -> Result<(), Error> {
        if self.open {
            self.client.batch_execute("ROLLBACK").await.map_err(of_wire)?;
        } else if self.unanswered {
            self.check().await?;
        }
        (self.open, self.failed, self.unanswered) = (false, false, false);
        Ok(())
    }

    /// Closes the connection, and waits until that is done.
    pub(super) async fn close(self) {
        let Self { client, driver, .. } = self;
        drop(client);
        // It can only have panicked, which the runtime has reported.
        drop(driver.await);
    }

    async fn prepared(&mut self, bound: &Bound) -> Result<tokio_postgres::Statement, Error> {
        if let Some(known) = self.statements.get(&bound.text) {
            return Ok(known.clone());
        }
        let types: Vec<Type> = bound.values.0.iter().map(|PostgresValue(value)| type_of(value)).collect();
        let prepared = self.client.prepare_typed(&bound.text, &types).await.map_err(of_wire);
        self.failed |= self.open && prepared.is_err();
        let prepared = prepared?;
        self.statements.insert(bound.text.clone(), prepared.clone());
        Ok(prepared)
    }
}

/// Logs what PostgreSQL says besides its answers.
fn tell(notice: &DbError) {
    let message = notice.message();
    if notice.parsed_severity() == Some(Severity::Warning) {
        tracing::warn!(target: "postgres::notice", "{message}");
    } else {
        tracing::debug!(target: "postgres::notice", "{message}");
    }
}

/// Connects, and reads and writes the socket from then on.
#[expect(
    clippy::disallowed_methods,
    reason = "the unit of work sends the opening along with its first statement"
)]
async fn connect(target: Target) -> Result<(Client, JoinHandle<()>), tokio_postgres::Error> {
    let Target { config, tls } = target;
    let (client, mut connection) = config.connect(tls).await?;
    let driver = tokio::spawn(async move {
        let mut messages = stream::poll_fn(move |context| connection.poll_message(context));
        let ended = loop {
            match messages.try_next().await {
                Ok(Some(AsyncMessage::Notice(notice))) => tell(&notice),
                Ok(Some(_)) => {}
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
        };
        if let Some(error) = ended {
            tracing::debug!(%error, "a connection to the database ended");
        }
    });
    Ok((client, driver))
}

async fn ask(
    client: &Client,
    statement: &tokio_postgres::Statement,
    bound: &Bound,
) -> Result<Answer, tokio_postgres::Error> {
    let answers = client.query_raw(statement, bound.values.as_params()).await?;
    let mut answers = std::pin::pin!(answers);
    let mut rows = Vec::new();
    while let Some(row) = answers.try_next().await? {
        rows.push(PgRow::from(row));
    }
    Ok(Answer { rows, changed: answers.rows_affected().unwrap_or(0) })
}

/// The type that a value is declared to have, so that PostgreSQL does not infer another one from the text.
/// `Type::UNKNOWN` leaves it to PostgreSQL, for the kinds of values that no statement has.
fn type_of(value: &Value) -> Type {
    use sea_orm::sea_query::ArrayType;
    match value {
        Value::Bool(_) => Type::BOOL,
        Value::SmallInt(_) => Type::INT2,
        Value::Int(_) => Type::INT4,
        Value::BigInt(_) => Type::INT8,
        Value::String(_) => Type::TEXT,
        Value::Bytes(_) => Type::BYTEA,
        Value::Json(_) => Type::JSONB,
        Value::Uuid(_) => Type::UUID,
        Value::Decimal(_) => Type::NUMERIC,
        Value::ChronoDate(_) => Type::DATE,
        Value::ChronoDateTimeUtc(_) => Type::TIMESTAMPTZ,
        Value::Array(ArrayType::Bool, _) => Type::BOOL_ARRAY,
        Value::Array(ArrayType::Int, _) => Type::INT4_ARRAY,
        Value::Array(ArrayType::BigInt, _) => Type::INT8_ARRAY,
        Value::Array(ArrayType::String, _) => Type::TEXT_ARRAY,
        Value::Array(ArrayType::Bytes, _) => Type::BYTEA_ARRAY,
        Value::Array(ArrayType::Json, _) => Type::JSONB_ARRAY,
        Value::Array(ArrayType::Uuid, _) => Type::UUID_ARRAY,
        Value::Array(ArrayType::Decimal, _) => Type::NUMERIC_ARRAY,
        Value::Array(ArrayType::ChronoDate, _) => Type::DATE_ARRAY,
        Value::Array(ArrayType::ChronoDateTimeUtc, _) => Type::TIMESTAMPTZ_ARRAY,
        _ => Type::UNKNOWN,
    }
}
