//! Finds the row of a setting when the program is compiled.

use crate::setting::Setting;
use crate::settings::SETTINGS;

/// The row of `name`. Call it in a `const` block, so that a name without a row does not compile.
pub(crate) const fn setting(name: &str) -> &'static Setting {
    let mut index = 0;
    while index < SETTINGS.len() {
        if same(SETTINGS[index].name, name) {
            return &SETTINGS[index];
        }
        index += 1;
    }
    panic!("a setting that has no row in SETTINGS");
}

/// `==` of strings, which is not yet const.
const fn same(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    if left.len() != right.len() {
        return false;
    }
    let mut index = 0;
    while index < left.len() {
        if left[index] != right[index] {
            return false;
        }
        index += 1;
    }
    true
}
