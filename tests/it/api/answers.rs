//! What is known, asked in every way.

use super::json;
use crate::serve::{EVERY_SECOND, PUBLISH, Shop, of_feature};

#[test]
fn peek() {
    let mut shop = Shop::open();
    shop.add_view("again");
    shop.skew(20);
    let service = shop.configure(&[EVERY_SECOND, PUBLISH]).serve();
    service.wait_for(&of_feature("finding_state", "skew"), |state| state == Some(2.0));
    for path in ["views", "views/user_features", "findings", "findings?state=all", "rounds?limit=3", "openapi.json"] {
        let answer = json(&service, &format!("/api/v1/{path}"), 200);
        let name = path.replace(['/', '?', '='], "_");
        std::fs::write(format!("/tmp/api-peek-{name}.json"), serde_json::to_string_pretty(&answer).unwrap()).unwrap();
    }
}
