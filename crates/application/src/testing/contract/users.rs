//! Contract tests of user management: removal, deactivation, and the records of removed users.

use cartera_domain::{
    accounts::{Account, AccountFields},
    identity::{Handover, Role, User, UserRecord},
    ids::{Id, UserId},
    opportunities::Links,
    values::Line,
};

use super::{
    Harness,
    history::require_whole_histories,
    scene::{
        Scene, a_moment, account_fields, begin, code, commit, deletion, fresh, fresh_email, later,
        new_opportunity_with, new_user, noon, scene,
    },
};
use crate::{error::Code, ports::UnitOfWork};

/// A user of this role, stored.
async fn user(h: &impl Harness, scene: &Scene, role: Role, active: bool) -> User {
    let made = new_user(fresh_email());
    let created_by = Some(scene.user);
    let mut user = User::stored(UserRecord { role, active, created_by, ..made.record().clone() });
    user.signed_in(noon());
    let tx = begin(h, scene.id).await;
    tx.users().insert(&mut user).await.expect("the user is stored");
    commit(tx).await;
    user
}

fn owned(name: &str, owner: Option<UserId>) -> Account {
    let fields = AccountFields { owner_id: owner, ..account_fields(name) };
    Account::new(fresh(), fields, None, noon())
}

async fn remove(h: &impl Harness, scene: &Scene, user: &mut User) {
    user.remove(later(9));
    let tx = begin(h, scene.id).await;
    tx.users().remove(user).await.expect("they are removed");
    commit(tx).await;
}

/// No method finds or changes them; records still show their name.
pub async fn a_removed_user_is_absent_but_named(h: &impl Harness) {
    let scene = scene(h).await;
    let mut gone = user(h, &scene, Role::Member, true).await;
    let id = gone.record().id;
    let mut account = owned("Kept", Some(id));
    let tx = begin(h, scene.id).await;
    tx.accounts().insert(&mut account).await.expect("it is stored");
    commit(tx).await;
    remove(h, &scene, &mut gone).await;
    let tx = begin(h, scene.id).await;
    let users = tx.users();
    assert_eq!(code(users.get(id).await), Some(Code::NotFound));
    assert_eq!(code(users.get_locked(id).await), Some(Code::NotFound));
    assert_eq!(code(users.view(id).await), Some(Code::NotFound));
    assert!(!users.is_active(id).await.expect("the store answers"));
    gone.signed_in(later(10));
    assert_eq!(code(users.update(&mut gone).await), Some(Code::NotFound));
    drop(tx);
    let tx = begin(h, scene.id).await;
    let view = tx.accounts().view(account.record().id).await.expect("it is there");
    let owner = view.reference("ownerId").map(|owner| owner.name.as_str());
    assert_eq!(owner, Some(gone.record().name.as_str()));
}

/// In their own company and in any other; the directory has no trace of the former user.
pub async fn an_email_that_was_given_back_belongs_to_anybody(h: &impl Harness) {
    let (ours, theirs) = (scene(h).await, scene(h).await);
    for company in [ours.id, theirs.id] {
        let mut gone = user(h, &ours, Role::Member, true).await;
        let email = gone.record().email.clone();
        let tx = begin(h, company).await;
        let early = tx.users().insert(&mut new_user(email.clone())).await;
        assert_eq!(code(early), Some(Code::EmailTaken));
        drop(tx);
        remove(h, &ours, &mut gone).await;
        assert_eq!(h.directory().find(&email).await.expect("the directory answers"), None);
        let mut next = new_user(email.clone());
        let tx = begin(h, company).await;
        tx.users().insert(&mut next).await.expect("it is free again");
        commit(tx).await;
        let found = h.directory().find(&email).await.expect("the directory answers").expect("it is known");
        assert_eq!((found.company_id, found.subject.id()), (company, next.record().id));
        // Removing the former user again must not free it.
        let tx = begin(h, ours.id).await;
        assert_eq!(code(tx.users().remove(&mut gone).await), Some(Code::NotFound));
        drop(tx);
        assert!(h.directory().find(&email).await.expect("the directory answers").is_some());
    }
}

/// Inactive owners, other roles, the user themselves and users of other companies don't count.
pub async fn an_owner_besides_is_active_and_of_the_company(h: &impl Harness) {
    let (scene, _theirs) = (scene(h).await, scene(h).await);
    let besides = async |id: UserId| {
        let tx = begin(h, scene.id).await;
        tx.users().has_active_owner_besides(id).await.expect("the store answers")
    };
    let admin = user(h, &scene, Role::Admin, true).await.record().id;
    user(h, &scene, Role::Owner, false).await;
    assert!(!besides(scene.user).await);
    assert!(besides(admin).await);
    let mut second = user(h, &scene, Role::Owner, true).await;
    assert!(besides(scene.user).await);
    remove(h, &scene, &mut second).await;
    assert!(!besides(scene.user).await);
}

/// A deactivation waits until a concurrent assignment of a record to the user has committed.
pub async fn whoever_is_given_something_stays_active_until_it_is_theirs(h: &impl Harness) {
    let scene = scene(h).await;
    let heir = user(h, &scene, Role::Member, true).await.record().id;
    let giving = begin(h, scene.id).await;
    assert!(giving.users().is_active(heir).await.expect("the store answers"));
    let mut account = owned("Given", Some(heir));
    let switching = begin(h, scene.id).await;
    let (locked, ()) = tokio::join!(switching.users().get_locked(heir), async {
        a_moment().await;
        giving.accounts().insert(&mut account).await.expect("it is stored");
        commit(giving).await;
    });
    // The transaction that gets the lock sees the assigned record, and can reassign it.
    locked.expect("they are there");
    assert!(switching.accounts().view(account.record().id).await.is_ok());
}

