//! The pages of networks: paths of their addresses that are no profile, and what stands behind a profile's name.

use super::Network;

/// The first parts of paths that belong to the network itself, parted by blanks.
pub(super) const fn of(network: Network) -> &'static str {
    match network {
        Network::Instagram => {
            "p reel reels tv explore stories accounts direct about share legal popular invites channel audio \
             oauth developer web challenge emails session press privacy directory locations topics nametag _u _n \
             api graphql create terms help login signup"
        }
        Network::Telegram => {
            "share addstickers addemoji addtheme addlist joinchat proxy socks login contact invoice confirmphone \
             setlanguage boost giftcode iv"
        }
        Network::X => {
            "home i search intent share explore hashtag settings login messages notifications compose jobs tos \
             privacy statuses status signup bookmarks lists download account oauth logout communities premium \
             about help who_to_follow"
        }
        Network::Facebook => {
            "hashtag reel reels stories media search ads messages user profile plugins public home.php gaming \
             fundraisers policies privacy settings notifications business pg p l.php notes legal careers \
             directory recover reg r.php home friends saved live video videos places terms terms.php about posts \
             sharer sharer.php share.php login login.php watch events marketplace story.php photo.php photo \
             permalink.php dialog share help profile.php groups pages people"
        }
        Network::Linkedin | Network::Whatsapp => "",
    }
}

/// What stands behind the name of a profile, parted by blanks.
pub(super) const fn below_profiles(network: Network) -> &'static str {
    match network {
        Network::Instagram => {
            "reels reel p tagged posts followers following channel guides live saved feed about igtv tv \
             highlights"
        }
        Network::X => {
            "status with_replies media likes followers following verified_followers highlights articles lists \
             moments photo header_photo about affiliates superfollows"
        }
        Network::Facebook => {
            "about posts photos photos_albums photos_by photos_of videos videos_by reels reels_tab reviews events \
             community followers following friends friends_all mentions live live_videos shop services menu jobs \
             map likes sports music books groups about_overview about_details directory"
        }
        Network::Telegram => "s",
        Network::Linkedin | Network::Whatsapp => "",
    }
}
