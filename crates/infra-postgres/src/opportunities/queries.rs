//! Lists of opportunities, boards and stage changes.

use async_trait::async_trait;
use cartera_application::{
    Result,
    lists::{DELETED, ListQuery, Listing},
    ports::{Board, OpportunityQueries},
    security::Grant,
    views::{OpportunityView, StageChangeView},
};

use super::{
    board,
    list::{BIN, LIST, OpportunityRow, of_statuses, stages, status_of_stages},
    stage_changes,
};
use crate::{error::explain, list, store::PgStore};

#[async_trait]
impl OpportunityQueries for PgStore {
    async fn list(&self, grant: &Grant, query: &ListQuery) -> Result<Listing<OpportunityView>> {
        let tx = self.choosing(grant).await?;
        let (list, query) =
            if query.flag(DELETED) { (&BIN, query.clone()) } else { (&LIST, of_statuses(query.clone())) };
        let kinds = tx.stage_kinds(&stages(&query)).await.map_err(explain("reading stages"))?;
        let found = list::show::<OpportunityRow>(&tx, list, &query, "listing opportunities", |sql, query| {
            status_of_stages(sql, &kinds, query);
        });
        let found = found.await?;
        tx.finish().await?;
        Ok(found)
    }

    async fn board(&self, grant: &Grant, query: &ListQuery) -> Result<Board> {
        let query = board::conditions_of(query);
        let tx = if board::are_counted(&query) {
            self.reading(grant).await?
        } else {
            self.choosing(grant).await?
        };
        let board = board::of_query(&tx, query).await?;
        tx.finish().await?;
        Ok(board)
    }

    async fn stage_changes(&self, grant: &Grant, query: &ListQuery) -> Result<Listing<StageChangeView>> {
        let tx = self.choosing(grant).await?;
        let found = stage_changes::list(&tx, query).await?;
        tx.finish().await?;
        Ok(found)
    }
}
