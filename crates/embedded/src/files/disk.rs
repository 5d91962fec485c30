//! Objects as files: `<root>/<bucket>/<company>/<object>`, and beside each its content type and checksum in
//! `<object>.facts`.
//!
//! A file becomes visible only when it is complete: it is written under another name, compared with the announced
//! length and checksum, flushed to disk and then renamed. Keys have two segments of letters, digits and dashes, so that
//! none can escape from the bucket or collide with another.

use std::{
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use futures_util::{StreamExt, stream};
use hyper::body::Bytes;
use s3s::{
    S3, S3Error, S3ErrorCode, S3Request, S3Response, S3Result,
    dto::{
        CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopySource, CreateBucketInput,
        CreateBucketOutput, DeleteObjectInput, DeleteObjectOutput, ETag, GetObjectInput, GetObjectOutput,
        HeadBucketInput, HeadBucketOutput, HeadObjectInput, HeadObjectOutput, ListObjectsV2Input,
        ListObjectsV2Output, Object, PutObjectInput, PutObjectOutput, Range, StreamingBlob, Timestamp,
    },
    s3_error,
};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};

/// Where files are written before they become visible.
const INCOMING: &str = ".incoming";
const FACTS: &str = "facts";
/// The size of a read, in bytes.
const CHUNK: usize = 64 * 1024;

/// One bucket on the disk.
#[derive(Debug)]
pub(super) struct Disk {
    root: PathBuf,
    bucket: String,
    counter: AtomicU64,
}

/// The metadata of an object.
struct Facts {
    content_type: String,
    checksum: String,
}

/// An incomplete file; dropping it removes it.
struct Incoming(PathBuf);

impl Drop for Incoming {
    fn drop(&mut self) {
        // It was renamed, or the failure can't be handled here.
        let _ = fs::remove_file(&self.0);
    }
}

impl Disk {
    /// Creates the folders, and removes incomplete files of an earlier process.
    pub(super) fn open(root: &Path, bucket: &str) -> io::Result<Self> {
        fs::create_dir_all(root.join(bucket))?;
        match fs::remove_dir_all(root.join(INCOMING)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => fs::create_dir(root.join(INCOMING))?,
        }
        Ok(Self { root: root.to_owned(), bucket: bucket.to_owned(), counter: AtomicU64::new(0) })
    }

    fn require_bucket(&self, bucket: &str) -> S3Result<()> {
        if bucket == self.bucket { Ok(()) } else { Err(s3_error!(NoSuchBucket)) }
    }

