//! Links from one dashboard to the others, with what was chosen.

use serde_json::{Value, json};

/// The tag by which dashboards know each other.
pub(super) const TAG: &str = "skewwatch";

/// The links at the top: all dashboards with the tag.
pub(super) fn to_all() -> Value {
    json!([{
        "asDropdown": false,
        "icon": "external link",
        "includeVars": true,
        "keepTime": true,
        "tags": [TAG],
        "targetBlank": false,
        "title": "skewwatch",
        "tooltip": "The other dashboards, with the same choices",
        "type": "dashboards",
        "url": ""
    }])
}

/// The link from the name of a feature view to its dashboard; `name` is an expression for it.
pub(super) fn to_view(name: &str) -> Value {
    json!([{
        "title": "Look at this feature view",
        "url": format!(
            "/d/skewwatch-feature-view?var-feature_view={name}&${{datasource:queryparam}}&${{job:queryparam}}\
             &${{instance:queryparam}}&${{__url_time_range}}"
        )
    }])
}
