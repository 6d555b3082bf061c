//! The pages: their whole text for chosen views, hostile names, and the real service in a real browser.

pub mod browsed;
mod hostile;
pub(crate) mod sample;
mod served;
mod texts;