    /// The file of an object.
    fn path(&self, bucket: &str, key: &str) -> S3Result<PathBuf> {
        self.require_bucket(bucket)?;
        let is_name = |text: &str| {
            (1..=100).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        match key.split_once('/') {
            Some((folder, name)) if is_name(folder) && is_name(name) => {
                Ok(self.root.join(bucket).join(folder).join(name))
            }
            _ => Err(s3_error!(InvalidArgument, "a key is two names of letters, digits and dashes")),
        }
    }

    fn incoming(&self) -> Incoming {
        let number = self.counter.fetch_add(1, Ordering::Relaxed);
        Incoming(self.root.join(INCOMING).join(number.to_string()))
    }

    /// Writes the bytes to a temporary file, and returns their number and hash.
    async fn receive(mut body: StreamingBlob, file: &Path, most: u64) -> S3Result<(u64, String)> {
        let mut file = tokio::fs::File::create(file).await.map_err(failed)?;
        let (mut size, mut hash) = (0_u64, Sha256::new());
        while let Some(bytes) = body.next().await {
            let bytes = bytes.map_err(|cause| S3Error::with_source(S3ErrorCode::IncompleteBody, cause))?;
            size += u64::try_from(bytes.len()).map_err(|cause| s3_error!(cause, InternalError))?;
            if size > most {
                return Err(s3_error!(IncompleteBody, "more bytes than announced"));
            }
            hash.update(&bytes);
            file.write_all(&bytes).await.map_err(failed)?;
        }
        file.sync_all().await.map_err(failed)?;
        Ok((size, STANDARD.encode(hash.finalize())))
    }

    /// Makes a complete file visible under its name, replacing an existing one.
    async fn publish(&self, file: Incoming, facts: &Facts, path: PathBuf) -> S3Result<()> {
        let facts_file = self.incoming();
        let Facts { content_type, checksum } = facts;
        let text = format!("{content_type}\n{checksum}\n");
        let publish = move || {
            let folder = path.parent().ok_or(ErrorKind::InvalidInput)?;
            fs::create_dir_all(folder)?;
            fs::write(&facts_file.0, text)?;
            fs::File::open(&facts_file.0)?.sync_all()?;
            fs::rename(&facts_file.0, path.with_extension(FACTS))?;
            fs::rename(&file.0, &path)?;
            fs::File::open(folder)?.sync_all()
        };
        tokio::task::spawn_blocking(publish).await.map_err(io::Error::other).flatten().map_err(failed)
    }

    /// Opens an object with its metadata.
    async fn find(&self, bucket: &str, key: &str) -> S3Result<(tokio::fs::File, fs::Metadata, Facts)> {
        let path = self.path(bucket, key).map_err(|_no_such_name| s3_error!(NoSuchKey))?;
        let open = async || -> io::Result<_> {
            let file = tokio::fs::File::open(&path).await?;
            let metadata = file.metadata().await?;
            let text = tokio::fs::read_to_string(path.with_extension(FACTS)).await?;
            Ok((file, metadata, text))
        };
        let (file, metadata, text) = match open().await {
            Ok(found) => found,
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(s3_error!(NoSuchKey)),
            Err(error) => return Err(failed(error)),
        };
        let (content_type, checksum) = text.trim_end().split_once('\n').unwrap_or_default();
        let facts = Facts { content_type: content_type.to_owned(), checksum: checksum.to_owned() };
        Ok((file, metadata, facts))
    }

    /// The keys of the bucket that begin with a prefix, in order, with their sizes.
    fn keys(&self, prefix: &str) -> io::Result<Vec<(String, u64)>> {
        let mut keys = Vec::new();
        for folder in fs::read_dir(self.root.join(&self.bucket))? {
            let folder = folder?;
            let name = folder.file_name().to_string_lossy().into_owned();
            let start = format!("{name}/");
            if !start.starts_with(prefix) && !prefix.starts_with(&start) {
                continue;
            }
            for file in fs::read_dir(folder.path())? {
                let file = file?;
                let key = format!("{start}{}", file.file_name().to_string_lossy());
                if !key.contains('.') && key.starts_with(prefix) {
                    keys.push((key, file.metadata()?.len()));
                }
            }
        }
        keys.sort();
        Ok(keys)
    }
}

fn failed(error: io::Error) -> S3Error {
    tracing::error!(%error, "the store of files can't read or write");
    s3_error!(error, InternalError)
}

fn signed(length: u64) -> S3Result<i64> {
    i64::try_from(length).map_err(|cause| s3_error!(cause, InternalError))
}

/// The checksum is the ETag, so that other content has another ETag.
fn tag(facts: &Facts) -> ETag {
    ETag::Strong(facts.checksum.clone())
}

fn modified(metadata: &fs::Metadata) -> Option<Timestamp> {
    metadata.modified().ok().map(Timestamp::from)
}

/// The bytes of a file from its current position.
fn bytes_of(file: tokio::fs::File, length: u64) -> StreamingBlob {
    let chunks = stream::try_unfold((file.take(length), vec![0; CHUNK]), |(mut file, mut buffer)| async {
        let read = file.read(&mut buffer).await?;
        let chunk = Bytes::copy_from_slice(&buffer[..read]);
        Ok::<_, io::Error>((read > 0).then_some((chunk, (file, buffer))))
    });
    StreamingBlob::wrap(chunks)
}

#[async_trait::async_trait]
impl S3 for Disk {
    async fn put_object(&self, request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let input = request.input;
        let path = self.path(&input.bucket, &input.key)?;
        if input.if_match.is_some() || input.if_none_match.is_some() {
            return Err(s3_error!(NotImplemented, "conditional uploads are not supported"));
        }
        // Whoever sends nothing may leave its length out.
        let announced = u64::try_from(input.content_length.unwrap_or(0)).ok();
        let (Some(length), Some(checksum), Some(body)) = (announced, input.checksum_sha256, input.body)
        else {
            return Err(s3_error!(
                InvalidRequest,
                "a body of its Content-Length and x-amz-checksum-sha256 are needed"
            ));
        };
        let file = self.incoming();
        let (size, found) = Self::receive(body, &file.0, length).await?;
        if size != length {
            return Err(s3_error!(IncompleteBody));
        }
        if found != checksum {
            return Err(s3_error!(BadDigest, "the bytes are not those of x-amz-checksum-sha256"));
        }
        let content_type = input.content_type.unwrap_or_else(|| "application/octet-stream".to_owned());
        self.publish(file, &Facts { content_type, checksum }, path).await?;
        Ok(S3Response::new(PutObjectOutput { checksum_sha256: Some(found), ..PutObjectOutput::default() }))
    }

