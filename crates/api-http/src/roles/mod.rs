//! The route of roles, and the page of the permission matrix.

mod wire;

use std::fmt::Write as _;

use actix_web::get;
use cartera_application::Code;
use cartera_domain::identity::{Extent, Permission, Role};
use utoipa_actix_web::service_config::ServiceConfig;

pub use wire::{RolePermission, RoleWithPermissions};

use crate::edge::{Caller, Handled, NoQuery, Problem, all};

/// Adds the routes.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(list);
}

/// List roles with what each may do
///
/// From the most to the least powerful. The matrix is the same for every company.
#[utoipa::path(
    tag = "Roles",
    operation_id = "listRoles",
    responses((status = 200, description = "The roles.", body = Vec<RoleWithPermissions>)),
    extensions(
        ("x-cartera-access" = json!("user")),
        ("x-cartera-errors" = json!(["password_reset_required"])),
    ),
)]
#[get("/roles")]
async fn list(caller: Caller, _: NoQuery) -> Handled {
    let (_, person) = caller.authorize_self()?;
    if person.force_password_reset {
        return Err(Problem::refused(Code::PasswordResetRequired));
    }
    Ok(all(Role::ALL.iter().copied().map(RoleWithPermissions::from).collect()))
}

const INTRODUCTION: &str = "# Roles and permissions

<!-- Generated from the domain's matrix. Don't edit: change the matrix. -->

**all**: every record of the company. **own**: only the records that one owns (API keys: that one made). An
API key may do what its scopes allow and its creator may do; *no key* permissions can't be scopes.

";

/// Renders the page of the permission matrix. It is committed, and a test compares it with this result.
pub fn permissions_markdown() -> String {
    let mut page = String::from(INTRODUCTION);
    let names: Vec<_> = Role::ALL.iter().map(|role| role.as_str()).collect();
    // Writing to a `String` can't fail.
    let _ = writeln!(page, "| permission | {} | API key |", names.join(" | "));
    let _ = writeln!(page, "| --- |{} --- |", " --- |".repeat(names.len()));
    for permission in Permission::ALL {
        let cells: Vec<_> = Role::ALL.iter().map(|role| cell(role.extent(*permission))).collect();
        let key = if permission.allowed_to_api_keys() { "scope" } else { "*no key*" };
        let _ = writeln!(page, "| `{permission}` | {} | {key} |", cells.join(" | "));
    }
    page
}

fn cell(extent: Option<Extent>) -> &'static str {
    match extent {
        Some(Extent::All) => "all",
        Some(Extent::Own) => "own",
        None => "–",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_a_row_per_permission_and_a_column_per_role() {
        let page = permissions_markdown();
        for permission in Permission::ALL {
            assert!(page.contains(&format!("| `{permission}` |")), "{permission}");
        }
        assert!(page.contains("| `accounts:delete` | all | all | all | own | – | scope |"), "{page}");
        assert!(page.contains("| `users:remove` | all | – | – | – | – | *no key* |"), "{page}");
    }
}
