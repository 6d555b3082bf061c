//! What Grafana reads at its start: where Prometheus is, and where the dashboards are.

use serde::Deserialize;

use super::folder;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sources {
    api_version: u8,
    datasources: Vec<Source>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Source {
    r#type: String,
    access: String,
    url: String,
    is_default: bool,
    editable: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Providers {
    api_version: u8,
    providers: Vec<Provider>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Provider {
    r#type: String,
    allow_ui_updates: bool,
    options: Options,
}

#[derive(Debug, Deserialize)]
struct Options {
    path: String,
}

fn read<T: serde::de::DeserializeOwned>(name: &str) -> T {
    serde_saphyr::from_str(&std::fs::read_to_string(folder().join("provisioning").join(name)).unwrap()).unwrap()
}

#[test]
fn grafana_finds_one_prometheus_and_the_folder_of_dashboards() {
    let sources: Sources = read("datasources/prometheus.yml");
    let [source] = sources.datasources.as_slice() else { panic!("{sources:?}") };
    assert_eq!((sources.api_version, source.r#type.as_str(), source.access.as_str()), (1, "prometheus", "proxy"));
    assert_eq!((source.url.as_str(), source.is_default, source.editable), ("${PROMETHEUS_URL}", true, false));
    let providers: Providers = read("dashboards/skewwatch.yml");
    let [provider] = providers.providers.as_slice() else { panic!("{providers:?}") };
    assert_eq!((providers.api_version, provider.r#type.as_str()), (1, "file"));
    assert_eq!((provider.allow_ui_updates, provider.options.path.as_str()), (false, "/etc/grafana/dashboards"));
}
