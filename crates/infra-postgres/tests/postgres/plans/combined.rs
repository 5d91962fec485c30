//! Every order of a list combined with every condition. An index serves only one of the two: the page is found by
//! walking the order until enough rows meet the condition, or by sorting the rows that meet it. The planner must choose
//! whichever reads less, so that the rows read grow with neither the company nor the condition.

use cartera_application::{lists::Listed, opportunities::OpportunityList};
use cartera_domain::accounts::AccountFields;
use cartera_domain::contacts::ContactFields;

use super::{Budget, Large, sorts};

/// The most that a page may read in a company of 100,000. If m rows of n meet the condition, walking reads 21 n / m and
/// sorting m, so the better of them reads at most the root of 21 n = 1,450, where both are equal; the rest is a margin
/// for uneven distributions.
const EITHER: Budget = Budget { rows: 4_000, discarded: 4_000 };

/// The same for two conditions that rarely meet: the planner takes the index of either, by estimates that differ with the
/// sample of each ANALYZE. The larger of the two has 5,100 rows.
const TWO: Budget = Budget { rows: 6_000, discarded: 6_000 };

/// A board counts at most 10,001 rows. The values that it sums are in the index of its list's order: if most rows meet
/// the condition, reading a few more index entries is cheaper than reading the rows themselves.
const BOARD: Budget = Budget { rows: 20_000, discarded: 10_000 };

pub(super) async fn sorted_and_filtered(large: &mut Large) {
    let (account, contact) = (large.id("account 7").await, large.id("contact 7").await);
    let (few, many) = (large.id("user 40").await, large.id("user 3").await);
    let pipeline = large.id("pipeline").await;
    let conditions = [
        String::new(),
        "status=WON".to_owned(),
        "status=OPEN,WON,LOST".to_owned(),
        "stage=negociacion".to_owned(),
        "stage=venta".to_owned(),
        "stage=venta,preparacion".to_owned(),
        "currency=BRL".to_owned(),
        "currency=UYU".to_owned(),
        format!("accountId={account}"),
        format!("contactId={contact}"),
        format!("ownerId={few}"),
        format!("ownerId={many}"),
        format!("ownerId={few}&status=WON"),
        format!("ownerId={many}&stage=negociacion"),
        format!("pipelineId={pipeline}"),
        "ownerId[isNull]=true".to_owned(),
        "accountId[isNull]=true".to_owned(),
        "expectedCloseDate[gte]=2026-02-01&expectedCloseDate[lte]=2026-02-01".to_owned(),
        "expectedCloseDate[gte]=2025-06-01".to_owned(),
        "createdAt[gte]=2025-03-01T00:00:00Z&createdAt[lt]=2025-03-02T00:00:00Z".to_owned(),
        "createdAt[gte]=2025-03-01T00:00:00Z".to_owned(),
        "q=sale".to_owned(),
        "q=sale%2077".to_owned(),
        "q=7".to_owned(),
        "q=s".to_owned(),
    ];
    for condition in &conditions {
        let budget = if condition.contains("&stage") { TWO } else { EITHER };
        for sort in sorts(OpportunityList::TABLE).iter().filter(|sort| !sort.ends_with("deletedAt")) {
            let of_amount = sort.ends_with("amount") && !condition.contains("currency");
            let currency = if of_amount { "&currency=UYU" } else { "" };
            large.opportunities(&format!("{condition}&{sort}{currency}"), budget).await;
        }
    }
    for condition in conditions.iter().filter(|condition| !condition.starts_with("stage")) {
        large.opportunities(&format!("{condition}&board=true"), BOARD).await;
    }
    for condition in
        [format!("accountId={account}"), format!("ownerId={many}"), "q=n".into(), "q=name77".into()]
    {
        for sort in sorts(ContactFields::table()).iter().filter(|sort| !sort.ends_with("deletedAt")) {
            large.contacts(&format!("{condition}&{sort}"), EITHER).await;
        }
    }
    for condition in ["industry=Industry%207".to_owned(), format!("ownerId={many}"), "q=a".into()] {
        for sort in sorts(AccountFields::table()).iter().filter(|sort| !sort.ends_with("deletedAt")) {
            large.accounts(&format!("{condition}&{sort}"), EITHER).await;
        }
    }
}
