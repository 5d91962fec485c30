//! What the routes of every resource do.

use actix_web::web;
use cartera_application::lists::Listed as _;

use super::{Served, names::Names};
use crate::edge::{
    Body, Caller, Drafted, EdgeState, Handled, IfMatchHeader, NoBody, NoQuery, Pairs, PathId, Submission,
    created, done_versioned, list_query, no_content, of_query, ok_versioned, page,
};

pub(super) async fn create<F: Served>(
    caller: Caller,
    _: NoQuery,
    submission: Submission<Drafted<F>>,
    state: web::Data<EdgeState>,
) -> Handled {
    let Submission { body: Drafted(draft), once } = submission;
    let outcome = state.application.records::<F>().create(&caller, draft, &once).await?;
    let location = format!("/api/v1/{}/{}", Names::of(F::TABLE).path, outcome.output.id);
    let version = outcome.output.version;
    Ok(created(Some(location), Some(version), outcome.output, outcome.replayed))
}

pub(super) async fn list<F: Served>(caller: Caller, pairs: Pairs, state: web::Data<EdgeState>) -> Handled {
    let query = list_query(F::table(), &pairs, &caller)?;
    let found = state.application.records::<F>().list(&caller, query).await.map_err(of_query)?;
    Ok(page(found))
}

pub(super) async fn read<F: Served>(
    caller: Caller,
    id: PathId<F::Kind>,
    _: NoQuery,
    state: web::Data<EdgeState>,
) -> Handled {
    let record = state.application.records::<F>().get(&caller, id.0).await?;
    Ok(ok_versioned(record.version, record))
}

pub(super) async fn update<F: Served>(
    caller: Caller,
    id: PathId<F::Kind>,
    _: NoQuery,
    seen: IfMatchHeader,
    body: Body<Drafted<F>>,
    state: web::Data<EdgeState>,
) -> Handled {
    let Body(Drafted(draft)) = body;
    let record = state.application.records::<F>().update(&caller, id.0, draft, seen.0).await?;
    Ok(ok_versioned(record.version, record))
}

pub(super) async fn delete<F: Served>(
    caller: Caller,
    id: PathId<F::Kind>,
    _: NoQuery,
    seen: IfMatchHeader,
    state: web::Data<EdgeState>,
) -> Handled {
    F::delete(&state.application, &caller, id.0, seen.0).await?;
    Ok(no_content())
}

pub(super) async fn restore<F: Served>(
    caller: Caller,
    id: PathId<F::Kind>,
    _: NoQuery,
    action: NoBody,
    state: web::Data<EdgeState>,
) -> Handled {
    let outcome = F::restore(&state.application, &caller, id.0, &action.once).await?;
    Ok(done_versioned(outcome.output.version, outcome.output, outcome.replayed))
}
