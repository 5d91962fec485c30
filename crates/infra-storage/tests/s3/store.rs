//! A store under test, and an HTTP client for its URLs.

use std::{
    path::PathBuf,
    sync::{Arc, LazyLock},
    time::Duration,
};

use async_trait::async_trait;
use cartera_application::{
    ports::{BlobKey, BlobStore},
    security::{Actor, Provenance},
    testing::{
        BlobAnswer,
        contract::blobs::{BlobHarness, headers_by_name},
    },
};
use cartera_domain::ids::{CompanyId, Id};
use cartera_embedded::{Files, FilesOptions};
use cartera_infra_storage::{S3Blobs, S3Options};
use url::Url;
use uuid::Uuid;

pub(crate) const SECRET: &str = "a secret of the tests";

/// A folder among the test process's temporary files.
pub(crate) fn folder() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("cartera-files-{}", Uuid::now_v7()));
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

pub(crate) fn files_options() -> FilesOptions {
    FilesOptions {
        access_key: "tests".to_owned(),
        secret_key: SECRET.to_owned(),
        bucket: "cartera".to_owned(),
        origins: Arc::new(|provenance| provenance.starts_with("http://localhost")),
    }
}

pub(crate) fn options(endpoint: &str) -> S3Options {
    S3Options {
        endpoint: endpoint.to_owned(),
        public_endpoint: None,
        region: "us-east-1".to_owned(),
        bucket: "cartera".to_owned(),
        access_key: "tests".to_owned(),
        secret_key: SECRET.to_owned(),
        path_style: true,
    }
}

/// The embedded store that most tests share.
static SHARED: LazyLock<(Files, PathBuf)> = LazyLock::new(|| {
    let folder = folder();
    (Files::start(&folder, &files_options()).expect("the store starts"), folder)
});

/// A store, and a plain HTTP client.
pub(crate) struct S3Harness {
    pub(crate) blobs: S3Blobs,
    pub(crate) client: reqwest::Client,
}

impl S3Harness {
    /// On the embedded store.
    pub(crate) fn embedded() -> Self {
        Self::of(&options(SHARED.0.endpoint()))
    }

    /// The folder of the embedded store.
    pub(crate) fn folder() -> PathBuf {
        SHARED.1.join("files")
    }

    /// On the store that the environment names, if any.
    pub(crate) async fn given() -> Option<Self> {
        let url = Url::parse(&std::env::var("CARTERA_TEST_S3").ok()?).expect("CARTERA_TEST_S3 is a URL");
        let mut options = options(&url.origin().ascii_serialization());
        url.username().clone_into(&mut options.access_key);
        url.password().expect("a secret").clone_into(&mut options.secret_key);
        url.path().trim_matches('/').clone_into(&mut options.bucket);
        let harness = Self::of(&options);
        harness.blobs.create_bucket().await.expect("the bucket is there");
        Some(harness)
    }

    pub(crate) fn of(options: &S3Options) -> Self {
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { blobs: S3Blobs::new(options).expect("an adapter"), client }
    }
}

#[async_trait]
impl BlobHarness for S3Harness {
    fn blobs(&self) -> Arc<dyn BlobStore> {
        Arc::new(self.blobs.clone())
    }

    async fn put(&self, url: &str, headers: &[(&str, String)], bytes: &[u8]) -> u16 {
        let mut request = self.client.put(url).body(bytes.to_owned());
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        request.send().await.expect("the store answers").status().as_u16()
    }

    async fn get(&self, url: &str) -> BlobAnswer {
        let answer = self.client.get(url).send().await.expect("the store answers");
        let status = answer.status().as_u16();
        let headers = answer.headers().iter();
        let headers =
            headers_by_name(headers.map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default())));
        BlobAnswer { status, headers, bytes: answer.bytes().await.expect("the bytes").to_vec() }
    }

    async fn wait(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}

/// A key of a company.
pub(crate) fn key_of(company: CompanyId) -> BlobKey {
    let system = Actor::system(company, Provenance::request("test"));
    BlobKey::new(&system.authorize_system().expect("the system may"), Id::new(Uuid::now_v7()))
}

/// An unused key of a random company.
pub(crate) fn fresh_key() -> BlobKey {
    key_of(Id::new(Uuid::now_v7()))
}
