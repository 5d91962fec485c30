//! The Latin letters that Unicode does not decompose, in ASCII.

/// What CLDR's transform Latin-ASCII (UTS 35, part 2, "Transforms"; CLDR 42) makes of the caseless letters that have no
/// compatibility decomposition, sorted by letter. Letters that CLDR leaves alone (`ə`) stay themselves, and letters that are
/// an apostrophe to the eye (`ʻ` of Hawaiʻi, the `ʼ` of `ŉ`) become one.
#[rustfmt::skip]
const LATIN_ASCII: [(char, &str); 207] = [
    ('æ', "ae"), ('ð', "d"), ('ø', "o"), ('þ', "th"), ('đ', "d"), ('ħ', "h"), ('ı', "i"), ('ĸ', "q"),
    ('ł', "l"), ('ŋ', "n"), ('œ', "oe"), ('ŧ', "t"), ('ƀ', "b"), ('ƃ', "b"), ('ƈ', "c"), ('ƌ', "d"),
    ('ƒ', "f"), ('ƕ', "hv"), ('ƙ', "k"), ('ƚ', "l"), ('ƞ', "n"), ('ƣ', "oi"), ('ƥ', "p"), ('ƫ', "t"),
    ('ƭ', "t"), ('ƴ', "y"), ('ƶ', "z"), ('ǥ', "g"), ('ȡ', "d"), ('ȥ', "z"), ('ȴ', "l"), ('ȵ', "n"),
    ('ȶ', "t"), ('ȷ', "j"), ('ȸ', "db"), ('ȹ', "qp"), ('ȼ', "c"), ('ȿ', "s"), ('ɀ', "z"), ('ɇ', "e"),
    ('ɉ', "j"), ('ɍ', "r"), ('ɏ', "y"), ('ɓ', "b"), ('ɕ', "c"), ('ɖ', "d"), ('ɗ', "d"), ('ɛ', "e"),
    ('ɟ', "j"), ('ɠ', "g"), ('ɡ', "g"), ('ɢ', "g"), ('ɦ', "h"), ('ɧ', "h"), ('ɨ', "i"), ('ɪ', "i"),
    ('ɫ', "l"), ('ɬ', "l"), ('ɭ', "l"), ('ɱ', "m"), ('ɲ', "n"), ('ɳ', "n"), ('ɴ', "n"), ('ɶ', "oe"),
    ('ɼ', "r"), ('ɽ', "r"), ('ɾ', "r"), ('ʀ', "r"), ('ʂ', "s"), ('ʈ', "t"), ('ʉ', "u"), ('ʋ', "v"),
    ('ʏ', "y"), ('ʐ', "z"), ('ʑ', "z"), ('ʙ', "b"), ('ʛ', "g"), ('ʜ', "h"), ('ʝ', "j"), ('ʟ', "l"),
    ('ʠ', "q"), ('ʣ', "dz"), ('ʥ', "dz"), ('ʦ', "ts"), ('ʪ', "ls"), ('ʫ', "lz"), ('ʹ', "'"), ('ʺ', "\""),
    ('ʻ', "'"), ('ʼ', "'"), ('ʽ', "'"), ('ˆ', "^"), ('ˈ', "'"), ('ˋ', "`"), ('ː', ":"), ('ᴀ', "a"),
    ('ᴁ', "ae"), ('ᴃ', "b"), ('ᴄ', "c"), ('ᴅ', "d"), ('ᴆ', "d"), ('ᴇ', "e"), ('ᴊ', "j"), ('ᴋ', "k"),
    ('ᴌ', "l"), ('ᴍ', "m"), ('ᴏ', "o"), ('ᴘ', "p"), ('ᴛ', "t"), ('ᴜ', "u"), ('ᴠ', "v"), ('ᴡ', "w"),
    ('ᴢ', "z"), ('ᵫ', "ue"), ('ᵬ', "b"), ('ᵭ', "d"), ('ᵮ', "f"), ('ᵯ', "m"), ('ᵰ', "n"), ('ᵱ', "p"),
    ('ᵲ', "r"), ('ᵳ', "r"), ('ᵴ', "s"), ('ᵵ', "t"), ('ᵶ', "z"), ('ᵺ', "th"), ('ᵻ', "i"), ('ᵽ', "p"),
    ('ᵾ', "u"), ('ᶀ', "b"), ('ᶁ', "d"), ('ᶂ', "f"), ('ᶃ', "g"), ('ᶄ', "k"), ('ᶅ', "l"), ('ᶆ', "m"),
    ('ᶇ', "n"), ('ᶈ', "p"), ('ᶉ', "r"), ('ᶊ', "s"), ('ᶌ', "v"), ('ᶍ', "x"), ('ᶎ', "z"), ('ᶏ', "a"),
    ('ᶑ', "d"), ('ᶒ', "e"), ('ᶓ', "e"), ('ᶖ', "i"), ('ᶙ', "u"), ('ẜ', "s"), ('ẝ', "s"), ('ỻ', "ll"),
    ('ỽ', "v"), ('ỿ', "y"), ('ⱡ', "l"), ('ⱥ', "a"), ('ⱦ', "t"), ('ⱨ', "h"), ('ⱪ', "k"), ('ⱬ', "z"),
    ('ⱱ', "v"), ('ⱳ', "w"), ('ⱴ', "v"), ('ⱸ', "e"), ('ⱺ', "o"), ('ꜰ', "f"), ('ꜱ', "s"), ('ꜳ', "aa"),
    ('ꜵ', "ao"), ('ꜷ', "au"), ('ꜹ', "av"), ('ꜻ', "av"), ('ꜽ', "ay"), ('ꝁ', "k"), ('ꝃ', "k"), ('ꝅ', "k"),
    ('ꝇ', "l"), ('ꝉ', "l"), ('ꝋ', "o"), ('ꝍ', "o"), ('ꝏ', "oo"), ('ꝑ', "p"), ('ꝓ', "p"), ('ꝕ', "p"),
    ('ꝗ', "q"), ('ꝙ', "q"), ('ꝟ', "v"), ('ꝡ', "vy"), ('ꝥ', "th"), ('ꝧ', "th"), ('ꝱ', "d"), ('ꝲ', "l"),
    ('ꝳ', "m"), ('ꝴ', "n"), ('ꝵ', "r"), ('ꝶ', "r"), ('ꝷ', "t"), ('ꝺ', "d"), ('ꝼ', "f"), ('ꞇ', "t"),
    ('ꞑ', "n"), ('ꞓ', "c"), ('ꞡ', "g"), ('ꞣ', "k"), ('ꞥ', "n"), ('ꞧ', "r"), ('ꞩ', "s"),
];

/// The ASCII letters that people type for a caseless letter; none for a letter that stays itself.
pub(super) fn in_ascii(letter: char) -> Option<&'static str> {
    let found = LATIN_ASCII.binary_search_by_key(&letter, |(letter, _)| *letter).ok()?;
    LATIN_ASCII.get(found).map(|(_, ascii)| *ascii)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_in_ascii() {
        assert!(LATIN_ASCII.is_sorted_by_key(|(letter, _)| *letter));
        for (letter, ascii) in LATIN_ASCII {
            assert!(
                !ascii.is_empty()
                    && ascii.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_punctuation()),
                "{letter}"
            );
        }
    }
}
