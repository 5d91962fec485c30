//! Lists and reports with one fixed row each, to test the wire types; the queries are tested on PostgreSQL.

use async_trait::async_trait;
use cartera_application::{
    Result,
    companies::CompanyView,
    history::{ActorView, EventView, OperationView},
    identity::ApiKeyView,
    invitations::InvitationView,
    jobs::DeadJobView,
    lists::{Cursor, CursorKey, ListQuery, Listing, Total},
    ports::{
        ApiKeyQueries, AttachmentQueries, Board, BoardColumn, CompanyQueries, DeadJobQueries, HistoryQueries,
        InvitationQueries, OpportunityQueries, Reports, UserQueries,
    },
    records::{RecordLists, RecordView, Shown},
    reports::{StageChangeReportRow, TopAccountRow, TopAccountsQuery},
    security::Grant,
    users::{UserDetails, UserView},
    views::{AttachmentView, MoneyView, NamedRef, OpportunityView, StageChangeView, StageRefView},
};
use cartera_domain::{
    attachments::AttachmentTarget,
    ids::{OperationId, PipelineId, StageId},
    record::{Kind, Table},
};
use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

pub(crate) struct Canned;

const ID: Uuid = Uuid::from_u128(7);

fn moment() -> DateTime<Utc> {
    DateTime::from_timestamp(1_768_478_400, 1_234_567).expect("a moment")
}

fn listing<T>(query: &ListQuery, row: T) -> Listing<T> {
    Listing {
        items: vec![row],
        next: Some(Cursor { key: CursorKey::Integer(7), id: ID }),
        total: query.wants_total().then_some(Total { count: 1, capped: false }),
    }
}

fn named(name: &str) -> NamedRef {
    NamedRef { id: ID, name: name.to_owned() }
}

fn stage(name: &str, kind: &str) -> StageRefView {
    StageRefView { id: ID, name: name.to_owned(), kind: kind.to_owned(), color: "#112233".to_owned() }
}

fn money() -> MoneyView {
    MoneyView { amount: "10.00".to_owned(), currency: "UYU".to_owned() }
}

fn board() -> Board {
    vec![BoardColumn {
        stage: stage("Preparación", "OPEN"),
        count: 1,
        count_capped: false,
        amounts: Some(vec![money()]),
    }]
}

#[async_trait]
impl CompanyQueries for Canned {
    async fn list(&self, _: &Grant, query: &ListQuery) -> Result<Listing<CompanyView>> {
        let company = CompanyView {
            id: ID,
            version: 1,
            name: "Acme".to_owned(),
            slug: "acme".to_owned(),
            address: None,
            website: None,
            logo_url: None,
            country: "UY".to_owned(),
            locale: "es".to_owned(),
            timezone: "America/Montevideo".to_owned(),
            currency: "UYU".to_owned(),
            force_password_reset_after_invitation: true,
            trash_days: 30,
            data_retention_days: 730,
            suspended_at: Some(moment()),
            created_at: moment(),
            updated_at: moment(),
        };
        Ok(listing(query, company))
    }
}

#[async_trait]
impl UserQueries for Canned {
    async fn list(&self, _: &Grant, query: &ListQuery, _: bool) -> Result<Listing<UserView>> {
        let details = UserDetails {
            email: "ana@acme.example".to_owned(),
            role: "OWNER".to_owned(),
            force_password_reset: false,
            last_login_at: None,
            created_at: moment(),
            created_by: None,
            updated_at: moment(),
        };
        let details = Some(details);
        Ok(listing(query, UserView { id: ID, version: 1, name: "Ana".to_owned(), active: true, details }))
    }
}

#[async_trait]
impl RecordLists for Canned {
    async fn list(&self, _: &Grant, table: &'static Table, query: &ListQuery) -> Result<Listing<RecordView>> {
        let record = RecordView {
            table,
            id: ID,
            version: 2,
            values: table.fields.iter().map(|field| value(field.kind)).collect(),
            created_at: moment(),
            created_by: Some(named("Ana")),
            updated_at: moment(),
            deleted_at: query.flag("deleted").then(moment),
        };
        Ok(listing(query, record))
    }
}

fn actor() -> ActorView {
    ActorView { kind: "USER".to_owned(), id: Some(ID), name: Some("Ana".to_owned()) }
}

fn operation() -> OperationView {
    OperationView {
        id: ID,
        kind: "REQUEST".to_owned(),
        actor: actor(),
        request_id: "r".to_owned(),
        occurred_at: moment(),
        first_sequence: 4,
        event_count: 1,
    }
}

#[async_trait]
impl HistoryQueries for Canned {
    async fn operations(&self, _: &Grant, query: &ListQuery) -> Result<Listing<OperationView>> {
        Ok(listing(query, operation()))
    }

    async fn operation(&self, _: &Grant, id: OperationId) -> Result<Option<OperationView>> {
        Ok(Some(OperationView { id: id.uuid(), ..operation() }))
    }

    async fn events(&self, _: &Grant, query: &ListQuery) -> Result<Listing<EventView>> {
        let changes = json!({ "industry": { "old": null, "new": "Software" } });
        let event = EventView {
            sequence: 4,
            kind: "account.updated".to_owned(),
            operation_id: Some(ID),
            operation_kind: Some("REQUEST".to_owned()),
            occurred_at: moment(),
            actor: actor(),
            request_id: "r".to_owned(),
            entity_type: "ACCOUNT".to_owned(),
            entity_id: ID,
            version: Some(2),
            related: vec![("USER".to_owned(), ID)],
            changes: changes.as_object().cloned().unwrap_or_default(),
        };
        Ok(listing(query, event))
    }
}

