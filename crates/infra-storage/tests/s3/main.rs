//! The adapter keeps the promises of the port, on the embedded store; and on any other that speaks S3 when
//! `CARTERA_TEST_S3` names it (`http://access:secret@127.0.0.1:9000/bucket`), MinIO say.

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
