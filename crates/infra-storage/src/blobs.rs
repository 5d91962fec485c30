//! The S3 adapter.

use std::{collections::HashMap, time::Duration};

use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::STANDARD};
use cartera_application::{
    Error, Result,
    ports::{BlobFacts, BlobKey, BlobStore, DownloadTicket, Upload, UploadTicket},
};
use cartera_domain::attachments::{ContentType, FileName};
use chrono::{DateTime, SubsecRound, Utc};
use http::{HeaderMap, HeaderValue, header};
use s3::{
    Bucket, Region,
    command::Command,
    creds::Credentials,
    error::S3Error,
    request::{Request, tokio_backend::ReqwestRequest},
};
use uuid::Uuid;

use crate::disposition;

/// Timeout of a request to the store. Only small requests are sent from here, never a file's content.
const PATIENCE: Duration = Duration::from_secs(5);
/// The header that makes the store check an upload against the announced checksum.
const CHECKSUM: &str = "x-amz-checksum-sha256";
/// No object ever has this prefix: listing it shows whether the bucket exists.
const NOTHING: &str = "-/";

/// Address of the store, and the credentials for it.
#[derive(Clone)]
pub struct S3Options {
    /// The URL by which this program reaches the store, like `https://s3.example.com`.
    pub endpoint: String,
    /// The URL by which clients reach the store, if that differs.
    pub public_endpoint: Option<String>,
    /// The region in signatures.
    pub region: String,
    /// The bucket.
    pub bucket: String,
    /// The access key.
    pub access_key: String,
    /// Its secret.
    pub secret_key: String,
    /// Whether the bucket is in the path rather than in the host name.
    pub path_style: bool,
}

