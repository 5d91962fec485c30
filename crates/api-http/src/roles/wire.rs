//! Roles on the wire.

use cartera_domain::identity::{Permission, Role};
use serde::Serialize;
use utoipa::ToSchema;

use crate::wire::{ExtentName, PermissionKey, RoleName, extent_name};

/// A role with all that it may do.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "role": "VIEWER", "permissions": [{"permission": "accounts:read", "extent": "ALL"}]
}))]
pub struct RoleWithPermissions {
    /// The role.
    #[schema(value_type = RoleName)]
    pub role: &'static str,
    /// What it may do.
    pub permissions: Vec<RolePermission>,
}

/// Something that a role may do.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"permission": "accounts:read", "extent": "ALL"}))]
pub struct RolePermission {
    /// What.
    #[schema(value_type = PermissionKey)]
    pub permission: &'static str,
    /// How far.
    #[schema(value_type = ExtentName)]
    pub extent: &'static str,
}

impl From<Role> for RoleWithPermissions {
    fn from(role: Role) -> Self {
        let permissions = Permission::ALL
            .iter()
            .filter_map(|permission| {
                let extent = extent_name(role.extent(*permission)?);
                Some(RolePermission { permission: permission.key(), extent })
            })
            .collect();
        Self { role: role.as_str(), permissions }
    }
}
