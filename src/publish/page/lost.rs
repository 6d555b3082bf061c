//! The page for an address that is of no view.

use maud::html;

use super::document::document;
use super::link;
use crate::publish::plain::one_line;

/// The page for `name`, which is not watched, with the views that are.
#[must_use]
pub fn lost(name: &str, views: &[String]) -> String {
    let main = html! {
        h1 { "No such view" }
        p { "No view called " code { (one_line(name)) } " is watched." }
        @if !views.is_empty() {
            h2 { "Views that are" }
            ul { @for view in views { li { a href=(link::view(view)) { (one_line(view)) } } } }
        }
    };
    document("No such view", &[("/".to_owned(), "← All views")], &main).into_string()
}
