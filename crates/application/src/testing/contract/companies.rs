//! The promises about companies.

use super::{
    Harness,
    scene::{a_moment, begin, code, commit, fresh, new_company, unique},
};
use crate::error::Code;
use cartera_domain::values::Slug;

/// Every field survives, and a company that isn't there is not found.
pub async fn a_company_is_read_back_as_it_was_stored(h: &impl Harness) {
    let mut company = new_company(&unique("whole"));
    let id = company.record().id;
    let tx = begin(h, id).await;
    assert!(tx.companies().insert(&mut company).await.expect("it is stored"));
    commit(tx).await;
    let tx = begin(h, id).await;
    let read = tx.companies().current().await.expect("it is there");
    assert_eq!(read.record(), company.record());
    let tx = begin(h, fresh()).await;
    assert_eq!(code(tx.companies().current().await), Some(Code::NotFound));
}

/// Two that want one slug at the same time: one has it, the other is told so and keeps nothing.
pub async fn a_slug_is_taken_once_even_by_two_at_a_time(h: &impl Harness) {
    let slug = unique("race");
    let (mut first, mut second) = (new_company(&slug), new_company(&slug));
    let (first_id, second_id) = (first.record().id, second.record().id);
    let (winner, loser) = (begin(h, first_id).await, begin(h, second_id).await);
    assert!(winner.companies().insert(&mut first).await.expect("it is stored"));
    let (stored, ()) = tokio::join!(loser.companies().insert(&mut second), async {
        a_moment().await;
        commit(winner).await;
    });
    assert!(!stored.expect("a taken slug is an answer, not an error"));
    drop(loser);
    let tx = begin(h, second_id).await;
    assert_eq!(code(tx.companies().current().await), Some(Code::NotFound));
}

/// The slug itself, then `-2`, then `-3`.
pub async fn a_free_slug_is_the_first_that_nobody_has(h: &impl Harness) {
    let wanted = Slug::trusted(unique("free"));
    for expected in [wanted.clone(), wanted.with_suffix(2), wanted.with_suffix(3)] {
        let free = h.directory().free_slug(&wanted).await.expect("the directory answers");
        assert_eq!(free, expected);
        let mut company = new_company(free.as_str());
        let tx = begin(h, company.record().id).await;
        assert!(tx.companies().insert(&mut company).await.expect("it is stored"));
        commit(tx).await;
    }
}
