//! Work that grows with the company has an extended timeout, and is not cancelled when the client disconnects.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use actix_web::{
    http::StatusCode,
    test::{TestRequest, init_service, try_call_service},
    web,
};
use cartera_api_http::edge::{Handled, assemble, no_content, to_the_end};
use cartera_application::Error;

use super::support::{edge, settings};

type Done = web::Data<AtomicUsize>;

/// Longer than the request timeout of these tests.
const LONG: Duration = Duration::from_millis(700);

async fn long(done: Done) -> Handled {
    let work = async move {
        tokio::time::sleep(LONG).await;
        done.fetch_add(1, Ordering::SeqCst);
    };
    to_the_end(work).await;
    Ok(no_content())
}

/// Fails after a while: within the usual timeout, or later.
async fn fails(wait: web::Path<u64>) -> Handled {
    let work = async move {
        tokio::time::sleep(Duration::from_millis(*wait)).await;
        Error::unavailable("the database", "it took too long")
    };
    Err(to_the_end(work).await.into())
}

async fn panics() -> Handled {
    to_the_end(async { panic!("a mistake") }).await
}

fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/long").get(long))
        .service(web::resource("/fails/{wait}").get(fails))
        .service(web::resource("/panics").get(panics));
}

/// Sends a request with a client timeout; `None` if it elapsed.
async fn ask(done: &Done, path: &str, patience: Duration) -> Option<(StatusCode, bool)> {
    let done = done.clone();
    let register = move |cfg: &mut web::ServiceConfig| {
        cfg.app_data(done);
    };
    let service = init_service(assemble(edge(settings()), register, routes)).await;
    let call = try_call_service(&service, TestRequest::get().uri(path).to_request());
    let answer = tokio::time::timeout(patience, call).await.ok()?;
    let response = match answer {
        Ok(response) => response.into_parts().1.map_into_boxed_body(),
        Err(error) => error.as_response_error().error_response(),
    };
    Some((response.status(), response.headers().contains_key("retry-after")))
}

#[actix_web::test]
async fn it_may_take_longer_than_a_request_may() {
    let done = web::Data::new(AtomicUsize::new(0));
    let answer = ask(&done, "/api/v1/long", 10 * LONG).await;
    assert_eq!(answer, Some((StatusCode::NO_CONTENT, false)));
    assert_eq!(done.load(Ordering::SeqCst), 1);
}

#[actix_web::test]
async fn who_hangs_up_does_not_undo_it() {
    let done = web::Data::new(AtomicUsize::new(0));
    assert_eq!(ask(&done, "/api/v1/long", LONG / 2).await, None);
    assert_eq!(done.load(Ordering::SeqCst), 0);
    while done.load(Ordering::SeqCst) == 0 {
        tokio::time::sleep(LONG / 10).await;
    }
}

#[actix_web::test]
async fn what_failed_after_long_is_not_offered_again_in_a_moment() {
    let done = web::Data::new(AtomicUsize::new(0));
    let soon = ask(&done, "/api/v1/fails/0", 10 * LONG).await;
    assert_eq!(soon, Some((StatusCode::SERVICE_UNAVAILABLE, true)));
    let late = ask(&done, "/api/v1/fails/700", 10 * LONG).await;
    assert_eq!(late, Some((StatusCode::SERVICE_UNAVAILABLE, false)));
    let panic = ask(&done, "/api/v1/panics", 10 * LONG).await;
    assert_eq!(panic, Some((StatusCode::INTERNAL_SERVER_ERROR, false)));
}
