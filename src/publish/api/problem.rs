//! What is answered instead, and why.

use schemars::JsonSchema;
use serde::Serialize;

/// An answer that says why there is no other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Problem {
    /// What is wrong.
    pub error: ProblemBody,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProblemBody {
    /// One word for programs, such as `unknown_view`.
    pub code: String,
    /// A sentence for people.
    pub message: String,
    /// The next step, where there is one.
    pub hint: Option<String>,
}
