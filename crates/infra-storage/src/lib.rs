//! The file store on any server that speaks S3: the embedded one, MinIO, Amazon S3.
//!
//! ```no_run
//! use cartera_infra_storage::{S3Blobs, S3Options};
//!
//! # fn main() -> Result<(), cartera_infra_storage::BadStorage> {
//! let blobs = S3Blobs::new(&S3Options {
//!     endpoint: "http://127.0.0.1:9000".to_owned(),
//!     public_endpoint: None,
//!     region: "us-east-1".to_owned(),
//!     bucket: "cartera".to_owned(),
//!     access_key: "…".to_owned(),
//!     secret_key: "…".to_owned(),
//!     path_style: true,
//! })?;
//! # drop(blobs);
//! # Ok(())
//! # }
//! ```
//!
//! URLs are signed locally, for the public endpoint, without a request to the store. An upload's URL signs content
//! type, content length and SHA-256, so that the store refuses everything but the announced file. Object keys consist
//! of ids only (see [`BlobKey`](cartera_application::ports::BlobKey)), because the library resolves `..` in keys and
//! would sign a URL for another bucket.

mod blobs;
mod disposition;

pub use blobs::{BadStorage, S3Blobs, S3Options};
