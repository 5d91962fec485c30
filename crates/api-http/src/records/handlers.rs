//! What the routes of every resource do.

use actix_web::{HttpResponse, web};
use cartera_application::{Error, idempotency::Outcome, lists::Listed as _, records::RecordView};

use cartera_domain::{events::EntityRef, record::Fields};

use super::{Served, names::Names};
use crate::{
    edge::{
        Caller, Change, Drafted, EdgeState, Handled, NoBody, NoQuery, Pairs, PathId, ReadQuery, Submission,
        TermsHeaders, created, done, done_versioned, list_query, of_query, ok, ok_versioned, page,
        take_include,
    },
    wire::Including,
};

fn new_record(Outcome { output, replayed }: Outcome<RecordView>) -> HttpResponse {
    let location = format!("/api/v1/{}/{}", Names::of(output.table).path, output.id);
    created(Some(location), Some(output.version), output, replayed)
}

pub(super) async fn create<F: Served>(
    caller: Caller,
    _: NoQuery,
    submission: Submission<Drafted<F>>,
    state: web::Data<EdgeState>,
) -> Handled {
    let Submission { body: Drafted(draft), once } = submission;
    let outcome = state.application.records::<F>().create(&caller, draft, &once).await?;
    Ok(new_record(outcome))
}

pub(super) async fn create_below<F: Served, P: Fields>(
    caller: Caller,
    parent: PathId<P::Kind>,
    _: NoQuery,
    submission: Submission<Drafted<F>>,
    state: web::Data<EdgeState>,
) -> Handled {
    let Submission { body: Drafted(draft), once } = submission;
    let parent = EntityRef::of(parent.0);
    let outcome = state.application.records::<F>().create_below(&caller, parent, draft, &once).await?;
    Ok(new_record(outcome))
}

pub(super) async fn list<F: Served>(
    caller: Caller,
    mut pairs: Pairs,
    state: web::Data<EdgeState>,
) -> Handled {
    let with_can = take_include(&mut pairs)?;
    let query = list_query(F::table(), &pairs, &caller)?;
    let found = state.application.records::<F>().list(&caller, query).await.map_err(of_query)?;
    Ok(page(found.try_map(|record| including(&caller, record, with_can))?))
}

/// A record, with what the caller may do with it where that was asked for.
fn including(caller: &Caller, record: RecordView, with_can: bool) -> Result<Including<RecordView>, Error> {
    let can = if with_can { Some(record.can(caller)?.into()) } else { None };
    Ok(Including { record, can })
}

pub(super) async fn read<F: Served>(
    caller: Caller,
    id: PathId<F::Kind>,
    query: ReadQuery,
    state: web::Data<EdgeState>,
) -> Handled {
    let records = state.application.records::<F>();
    let record = match query.as_of {
        None => records.get(&caller, id.0).await?,
        Some(at) => records.get_as_of(&caller, id.0, at).await?,
    };
    if query.with_can {
        // Rights change without the version, so there is no tag.
        return Ok(ok(including(&caller, record, true)?));
    }
    Ok(ok_versioned(record.version, record))
}

pub(super) async fn update<F: Served>(
    caller: Caller,
    id: PathId<F::Kind>,
    _: NoQuery,
    change: Change<Drafted<F>>,
    state: web::Data<EdgeState>,
) -> Handled {
    let Change { body: Drafted(draft), terms } = change;
    let outcome = state.application.records::<F>().update(&caller, id.0, draft, terms).await?;
    Ok(done_versioned(outcome.output.version, outcome.output, outcome.replayed))
}

pub(super) async fn delete<F: Served>(
    caller: Caller,
    id: PathId<F::Kind>,
    _: NoQuery,
    terms: TermsHeaders,
    state: web::Data<EdgeState>,
) -> Handled {
    let outcome = F::delete(&state.application, &caller, id.0, terms.0).await?;
    Ok(done(outcome.replayed))
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
