//! Who gets a connection, who waits, and that every connection taken comes back.

use std::{future::Future, pin::pin, time::Duration};

use futures_util::poll;
use tokio::task::yield_now;
use uuid::Uuid;

use super::super::{
    ledger::{Busy, Lane, Rule},
    shares::{Share, Shares},
};

use Lane::{Read, Write};

/// Short, so that tests of the timeout take no time.
const PATIENCE: Duration = Duration::from_millis(10);

fn company(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn shares(connections: u32) -> Shares {
    Shares::new(connections, PATIENCE, Rule::ByCompany)
}

/// Takes a share without waiting, if one is free.
async fn at_once(shares: &Shares, of: u128, lane: Lane) -> Option<Share> {
    match poll!(pin!(shares.take(company(of), lane))) {
        std::task::Poll::Ready(taken) => taken.ok(),
        std::task::Poll::Pending => None,
    }
}

/// Takes shares until none is left.
async fn take_all(shares: &Shares, of: u128, lane: Lane) -> Vec<Share> {
    let mut taken = Vec::new();
    while let Some(share) = at_once(shares, of, lane).await {
        taken.push(share);
    }
    taken
}

#[tokio::test]
async fn a_company_holds_at_most_half_and_its_writes_leave_room_for_its_reads() {
    // By pool size: how many writes one company gets, how many reads beside them, and how many reads alone.
    for (size, writes, beside, reads) in [
        (1, 1, 0, 1),
        (2, 1, 0, 1),
        (3, 1, 0, 1),
        (4, 1, 1, 2),
        (8, 2, 2, 4),
        (16, 5, 3, 8),
        (64, 21, 11, 32),
    ] {
        let shares = shares(size);
        let writing = take_all(&shares, 1, Write).await;
        let reading = take_all(&shares, 1, Read).await;
        assert_eq!((writing.len(), reading.len()), (writes, beside), "of {size}");
        assert!(size == 1 || at_once(&shares, 2, Write).await.is_some(), "the neighbour finds one of {size}");
        drop((writing, reading));
        assert_eq!(take_all(&shares, 1, Read).await.len(), reads, "of {size}");
    }
}

#[tokio::test]
async fn however_many_are_greedy_something_is_left_for_the_next() {
    let shares = shares(16);
    let mut held = Vec::new();
    let mut counts = Vec::new();
    for greedy in 1..=8 {
        let taken = take_all(&shares, greedy, Read).await;
        counts.push(taken.len());
        held.extend(taken);
    }
    assert_eq!(
        counts,
        [8, 4, 2, 1, 1, 0, 0, 0],
        "the last one goes to whoever has none, and then all are gone"
    );
    held.pop();
    assert!(at_once(&shares, 9, Write).await.is_some());
}

#[tokio::test]
async fn first_come_is_first_served_where_nothing_is_shared_out() {
    let shares = Shares::new(4, PATIENCE, Rule::FirstCome);
    assert_eq!(take_all(&shares, 1, Write).await.len(), 4);
}

#[tokio::test]
async fn whoever_waits_in_vain_is_told_who_stands_in_the_way() {
    let shares = shares(4);
    let held = take_all(&shares, 1, Write).await;
    assert_eq!(shares.take(company(1), Write).await.err(), Some(Busy::Company));
    let others =
        [at_once(&shares, 2, Read).await, at_once(&shares, 3, Read).await, at_once(&shares, 4, Read).await];
    assert!(others.iter().all(Option::is_some));
    assert_eq!(shares.take(company(5), Read).await.err(), Some(Busy::Everybody));
    drop((held, others));
    assert_eq!(shares.waiting(), 0);
}

#[tokio::test]
async fn those_of_one_company_come_in_turn_and_companies_take_turns() {
    let shares = shares(4);
    let one = at_once(&shares, 1, Write).await.expect("the first is free");
    let mut held = vec![at_once(&shares, 2, Read).await, at_once(&shares, 3, Read).await];
    held.push(at_once(&shares, 4, Read).await);
    // Three waiters of the first company, then one of another.
    let mut first = pin!(shares.take(company(1), Write));
    let mut second = pin!(shares.take(company(1), Write));
    let mut read = pin!(shares.take(company(1), Read));
    let mut other = pin!(shares.take(company(5), Write));
    assert!(poll!(&mut first).is_pending() && poll!(&mut second).is_pending());
    assert!(poll!(&mut read).is_pending() && poll!(&mut other).is_pending());
    assert_eq!(shares.waiting(), 4);
    drop(one);
    assert!(poll!(&mut second).is_pending() && poll!(&mut other).is_pending());
    let std::task::Poll::Ready(Ok(one)) = poll!(&mut first) else {
        panic!("the first of the line is called")
    };
    drop(held.pop());
    let std::task::Poll::Ready(Ok(_other)) = poll!(&mut other) else { panic!("then it is the other's turn") };
    drop(held.pop());
    assert!(poll!(&mut read).is_pending(), "one is free, which nobody gets who has one");
    drop(one);
    assert!(poll!(&mut second).is_ready(), "the one who came first, also before what only reads");
}

#[tokio::test]
async fn whoever_gives_up_leaves_nothing_behind() {
    let shares = shares(1);
    let held = at_once(&shares, 1, Write).await;
    {
        let mut waiting = pin!(shares.take(company(1), Write));
        let mut other = pin!(shares.take(company(2), Read));
        assert!(poll!(&mut waiting).is_pending() && poll!(&mut other).is_pending());
        assert_eq!(shares.waiting(), 2);
    }
    assert_eq!(shares.waiting(), 0);
    // Called, but cancelled before it took the connection.
    {
        let mut waiting = pin!(shares.take(company(2), Write));
        assert!(poll!(&mut waiting).is_pending());
        drop(held);
        assert!(at_once(&shares, 3, Read).await.is_none(), "it is the other's");
    }
    let held = at_once(&shares, 3, Read).await;
    assert!(held.is_some(), "it came back");
    // Called at the very moment of the timeout.
    let call = async {
        tokio::time::sleep(PATIENCE).await;
        drop(held);
    };
    let (taken, ()) = tokio::join!(shares.take(company(4), Read), call);
    drop(taken);
    assert!(at_once(&shares, 5, Write).await.is_some());
}

#[tokio::test]
async fn a_panic_gives_back_what_it_held() {
    let shares = shares(1);
    let held = at_once(&shares, 1, Write).await.expect("it is free");
    let panicked = tokio::spawn(async move {
        let _held = held;
        panic!("on lane");
    });
    assert!(panicked.await.is_err());
    assert!(at_once(&shares, 2, Write).await.is_some());
}

#[tokio::test]
async fn a_flood_is_turned_away_at_once_when_too_many_wait() {
    let shares = shares(2);
    let _held = take_all(&shares, 1, Write).await;
    let mut waiting = Vec::new();
    let refused = loop {
        let mut next = Box::pin(shares.take(company(1), Write));
        match poll!(&mut next) {
            std::task::Poll::Pending => waiting.push(next),
            std::task::Poll::Ready(taken) => break taken.err(),
        }
    };
    assert_eq!((waiting.len(), refused), (64, Some(Busy::Company)), "half of the places");
    let _neighbour = at_once(&shares, 2, Write).await.expect("there is one for the neighbour");
    let mut place = pin!(shares.take(company(3), Write));
    assert!(poll!(&mut place).is_pending(), "and a place");
    drop(waiting);
    assert_eq!(shares.waiting(), 1);
}

/// Many concurrent takers, some of whom give up: nobody ever holds more than there is, and in the end everything is
/// free.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whatever_happens_everything_comes_back() {
    let shares = Shares::new(5, Duration::from_millis(5), Rule::ByCompany);
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..400_u64 {
        let shares = shares.clone();
        tasks.spawn(async move {
            let lane = if number % 3 == 0 { Write } else { Read };
            let take = shares.take(company(u128::from(number % 7)), lane);
            let taken: Option<Share> = give_up_after(take, number % 5).await;
            yield_now().await;
            drop(taken);
        });
    }
    tasks.join_all().await;
    assert_eq!(shares.waiting(), 0);
    let mut all = Vec::new();
    for other in 100..105 {
        all.push(at_once(&shares, other, Write).await.expect("all are free"));
    }
    drop(all);
    assert!(shares.is_idle(), "nothing is remembered of anybody");
}

/// Polls this many times, then gives up; with 0 it waits for the end.
async fn give_up_after(take: impl Future<Output = Result<Share, Busy>>, polls: u64) -> Option<Share> {
    let mut take = pin!(take);
    for _ in 0..polls {
        if let std::task::Poll::Ready(taken) = poll!(&mut take) {
            return taken.ok();
        }
        yield_now().await;
    }
    if polls == 0 { take.await.ok() } else { None }
}
