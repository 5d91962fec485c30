//! Contract tests of companies.

use super::{
    Harness,
    scene::{a_moment, begin, code, commit, fresh, later, new_company, scene, unique},
};
use crate::error::Code;
use cartera_domain::{
    companies::{Company, CompanyInput, CompanyRecord, CompanySettingsInput},
    input::Patch,
    values::Slug,
};

/// Every field survives, and a nonexistent company is not found.
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

/// Of two concurrent companies with the same slug one gets it; the other is refused and stores nothing.
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

/// Every writable field survives a change, and of two changes of the same version the second is refused.
pub async fn a_company_is_read_back_as_changed_and_the_second_of_two_edits_loses(h: &impl Harness) {
    let scene = scene(h).await;
    let tx = begin(h, scene.id).await;
    let mut stale = tx.companies().current().await.expect("it is there");
    let mut company = stale.clone();
    let text = |text: &str| Patch::Value(text.to_owned());
    let input = CompanyInput {
        name: text("Acme II"),
        address: text("18 de Julio 1234"),
        website: text("https://acme.example"),
        logo_url: text("https://acme.example/logo.png"),
        country: text("BR"),
        locale: text("pt"),
        timezone: text("America/Sao_Paulo"),
        currency: text("BRL"),
        settings: Patch::Value(CompanySettingsInput {
            force_password_reset_after_invitation: Patch::Value(false),
            trash_days: Patch::Value(7),
            data_retention_days: Patch::Value(90),
        }),
    };
    assert!(company.edit(input, later(1)).expect("it is in order"));
    tx.companies().update(&mut company).await.expect("it is stored");
    assert!(company.suspend(later(2)));
    tx.companies().update(&mut company).await.expect("it is stored");
    commit(tx).await;
    let tx = begin(h, scene.id).await;
    assert_eq!(tx.companies().current().await.expect("it is there").record(), company.record());
    assert!(stale.suspend(later(5)));
    assert_eq!(code(tx.companies().update(&mut stale).await), Some(Code::EditConflict));
    drop(tx);
    let names = h.events(scene.id).await;
    assert_eq!(names.iter().filter(|(_, name)| name == "company.suspended").count(), 1);
}

/// A unit of work of one company can't change another.
pub async fn a_company_is_changed_only_from_within(h: &impl Harness) {
    let (ours, theirs) = (scene(h).await, scene(h).await);
    let tx = begin(h, theirs.id).await;
    let mut foreign = tx.companies().current().await.expect("it is there");
    drop(tx);
    foreign.suspend(later(1));
    let tx = begin(h, ours.id).await;
    assert!(tx.companies().update(&mut foreign).await.is_err(), "nothing of theirs is within reach");
    drop(tx);
    for id in [ours.id, theirs.id] {
        let tx = begin(h, id).await;
        assert_eq!(tx.companies().current().await.expect("it is there").record().suspended_at, None);
    }
}

/// The second waits for the first, and then sees its changes.
pub async fn whoever_locks_the_company_goes_alone(h: &impl Harness) {
    let scene = scene(h).await;
    let first = begin(h, scene.id).await;
    let mut company = first.companies().current_locked().await.expect("it is there");
    company.suspend(later(1));
    first.companies().update(&mut company).await.expect("it is stored");
    let second = begin(h, scene.id).await;
    let (seen, ()) = tokio::join!(second.companies().current_locked(), async {
        a_moment().await;
        commit(first).await;
    });
    assert_eq!(seen.expect("it is there").record(), company.record());
    let nowhere = begin(h, fresh()).await;
    assert_eq!(code(nowhere.companies().current_locked().await), Some(Code::NotFound));
}

/// Only a repeated request for a new company could create one twice.
pub async fn an_id_that_a_company_has_is_refused(h: &impl Harness) {
    let scene = scene(h).await;
    let other = new_company(&unique("again"));
    let mut again = Company::create(CompanyRecord { id: scene.id, ..other.record().clone() });
    let tx = begin(h, scene.id).await;
    assert_eq!(code(tx.companies().insert(&mut again).await), Some(Code::IdempotencyKeyReused));
}
