//! The store of files on whatever speaks S3: the embedded one, MinIO, Amazon's.
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
//! URLs are signed here, for the public endpoint; nothing is asked of the store for that. An upload's URL signs
//! content type, content length and SHA-256, so that the store refuses everything but the announced file. The
//! name of an object is made of ids only (see [`BlobKey`](cartera_application::ports::BlobKey)): the library
//! resolves `..` in names, and would sign a URL for another bucket.

mod blobs;
mod disposition;

pub use blobs::{BadStorage, S3Blobs, S3Options};
