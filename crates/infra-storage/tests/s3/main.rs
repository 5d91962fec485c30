//! Contract tests of the adapter on the embedded store, and on any other S3 store, such as MinIO, that
//! `CARTERA_TEST_S3` names (`http://access:secret@127.0.0.1:9000/bucket`).

mod attacks;
mod browsers;
mod embedded;
mod store;

mod embedded_store {
    use crate::store::S3Harness;

    cartera_application::blob_contract_tests!(S3Harness::embedded());
}

mod given_store {
    use crate::store::S3Harness;

    cartera_application::blob_contract_tests!(match S3Harness::given().await {
        Some(harness) => harness,
        None => return,
    });
}
