//! A bound on slow work: so much at once, so much waiting, the rest is turned away.

use std::sync::Arc;

use cartera_application::{Error, Result};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::spawn_blocking,
};

/// Runs slow work on blocking threads, so that neither the async threads nor the memory of the machine are
/// at the mercy of how many callers there are.
#[derive(Debug, Clone)]
pub(crate) struct Pool {
    /// What the work is, for errors.
    what: &'static str,
    /// A place for each caller, running or waiting.
    places: Arc<Semaphore>,
    /// A permit for each running piece of work.
    running: Arc<Semaphore>,
}

/// The right to run one piece of work; dropping it lets the next caller run.
#[derive(Debug)]
pub(crate) struct Slot {
    _running: OwnedSemaphorePermit,
    _place: OwnedSemaphorePermit,
}

impl Pool {
    /// A pool that runs `concurrency` pieces of work at once (at least one) and lets `queue` callers wait.
    pub(crate) fn new(what: &'static str, concurrency: usize, queue: usize) -> Self {
        let concurrency = concurrency.clamp(1, Semaphore::MAX_PERMITS);
        let places = concurrency.saturating_add(queue).min(Semaphore::MAX_PERMITS);
        Self {
            what,
            places: Arc::new(Semaphore::new(places)),
            running: Arc::new(Semaphore::new(concurrency)),
        }
    }

    /// Runs `work` on a blocking thread when its turn comes.
    ///
    /// # Errors
    /// `unavailable` at once when the queue is full; `internal` when `work` panics.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let slot = self.enter().await?;
        spawn_blocking(move || {
            // The slot goes with the work, not with the caller: a caller that hangs up doesn't stop the work,
            // and must not make room for more beside it.
            let _slot = slot;
            work()
        })
        .await
        .map_err(|cause| Error::internal(self.what, cause))
    }

    /// Waits for a turn.
    pub(crate) async fn enter(&self) -> Result<Slot> {
        let place = Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|cause| Error::unavailable(self.what, cause))?;
        let running = Arc::clone(&self.running)
            .acquire_owned()
            .await
            .map_err(|cause| Error::unavailable(self.what, cause))?;
        Ok(Slot { _running: running, _place: place })
    }
}

#[cfg(test)]
mod tests {
    use std::{
        pin::pin,
        sync::mpsc,
        task::{Context, Poll, Waker},
    };

    use cartera_application::Code;

    use super::*;

    /// Polls once: the future goes as far as it can without waiting.
    fn poll<T>(future: std::pin::Pin<&mut impl Future<Output = T>>) -> Poll<T> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[tokio::test]
    async fn who_finds_the_queue_full_is_turned_away_at_once() {
        let pool = Pool::new("slow work", 1, 2);
        let running = pool.enter().await.expect("the pool is empty");
        let mut first = Box::pin(pool.run(|| 1));
        let mut second = Box::pin(pool.run(|| 2));
        assert!(poll(first.as_mut()).is_pending());
        assert!(poll(second.as_mut()).is_pending());

        let Poll::Ready(Err(error)) = poll(pin!(pool.run(|| 3))) else {
            panic!("a third caller must not wait");
        };
        assert_eq!(error.code(), Code::Unavailable);
        assert_eq!(error.to_string(), "slow work is unavailable");

        // Who gives up leaves the queue, and the next one may wait.
        drop(second);
        let mut fourth = Box::pin(pool.run(|| 4));
        assert!(poll(fourth.as_mut()).is_pending());

        drop(running);
        assert_eq!(first.await.expect("its turn came"), 1);
        assert_eq!(fourth.await.expect("its turn came"), 4);
        assert_eq!(pool.places.available_permits(), 3, "every place is free again");
    }

    #[tokio::test]
    async fn work_keeps_its_slot_when_its_caller_hangs_up() {
        let pool = Pool::new("slow work", 1, 0);
        let (start, started) = mpsc::channel();
        let (finish, finished) = mpsc::channel::<()>();
        let mut caller = Box::pin(pool.run(move || (start.send(()), finished.recv())));
        assert!(poll(caller.as_mut()).is_pending());
        drop(caller);
        started.recv().expect("the work starts all the same");
        let next = poll(pin!(pool.enter()));
        assert!(matches!(next, Poll::Ready(Err(_))), "the work still runs");

        finish.send(()).expect("the work waits for it");
        let _slot = pool.running.acquire().await.expect("the work has ended");
    }

    #[tokio::test]
    async fn a_panic_is_an_internal_error_and_frees_the_slot() {
        let pool = Pool::new("slow work", 0, 0);
        let error = pool.run(|| panic!("on purpose")).await.map(|(): ()| ()).expect_err("it panics");
        assert_eq!(error.code(), Code::Internal);
        assert_eq!(pool.run(|| 1).await.expect("the slot is free, even of a pool of none"), 1);
    }
}
