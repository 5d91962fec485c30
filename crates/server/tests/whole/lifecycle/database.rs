//! The embedded PostgreSQL, when it dies.

use std::time::{Duration, Instant};

use futures_util::future::{join, join_all};

use crate::support::{Call, Company, Embedded, Folder, kill};

/// Five seconds, and as many for a busy machine. What waited for connections and jobs took 12 to 23.
const SOON: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_server_whose_database_has_died_ends_soon() {
    let folder = Folder::new("dead-database");
    let server = Embedded::start(&folder, &[]);
    let company = Company::register(&server.nobody()).await;
    let record = server.record.clone();
    // Under load, so that there are requests which wait for the database.
    let callers = join_all(
        (0..8).map(|_| async { while company.client().try_send(Call::get("/accounts")).await.is_ok() {} }),
    );
    let death = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let died = Instant::now();
        kill(folder.postgres().expect("PostgreSQL runs"));
        let status = tokio::task::spawn_blocking(move || server.end()).await.expect("it ends");
        (status, died.elapsed())
    };
    let (_, (status, elapsed)) = join(callers, death).await;
    assert_eq!(status.code(), Some(1), "{}", record.log());
    assert!(record.log().contains("the embedded PostgreSQL has ended"), "{}", record.log());
    assert!(elapsed < SOON, "{elapsed:?}: {}", record.log());
}