    async fn copy_object(
        &self,
        request: S3Request<CopyObjectInput>,
    ) -> S3Result<S3Response<CopyObjectOutput>> {
        let input = request.input;
        let path = self.path(&input.bucket, &input.key)?;
        let CopySource::Bucket { bucket, key, version_id: None } = &input.copy_source else {
            return Err(s3_error!(NotImplemented, "only files of the bucket can be copied"));
        };
        let (mut source, _, facts) = self.find(bucket, key).await?;
        let file = self.incoming();
        let mut copy = tokio::fs::File::create(&file.0).await.map_err(failed)?;
        tokio::io::copy(&mut source, &mut copy).await.map_err(failed)?;
        copy.sync_all().await.map_err(failed)?;
        self.publish(file, &facts, path).await?;
        let result = CopyObjectResult { e_tag: Some(tag(&facts)), ..CopyObjectResult::default() };
        let output = CopyObjectOutput { copy_object_result: Some(result), ..CopyObjectOutput::default() };
        Ok(S3Response::new(output))
    }

    async fn get_object(&self, request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        let input = request.input;
        let (mut file, metadata, facts) = self.find(&input.bucket, &input.key).await?;
        let whole = metadata.len();
        let wanted = input.range.map(|range: Range| range.check(whole)).transpose()?;
        let (start, length) =
            wanted.as_ref().map_or((0, whole), |range| (range.start, range.end - range.start));
        file.seek(io::SeekFrom::Start(start)).await.map_err(failed)?;
        Ok(S3Response::new(GetObjectOutput {
            body: Some(bytes_of(file, length)),
            content_length: Some(signed(length)?),
            content_range: wanted
                .map(|range| format!("bytes {}-{}/{whole}", range.start, range.end.saturating_sub(1))),
            e_tag: Some(tag(&facts)),
            content_type: Some(facts.content_type),
            last_modified: modified(&metadata),
            ..GetObjectOutput::default()
        }))
    }

    async fn head_object(
        &self,
        request: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        let input = request.input;
        let (_, metadata, facts) = self.find(&input.bucket, &input.key).await?;
        Ok(S3Response::new(HeadObjectOutput {
            content_length: Some(signed(metadata.len())?),
            e_tag: Some(tag(&facts)),
            content_type: Some(facts.content_type),
            checksum_sha256: Some(facts.checksum),
            last_modified: modified(&metadata),
            ..HeadObjectOutput::default()
        }))
    }

    async fn delete_object(
        &self,
        request: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        let path = self.path(&request.input.bucket, &request.input.key)?;
        for path in [path.clone(), path.with_extension(FACTS)] {
            match tokio::fs::remove_file(path).await {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(error)),
                Ok(()) | Err(_) => {}
            }
        }
        Ok(S3Response::new(DeleteObjectOutput::default()))
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        let input = request.input;
        self.require_bucket(&input.bucket)?;
        let after = input.continuation_token.clone().or(input.start_after).unwrap_or_default();
        let most = input.max_keys.and_then(|most| usize::try_from(most).ok()).unwrap_or(1000).min(1000);
        let prefix = input.prefix.clone().unwrap_or_default();
        let mut keys = self.keys(&prefix).map_err(failed)?;
        keys.retain(|(key, _)| *key > after);
        let is_truncated = keys.len() > most;
        keys.truncate(most);
        let next = keys.last().filter(|_| is_truncated).map(|(key, _)| key.clone());
        let objects: Vec<_> = keys
            .into_iter()
            .map(|(key, size)| Ok(Object { key: Some(key), size: Some(signed(size)?), ..Object::default() }))
            .collect::<S3Result<_>>()?;
        Ok(S3Response::new(ListObjectsV2Output {
            name: Some(input.bucket),
            prefix: Some(prefix),
            max_keys: input.max_keys.or(Some(1000)),
            key_count: i32::try_from(objects.len()).ok(),
            contents: Some(objects),
            is_truncated: Some(is_truncated),
            continuation_token: input.continuation_token,
            next_continuation_token: next,
            ..ListObjectsV2Output::default()
        }))
    }

    async fn head_bucket(
        &self,
        request: S3Request<HeadBucketInput>,
    ) -> S3Result<S3Response<HeadBucketOutput>> {
        self.require_bucket(&request.input.bucket)?;
        Ok(S3Response::new(HeadBucketOutput::default()))
    }

    async fn create_bucket(
        &self,
        request: S3Request<CreateBucketInput>,
    ) -> S3Result<S3Response<CreateBucketOutput>> {
        // The only bucket is created at the start.
        self.require_bucket(&request.input.bucket).map_err(|_other| s3_error!(AccessDenied))?;
        Err(s3_error!(BucketAlreadyOwnedByYou))
    }
}
