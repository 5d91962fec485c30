//! Nor is there one to begin with.

use cartera_application::security::Grant;

pub fn grant() -> Grant {
    Grant::default() //~ E0599 no function or associated item named `default` found for struct `Grant`
}
