//! The folds of names, in Rust and in the migration that rewrote what is stored.

use cartera_application::security::IfMatch;
use cartera_domain::{
    ids::Id,
    pipelines::StageInput,
    values::{fold_key, label_key, name_key},
};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

use crate::sales::{Seller, given};

const FOLD: &str = include_str!("../../../../migrations/src/m20261201_000015_folds/fold.sql");
const KEYS: &str = include_str!("../../../../migrations/src/m20261201_000015_folds/keys.sql");

/// Names beyond single characters: what comes before and after counts in some of them.
const NAMES: [&str; 21] = [
    "",
    "  ",
    "Acme  S.A.",
    "Łódź Søren",
    "Straße ſtraße STRAẞE",
    "ΟΔΟΣ οδος ᾳ ΑΙ",
    "I\u{307}stanbul ısı",
    "Peña PEN\u{303}A",
    "Acme\u{200B}Cinco \u{202E}x",
    "می\u{200C}خواهم",
    "Paraŀlel Col·lecció",
    "東京 本社 株式会社・2020 年",
    "삼성 전자 LG 전자",
    "ﬁn ½ ＡＢＣ　１２３",
    "\u{3164}\u{2800}\u{FE0F}",
    "👩\u{200D}🚀 🔥",
    "O'Brien & L’Oréal ʼn C++ .NET #1",
    "मीना दिल दाल हिन्दी ज़मीन",
    "กินข้าว กัน ទូក ទឹក မြန်မာ",
    "バス パス ﾊﾞｽ",
    "مـحـمـد مُحَمَّد שָׁלוֹם",
];

#[tokio::test]
async fn sql_folds_every_character_as_rust_does() {
    let seller = Seller::new().await;
    let mut console = seller.bench.database.behind_the_walls().await;
    sqlx::raw_sql(FOLD).execute(&mut console).await.expect("the functions");
    // Several in a name, each a word and within words: a call for each would take a minute.
    // Of the ideographs beyond U+20000, which have neither case nor parts, every sixteenth; the compatibility ones have.
    let ideographs = ('\u{20000}'..='\u{3FFFF}').step_by(16).chain('\u{2F800}'..='\u{2FA1F}');
    let characters: Vec<char> =
        ('\u{1}'..='\u{1FFFF}').chain(ideographs).chain('\u{E0000}'..='\u{E01EF}').collect();
    let words = |several: &[char]| several.iter().map(char::to_string).collect::<Vec<_>>().join(" ");
    let within_words =
        |several: &[char]| several.iter().map(|c| format!("aB{c} 東")).collect::<Vec<_>>().concat();
    let names: Vec<String> = characters
        .chunks(8)
        .flat_map(|several| [words(several), within_words(several)])
        .chain(NAMES.map(str::to_owned))
        .collect();
    let mut wrong = Vec::new();
    for names in names.chunks(50_000) {
        let sql = "select name, pg_temp.name_key(name), pg_temp.fold(name), pg_temp.fold(name, '#$%&*+./@') \
                   from unnest($1) as name";
        let folded: Vec<(String, String, String, String)> =
            sqlx::query_as(sql).bind(names).fetch_all(&mut console).await.expect("the folds");
        wrong.extend(folded.into_iter().filter(|(name, key, fold, label)| {
            *key != name_key(name) || *fold != fold_key(name) || *label != label_key(name)
        }));
    }
    assert!(wrong.is_empty(), "{} differ: {:?}", wrong.len(), wrong.iter().take(20).collect::<Vec<_>>());
}

async fn ids(console: &mut PgConnection, sql: &str) -> Vec<(String, String)> {
    sqlx::query_as(AssertSqlSafe(sql.to_owned())).fetch_all(console).await.expect("the names and their forms")
}

#[tokio::test]
async fn names_that_come_to_one_form_stay_and_only_the_older_one_has_it() {
    let seller = Seller::new().await;
    let (older, newer) = (seller.account("Straße").await, seller.account("Other").await);
    let sale = seller.opportunity(older, "Łódź", "1", "UYU").await;
    let mut console = seller.bench.database.behind_the_walls().await;
    // As the version before left them: `ß` and `ss` were two, and so were `ł` and `l`.
    sqlx::raw_sql(AssertSqlSafe(format!(
        "update accounts set name_key = 'straße', name_fold = 'x' where id = '{older}';
         update accounts set name = 'STRASSE', name_key = 'strasse' where id = '{newer}';
         update opportunities set title_fold = 'łodz';
         update stages set name = 'Łódź', name_fold = 'łodz' where id = '{stage}';
         insert into stages (company_id, id, pipeline_id, name, name_fold, position, kind, color, probability)
             select company_id, gen_random_uuid(), pipeline_id, 'Lodz', 'lodz', 99, kind, color, probability
             from stages where id = '{stage}';
         update stages set id = 'ffffffff-ffff-4fff-bfff-ffffffffffff' where name = 'Lodz'",
        stage = sale.stage.id,
    )))
    .execute(&mut console)
    .await
    .expect("the old forms");
    console.close().await.expect("the console closes");
    let mut owner = PgConnection::connect(&seller.bench.database.owner_url).await.expect("the owner");
    let migration = format!("begin; {FOLD} {KEYS} commit");
    sqlx::raw_sql(AssertSqlSafe(migration)).execute(&mut owner).await.expect("collisions stop nothing");
    let mut console = seller.bench.database.behind_the_walls().await;
    let accounts = ids(&mut console, "select name_key, name_fold from accounts order by id").await;
    let distinct = format!("strasse #{newer}");
    assert_eq!(accounts[0], ("strasse".to_owned(), "strasse".to_owned()));
    assert_eq!(accounts[1].0, distinct);
    let stages =
        ids(&mut console, "select name, name_fold from stages where name_fold like 'lodz%' order by id")
            .await;
    assert_eq!(stages[0], ("Łódź".to_owned(), "lodz".to_owned()));
    assert_eq!(stages[1], ("Lodz".to_owned(), "lodz #ffffffff-ffff-4fff-bfff-ffffffffffff".to_owned()));
    let titles = ids(&mut console, "select title, title_fold from opportunities").await;
    assert_eq!(titles[0].1, "lodz");
    // Whoever changes something else of such a stage is not told that its name is taken.
    let input = StageInput { color: given("#123456"), ..StageInput::default() };
    let stage = Id::new(Uuid::from_u128(0xffff_ffff_ffff_4fff_bfff_ffff_ffff_ffff));
    let pipelines = &seller.application.pipelines;
    pipelines.update_stage(&seller.owner, stage, input, IfMatch::default()).await.expect("another colour");
    let input = StageInput { name: given("Lodz 2"), ..StageInput::default() };
    pipelines.update_stage(&seller.owner, stage, input, IfMatch::default()).await.expect("another name");
    let renamed = ids(&mut console, "select name, name_fold from stages where name = 'Lodz 2'").await;
    assert_eq!(renamed[0].1, "lodz 2");
}
