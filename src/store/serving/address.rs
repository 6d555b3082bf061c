//! The address of a feature server.

use reqwest::Url;

/// The address of a feature server: `http://host:port`, with a path where it lies behind one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpAddress(Url);

/// Why a text is no address of a feature server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no address of a feature server: {reason}\n  hint: write for example `http://localhost:6566`")]
pub struct HttpAddressError {
    text: String,
    reason: String,
}

impl HttpAddressError {
    /// What is wrong with it, as a clause.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl HttpAddress {
    /// Where features are asked for.
    pub(super) const fn url(&self) -> &Url {
        &self.0
    }
}

impl std::str::FromStr for HttpAddress {
    type Err = HttpAddressError;

    fn from_str(text: &str) -> Result<Self, HttpAddressError> {
        let wrong = |reason: String| HttpAddressError { text: text.to_owned(), reason };
        let mut url = Url::parse(text).map_err(|error| wrong(error.to_string()))?;
        if !["http", "https"].contains(&url.scheme()) {
            return Err(wrong(format!("`{}` is neither `http` nor `https`", url.scheme())));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("it has more than a host, a port and a path".to_owned()));
        }
        let path = format!("{}/get-online-features", url.path().trim_end_matches('/'));
        url.set_path(&path);
        Ok(Self(url))
    }
}

impl std::fmt::Display for HttpAddress {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = self.0.clone();
        // Refused only by addresses without a host, which none of ours is.
        if shown.password().is_some() && shown.set_password(Some("****")).is_err() {
            return formatter.write_str("****");
        }
        formatter.write_str(shown.as_str())
    }
}