/// Accounts and opportunities are reassigned to a user and then to nobody, each with a new version and an event.
pub async fn everything_owned_goes_over_and_each_record_tells_it(h: &impl Harness) {
    let scene = scene(h).await;
    let from = user(h, &scene, Role::Member, true).await.record().id;
    let heir = user(h, &scene, Role::Member, true).await.record().id;
    let mut accounts = Vec::new();
    let tx = begin(h, scene.id).await;
    for (number, owner) in [Some(from), Some(from), Some(heir), None].into_iter().enumerate() {
        let mut account = owned(&format!("Owned {number}"), owner);
        tx.accounts().insert(&mut account).await.expect("it is stored");
        accounts.push(account.record().id);
    }
    let links = Links { account_id: Some(accounts[0]), contact_id: None, owner_id: Some(from) };
    let (mut sale, first) = new_opportunity_with(&scene, links);
    tx.opportunities().insert(&mut sale, &first).await.expect("it is stored");
    let binned = {
        let mut account = owned("Binned", Some(from));
        tx.accounts().insert(&mut account).await.expect("it is stored");
        account.delete(deletion(1));
        tx.accounts().update(&mut account).await.expect("it is stored");
        account.record().id
    };
    commit(tx).await;
    let updates = async || {
        let events = h.events(scene.id).await.into_iter().map(|(_, name)| name);
        events.filter(|name| name.ends_with(".updated")).collect::<Vec<_>>()
    };
    for (from, to, owned) in [(from, Some(heir), 2), (heir, None, 3)] {
        let tx = begin(h, scene.id).await;
        tx.users().hand_over(Handover { from, to, at: later(5) }).await.expect("it goes over");
        commit(tx).await;
        let tx = begin(h, scene.id).await;
        let sale = tx.opportunities().get(sale.record().id).await.expect("it is there");
        assert_eq!((sale.record().links.owner_id, sale.record().updated_at), (to, later(5)));
        for id in &accounts[..owned] {
            let account = tx.accounts().get(*id).await.expect("it is there");
            assert_eq!((account.record().owner_id, account.record().updated_at), (to, later(5)));
        }
        assert_eq!(tx.accounts().get(accounts[3]).await.expect("it is there").record().version, 1);
        assert_eq!(code(tx.accounts().get(binned).await), Some(Code::NotFound));
    }
    let told = updates().await;
    assert_eq!(told.len(), 9, "what lies in the bin tells of it, too: {told:?}");
    require_whole_histories(h, &scene).await;
    assert_eq!(told.iter().filter(|name| *name == "opportunity.updated").count(), 2);
    // No records of the former owner are left to reassign.
    let tx = begin(h, scene.id).await;
    tx.users().hand_over(Handover { from, to: None, at: later(6) }).await.expect("nothing goes over");
    drop(tx);
}

/// The id of another company's user reaches none of their records.
pub async fn a_handover_stays_within_the_company(h: &impl Harness) {
    let (ours, theirs) = (scene(h).await, scene(h).await);
    let mut account = owned("Theirs", Some(theirs.user));
    let tx = begin(h, theirs.id).await;
    tx.accounts().insert(&mut account).await.expect("it is stored");
    commit(tx).await;
    let tx = begin(h, ours.id).await;
    let handover = Handover { from: theirs.user, to: Some(ours.user), at: later(5) };
    tx.users().hand_over(handover).await.expect("nothing of ours is theirs");
    drop(tx);
    // Nor can our records be assigned to them.
    let mut own = owned("Ours", Some(ours.user));
    let tx = begin(h, ours.id).await;
    tx.accounts().insert(&mut own).await.expect("it is stored");
    let handover = Handover { from: ours.user, to: Some(theirs.user), at: later(5) };
    assert!(tx.users().hand_over(handover).await.is_err(), "a row can't point across companies");
    drop(tx);
    let tx = begin(h, theirs.id).await;
    let kept = tx.accounts().get(account.record().id).await.expect("it is there");
    assert_eq!(kept.record(), account.record());
}

/// The view has every field except the password.
pub async fn a_user_is_read_with_their_maker(h: &impl Harness) {
    let scene = scene(h).await;
    let tx = begin(h, scene.id).await;
    let maker = tx.users().get(scene.user).await.expect("they are there");
    drop(tx);
    let made = user(h, &scene, Role::Manager, true).await;
    let tx = begin(h, scene.id).await;
    assert_view(&*tx, &made, Some(maker.record().name.as_str())).await;
    assert_view(&*tx, &maker, None).await;
    assert_eq!(code(tx.users().view(Id::new(uuid::Uuid::now_v7())).await), Some(Code::NotFound));
}

async fn assert_view(tx: &dyn UnitOfWork, user: &User, maker: Option<&str>) {
    let record = user.record();
    let view = tx.users().view(record.id).await.expect("they are there");
    assert_eq!((view.id, view.version, view.active), (record.id.uuid(), record.version, record.active));
    assert_eq!(view.name, Line::as_str(&record.name));
    let details = view.details.expect("a view has everything");
    assert_eq!(details.email, record.email.as_str());
    assert_eq!(details.role, record.role.as_str());
    assert_eq!(details.force_password_reset, record.force_password_reset);
    assert_eq!(details.last_login_at, record.last_login_at);
    assert_eq!((details.created_at, details.updated_at), (record.created_at, record.updated_at));
    assert_eq!(details.created_by.map(|maker| maker.name).as_deref(), maker);
}