fn value(kind: Kind) -> Shown {
    match kind {
        Kind::OneOf(names) => Shown::Text(names[0].to_owned()),
        Kind::Line { .. }
        | Kind::Prose { .. }
        | Kind::Email
        | Kind::Phone
        | Kind::WebUrl
        | Kind::Social(_)
        | Kind::Color => Shown::Text("Acme".to_owned()),
        Kind::Integer { .. } => Shown::Integer(7),
        Kind::Tags => Shown::Texts(vec!["vip".to_owned()]),
        Kind::Money => Shown::Money(money()),
        Kind::Boolean => Shown::Boolean(true),
        Kind::Date => Shown::Date(moment().date_naive()),
        Kind::Reference(_) => Shown::Reference(named("Ana")),
        Kind::Group(below) => Shown::Group(below.iter().map(|field| value(field.kind)).collect()),
    }
}

#[async_trait]
impl AttachmentQueries for Canned {
    async fn list(
        &self,
        _: &Grant,
        target: AttachmentTarget,
        query: &ListQuery,
    ) -> Result<Listing<AttachmentView>> {
        let attachment = AttachmentView {
            id: ID,
            version: 2,
            entity_type: target.kind().as_str().to_owned(),
            entity_id: target.uuid(),
            file_name: "Contrato.pdf".to_owned(),
            content_type: "application/pdf".to_owned(),
            size: 7,
            sha256: "ab".repeat(32),
            status: "AVAILABLE".to_owned(),
            created_at: moment(),
            created_by: None,
            updated_at: moment(),
        };
        Ok(listing(query, attachment))
    }
}

#[async_trait]
impl InvitationQueries for Canned {
    async fn list(
        &self,
        _: &Grant,
        query: &ListQuery,
        now: DateTime<Utc>,
    ) -> Result<Listing<InvitationView>> {
        let invitation = InvitationView {
            id: ID,
            version: 1,
            email: "leo@example.com".to_owned(),
            role: "MEMBER".to_owned(),
            expired: now > moment(),
            expires_at: moment(),
            created_at: moment(),
            created_by: Some(named("Ana")),
            updated_at: moment(),
        };
        Ok(listing(query, invitation))
    }
}

#[async_trait]
impl OpportunityQueries for Canned {
    async fn list(&self, _: &Grant, query: &ListQuery) -> Result<Listing<OpportunityView>> {
        let opportunity = OpportunityView {
            id: ID,
            version: 1,
            number: 1,
            title: "A sale".to_owned(),
            account: Some(named("Acme")),
            contact: None,
            description: None,
            amount: money(),
            pipeline: named("Ventas"),
            stage: stage("Preparación", "OPEN"),
            status: "OPEN".to_owned(),
            closed_at: None,
            expected_close_date: None,
            owner: None,
            tags: Vec::new(),
            created_at: moment(),
            created_by: None,
            updated_at: moment(),
            deleted_at: None,
        };
        Ok(listing(query, opportunity))
    }

    async fn board(&self, _: &Grant, _: &ListQuery) -> Result<Board> {
        Ok(board())
    }

    async fn stage_changes(&self, _: &Grant, query: &ListQuery) -> Result<Listing<StageChangeView>> {
        let change = StageChangeView {
            id: ID,
            opportunity_id: ID,
            from_stage: None,
            new_stage: stage("Preparación", "OPEN"),
            reason: None,
            changed_at: moment(),
            changed_by: None,
        };
        Ok(listing(query, change))
    }
}

#[async_trait]
impl ApiKeyQueries for Canned {
    async fn list(&self, _: &Grant, query: &ListQuery) -> Result<Listing<ApiKeyView>> {
        let key = ApiKeyView {
            id: ID,
            version: 1,
            name: "A key".to_owned(),
            prefix: "cak_00000000".to_owned(),
            last_four: "abcd".to_owned(),
            scopes: vec!["reports:read".to_owned()],
            expires_at: None,
            last_used_at: None,
            revoked_at: None,
            created_at: moment(),
            created_by: Some(named("Ana")),
            updated_at: moment(),
        };
        Ok(listing(query, key))
    }
}

#[async_trait]
impl Reports for Canned {
    async fn top_accounts(&self, _: &Grant, query: &TopAccountsQuery) -> Result<Vec<TopAccountRow>> {
        // Returns the limit, so that tests can see the parsed query.
        let wins = i64::from(query.limit);
        let account_name = "Acme".to_owned();
        Ok(vec![TopAccountRow { account_id: ID, account_name, wins, total_amount: vec![money()] }])
    }

    async fn stage_changes(
        &self,
        _: &Grant,
        stages: &[StageId],
        from: DateTime<Utc>,
        _: DateTime<Utc>,
        query: &ListQuery,
    ) -> Result<Listing<StageChangeReportRow>> {
        let row = StageChangeReportRow {
            id: ID,
            opportunity_id: ID,
            opportunity_title: "A sale".to_owned(),
            account_id: None,
            account_name: None,
            from_stage: None,
            new_stage: StageRefView {
                id: stages.first().map_or(ID, |stage| stage.uuid()),
                ..stage("Venta", "WON")
            },
            changed_at: from,
            changed_by: None,
            reason: None,
        };
        Ok(listing(query, row))
    }

    async fn pipeline(&self, _: &Grant, _: Option<PipelineId>) -> Result<Board> {
        Ok(board())
    }
}

#[async_trait]
impl DeadJobQueries for Canned {
    async fn list(&self, _: &Grant, query: &ListQuery) -> Result<Listing<DeadJobView>> {
        let row = DeadJobView {
            id: ID,
            name: "send_notice".to_owned(),
            company_id: None,
            attempts: 24,
            last_error: "the mail server refuses the mail".to_owned(),
            created_at: moment(),
            failed_at: moment(),
        };
        Ok(listing(query, row))
    }
}