/// The options are invalid.
#[derive(Debug, thiserror::Error)]
#[error("the store of files can't be used with these settings")]
pub struct BadStorage(#[source] S3Error);

/// The file store on S3.
#[derive(Debug, Clone)]
pub struct S3Blobs {
    /// The bucket at the program's URL.
    bucket: Box<Bucket>,
    /// The same bucket, with requests that ask for checksums.
    looking: Box<Bucket>,
    /// The bucket at the clients' URL: only for signing URLs.
    public: Box<Bucket>,
}

/// The key to which an upload is written; its signed URL allows nothing else. On some servers the holder of the URL can
/// turn the upload into a copy of any other file, by a header that the URL does not sign. So an upload is compared with
/// what was announced, checksum included, before it is copied to its final key, for which no URL is ever signed.
fn incoming(key: &BlobKey) -> String {
    format!("incoming/{}", key.as_str().replace('/', "-"))
}

/// An object's metadata.
struct Found {
    content_type: String,
    size: i64,
    checksum: String,
}

impl Found {
    fn of(headers: &HeaderMap) -> Self {
        let text = |name: &str| {
            headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
        };
        Self {
            content_type: text("content-type"),
            size: text("content-length").parse().unwrap_or(-1),
            checksum: text(CHECKSUM),
        }
    }

    fn is(&self, facts: &BlobFacts) -> bool {
        let BlobFacts { content_type, size, sha256 } = facts;
        content_type.is_said_by(&self.content_type)
            && self.size == *size
            && self.checksum == STANDARD.encode(sha256.bytes())
    }
}

impl S3Blobs {
    /// Reads an object's metadata. The library's own result leaves the checksum out, hence the bare headers.
    async fn head(&self, name: &str) -> Result<Option<Found>> {
        let looking = || async {
            let request = ReqwestRequest::new(&self.looking, name, Command::HeadObject).await?;
            request.response_header().await
        };
        match looking().await {
            Ok((headers, _)) => Ok(Some(Found::of(&headers))),
            Err(S3Error::HttpFailWithBody(404, _)) => Ok(None),
            Err(error) => Err(failed("looking for a file")(error)),
        }
    }

    /// Copies an object; returns whether it existed.
    async fn copy(&self, from: &str, to: &str) -> Result<bool> {
        match self.bucket.copy_object_internal(from, to).await {
            Ok(_) => Ok(true),
            Err(S3Error::HttpFailWithBody(404, _)) => Ok(false),
            Err(error) => Err(failed("copying a file")(error)),
        }
    }

    async fn delete(&self, name: &str) -> Result<()> {
        match self.bucket.delete_object(name).await {
            Ok(_) | Err(S3Error::HttpFailWithBody(404, _)) => Ok(()),
            Err(error) => Err(failed("removing a file")(error)),
        }
    }

    /// The state when no upload is pending. An object at the final key was accepted: nobody else can write there.
    async fn without_upload(&self, key: &BlobKey) -> Result<Upload> {
        Ok(if self.holds(key).await? { Upload::Accepted } else { Upload::Missing })
    }

    /// Creates the client; the store need not be up.
    ///
    /// # Errors
    /// [`BadStorage`] when no client can be created.
    pub fn new(options: &S3Options) -> Result<Self, BadStorage> {
        // Callers decide whether to retry.
        s3::set_retries(0);
        let public_endpoint = options.public_endpoint.as_ref().unwrap_or(&options.endpoint);
        let bucket_at = |endpoint| bucket(options, endpoint);
        let bucket = bucket_at(&options.endpoint)?;
        let mut looking = bucket.clone();
        looking.add_header("x-amz-checksum-mode", "ENABLED");
        Ok(Self { bucket, looking, public: bucket_at(public_endpoint)? })
    }

    /// Creates the bucket if it is missing.
    ///
    /// # Errors
    /// `unavailable` when the store does not answer or denies access.
    pub async fn create_bucket(&self) -> Result<()> {
        let credentials = self.bucket.credentials().await.map_err(failed("reading the credentials"))?;
        let config = s3::BucketConfiguration::default();
        let (name, region) = (self.bucket.name(), self.bucket.region());
        match Bucket::create_with_path_style(&name, region, credentials, config).await {
            // 409: it already exists.
            Ok(_) | Err(S3Error::HttpFailWithBody(409, _)) => Ok(()),
            Err(error) => Err(failed("making the bucket")(error)),
        }
    }
}

fn bucket(options: &S3Options, endpoint: &str) -> Result<Box<Bucket>, BadStorage> {
    let region = Region::Custom {
        region: options.region.clone(),
        endpoint: endpoint.trim_end_matches('/').to_owned(),
    };
    let (access_key, secret_key) = (options.access_key.as_str(), options.secret_key.as_str());
    let credentials = Credentials::new(Some(access_key), Some(secret_key), None, None, None)
        .map_err(|error| BadStorage(error.into()))?;
    let mut bucket = Bucket::new(&options.bucket, region, credentials).map_err(BadStorage)?;
    if options.path_style {
        bucket.set_path_style();
    }
    bucket.set_request_timeout(Some(PATIENCE));
    Ok(bucket)
}

/// Maps HTTP and I/O failures to `unavailable`, because the store may work later. That includes refusals, which the
/// operator must fix: callers need not be told the difference.
fn failed(what: &'static str) -> impl FnOnce(S3Error) -> Error {
    move |error| match error {
        S3Error::HttpFailWithBody(..) | S3Error::HttpFail | S3Error::Reqwest(_) | S3Error::Io(_) => {
            Error::unavailable("the store of files", error)
        }
        error => Error::internal(what, error),
    }
}

fn seconds(lifetime: Duration) -> u32 {
    u32::try_from(lifetime.as_secs()).unwrap_or(u32::MAX)
}

/// When a URL signed now expires: signatures count whole seconds.
fn expiry(lifetime: Duration) -> DateTime<Utc> {
    Utc::now().trunc_subsecs(0) + lifetime
}

/// Parses a header's value. Announced values were checked already: digits, base64 and a listed content type.
fn value(text: &str) -> Result<HeaderValue> {
    HeaderValue::from_str(text).map_err(|cause| Error::internal("signing an upload", cause))
}

#[async_trait]
impl BlobStore for S3Blobs {
    async fn permit_upload(
        &self,
        key: &BlobKey,
        facts: &BlobFacts,
        lifetime: Duration,
    ) -> Result<UploadTicket> {
        let BlobFacts { content_type, size, sha256 } = facts;
        let checksum = STANDARD.encode(sha256.bytes());
        let mut signed = HeaderMap::new();
        signed.insert(header::CONTENT_TYPE, value(content_type.as_str())?);
        // Some clients send no length with nothing. The checksum alone allows nothing else.
        if *size > 0 {
            signed.insert(header::CONTENT_LENGTH, HeaderValue::from(*size));
        }
        signed.insert(CHECKSUM, value(&checksum)?);
        let expires_at = expiry(lifetime);
        let url = self
            .public
            .presign_put(incoming(key), seconds(lifetime), Some(signed), None)
            .await
            .map_err(failed("signing an upload"))?;
        // Clients set Host and Content-Length themselves, and some would send wrong ones if told to.
        let headers = vec![("Content-Type", content_type.as_str().to_owned()), (CHECKSUM, checksum)];
        Ok(UploadTicket { url, headers, expires_at })
    }

    async fn permit_download(
        &self,
        key: &BlobKey,
        name: &FileName,
        content_type: &ContentType,
        lifetime: Duration,
    ) -> Result<DownloadTicket> {
        let queries = HashMap::from([
            ("response-content-disposition".to_owned(), disposition::attachment(name.as_str())),
            ("response-content-type".to_owned(), content_type.as_str().to_owned()),
        ]);
        let expires_at = expiry(lifetime);
        let url = self
            .public
            .presign_get(key.as_str(), seconds(lifetime), Some(queries))
            .await
            .map_err(failed("signing a download"))?;
        Ok(DownloadTicket { url, expires_at })
    }

    async fn accept(&self, key: &BlobKey, facts: &BlobFacts) -> Result<Upload> {
        let incoming = incoming(key);
        match self.head(&incoming).await? {
            Some(found) if found.is(facts) => {}
            Some(_) => return Ok(Upload::Different),
            None => return self.without_upload(key).await,
        }
        // The upload may be replaced while it is checked, so it is copied first to a key that nobody else can write.
        let checking = format!("checking/{}", Uuid::now_v7());
        if !self.copy(&incoming, &checking).await? {
            // It was accepted or removed by somebody else just now.
            return self.without_upload(key).await;
        }
        let is_announced = self.head(&checking).await?.is_some_and(|found| found.is(facts));
        let is_accepted = is_announced && self.copy(&checking, key.as_str()).await?;
        if is_accepted {
            self.delete(&incoming).await?;
        }
        self.delete(&checking).await?;
        Ok(if is_accepted { Upload::Accepted } else { Upload::Different })
    }

    async fn holds(&self, key: &BlobKey) -> Result<bool> {
        Ok(self.head(key.as_str()).await?.is_some())
    }

    async fn remove(&self, key: &BlobKey) -> Result<()> {
        self.delete(&incoming(key)).await?;
        self.delete(key.as_str()).await
    }

    async fn check(&self) -> Result<()> {
        let answer = self.bucket.list_page(NOTHING.to_owned(), None, None, None, Some(1)).await;
        answer.map(drop).map_err(failed("looking into the bucket"))
    }
}
