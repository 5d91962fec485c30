//! Korean as it is typed. A keyboard puts each letter into the syllable before it as long as one comes about, so that a
//! search box sends `한` for the beginning of `하나`, and `고` for that of `과일`.

/// The first of the final consonants (The Unicode Standard, 3.12).
const FIRST_FINAL: u32 = 0x11A8;

/// What each final consonant is when the next letter is a vowel: the part that stays, and the consonant that begins the
/// next syllable.
const MOVES: [(&str, char); 27] = [
    ("", '\u{1100}'),
    ("", '\u{1101}'),
    ("\u{11A8}", '\u{1109}'),
    ("", '\u{1102}'),
    ("\u{11AB}", '\u{110C}'),
    ("\u{11AB}", '\u{1112}'),
    ("", '\u{1103}'),
    ("", '\u{1105}'),
    ("\u{11AF}", '\u{1100}'),
    ("\u{11AF}", '\u{1106}'),
    ("\u{11AF}", '\u{1107}'),
    ("\u{11AF}", '\u{1109}'),
    ("\u{11AF}", '\u{1110}'),
    ("\u{11AF}", '\u{1111}'),
    ("\u{11AF}", '\u{1112}'),
    ("", '\u{1106}'),
    ("", '\u{1107}'),
    ("\u{11B8}", '\u{1109}'),
    ("", '\u{1109}'),
    ("", '\u{110A}'),
    ("", '\u{110B}'),
    ("", '\u{110C}'),
    ("", '\u{110E}'),
    ("", '\u{110F}'),
    ("", '\u{1110}'),
    ("", '\u{1111}'),
    ("", '\u{1112}'),
];

/// The letters that another one makes a compound of, and these.
const GROWS: [(char, &str); 8] = [
    ('\u{1169}', "\u{116A}\u{116B}\u{116C}"),
    ('\u{116A}', "\u{116B}"),
    ('\u{116E}', "\u{116F}\u{1170}\u{1171}"),
    ('\u{1173}', "\u{1174}"),
    ('\u{11A8}', "\u{11AA}"),
    ('\u{11AB}', "\u{11AC}\u{11AD}"),
    ('\u{11AF}', "\u{11B0}\u{11B1}\u{11B2}\u{11B3}\u{11B4}\u{11B5}\u{11B6}"),
    ('\u{11B8}', "\u{11B9}"),
];

/// What a text in its folded form, of which the last letter may still become another one, may be the beginning of: itself
/// first.
pub fn beginnings(folded: &str) -> Vec<String> {
    let mut all = vec![folded.to_owned()];
    let Some(last) = folded.chars().next_back() else { return all };
    let before = folded.strip_suffix(last).unwrap_or_default();
    let index = u32::from(last).checked_sub(FIRST_FINAL).and_then(|index| usize::try_from(index).ok());
    if let Some((stays, moves)) = index.and_then(|index| MOVES.get(index)) {
        all.push(format!("{before}{stays}{moves}"));
    }
    let grown = GROWS.iter().filter(|(letter, _)| *letter == last).flat_map(|(_, grown)| grown.chars());
    all.extend(grown.map(|letter| format!("{before}{letter}")));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::fold_key;

    #[test]
    fn every_step_of_typing_a_name_finds_it() {
        for (steps, name) in [
            ("ㅎ 하 한 하나 하낭 하나으 하나은 하나은행", "하나은행"),
            ("ㄱ 가 간 가나", "가나다"),
            ("ㄱ 가 갑 값 값ㅇ 값어", "값어치"),
            ("ㄱ 고 과 광 과이 과일", "과일"),
            ("ㅇ 으 의 읫 의사", "의사"),
            ("ㅇ 아 안 앉 앉ㄷ 앉다", "앉다"),
            ("ㅇ 아 안 앉 안주 안중 안중ㄱ", "안중근"),
            ("ㅇ 우 워 원", "원주"),
        ] {
            let name = fold_key(name);
            for step in steps.split(' ') {
                let begins = |beginning: &String| name.starts_with(beginning.as_str());
                assert!(beginnings(&fold_key(step)).iter().any(begins), "{step} does not find {name}");
            }
        }
    }

    #[test]
    fn what_is_no_korean_begins_only_itself() {
        for text in ["", "ana", "łódź 1", "東京", "하나"] {
            let folded = fold_key(text);
            assert_eq!(beginnings(&folded), vec![folded], "{text}");
        }
    }
}
