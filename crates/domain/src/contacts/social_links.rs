//! Where a person can be found on other services.

use crate::{
    events::{FieldChange, FieldValue},
    input::{Form, Patch},
    values::WebUrl,
};

/// The wanted links, unchecked. As everywhere in a merge-patch, what is absent stays and null clears, link by
/// link.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SocialLinksInput {
    /// On LinkedIn.
    pub linkedin: Patch<String>,
    /// On Instagram.
    pub instagram: Patch<String>,
    /// On Telegram.
    pub telegram: Patch<String>,
    /// On WhatsApp.
    pub whatsapp: Patch<String>,
    /// On X.
    pub x: Patch<String>,
    /// On Facebook.
    pub facebook: Patch<String>,
}

/// The checked links, each http or https.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SocialLinks {
    /// On LinkedIn.
    pub linkedin: Option<WebUrl>,
    /// On Instagram.
    pub instagram: Option<WebUrl>,
    /// On Telegram.
    pub telegram: Option<WebUrl>,
    /// On WhatsApp.
    pub whatsapp: Option<WebUrl>,
    /// On X.
    pub x: Option<WebUrl>,
    /// On Facebook.
    pub facebook: Option<WebUrl>,
}

/// Reads links onto the present ones; null clears them all.
pub(super) fn read(form: &mut Form, raw: Patch<SocialLinksInput>, current: SocialLinks) -> SocialLinks {
    let input = match raw {
        Patch::Absent => return current,
        Patch::Null => return SocialLinks::default(),
        Patch::Value(input) => input,
    };
    let SocialLinksInput { linkedin, instagram, telegram, whatsapp, x, facebook } = input;
    let mut link = |field, raw, now| form.optional(field, raw, now, WebUrl::parse);
    SocialLinks {
        linkedin: link("socialLinks.linkedin", linkedin, current.linkedin),
        instagram: link("socialLinks.instagram", instagram, current.instagram),
        telegram: link("socialLinks.telegram", telegram, current.telegram),
        whatsapp: link("socialLinks.whatsapp", whatsapp, current.whatsapp),
        x: link("socialLinks.x", x, current.x),
        facebook: link("socialLinks.facebook", facebook, current.facebook),
    }
}

impl SocialLinks {
    /// What differs between these links and `new`.
    pub(super) fn changes(&self, new: &Self) -> Vec<FieldChange> {
        let Self { linkedin, instagram, telegram, whatsapp, x, facebook } = self;
        let text =
            |link: &Option<WebUrl>| -> FieldValue { link.as_ref().map(|url| url.as_str().to_owned()).into() };
        FieldChange::only_changed([
            ("socialLinks.linkedin", text(linkedin), text(&new.linkedin)),
            ("socialLinks.instagram", text(instagram), text(&new.instagram)),
            ("socialLinks.telegram", text(telegram), text(&new.telegram)),
            ("socialLinks.whatsapp", text(whatsapp), text(&new.whatsapp)),
            ("socialLinks.x", text(x), text(&new.x)),
            ("socialLinks.facebook", text(facebook), text(&new.facebook)),
        ])
    }
}
