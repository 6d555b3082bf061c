//! Who may ask where there is a token.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::serve::{NEVER, PUBLISH, Running, Shop};

const TOKEN: &str = "s3cret: with a colon";

fn publish(api: &str) -> String {
    PUBLISH.replace(" }", &format!(", api: {api} }}"))
}

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\n")
}

fn basic(pair: &str) -> String {
    format!("Authorization: Basic {}\r\n", BASE64_STANDARD.encode(pair))
}

/// The service, with the token in its environment.
fn serve(shop: &Shop) -> Running {
    let mut command = shop.scene.command("serve");
    command.env("SKEWWATCH_TOKEN", TOKEN);
    Running::start(command, shop.scene.path("log"))
}

#[test]
fn with_a_token_only_those_who_show_it_are_answered() {
    let shop = Shop::open();
    let service = serve(shop.configure(&[NEVER, &publish("{ token_env: SKEWWATCH_TOKEN }")]));
    let status = |method: &str, path: &str, headers: &str| service.ask_with(method, path, headers).0;
    let shown = [bearer(TOKEN), "authorization: bearer s3cret: with a colon\r\n".to_owned()];
    let by_browser = [basic(&format!("anyone:{TOKEN}")), basic(&format!(":{TOKEN}"))];
    let wrong = [
        String::new(),
        bearer(""),
        bearer("s3cret: with a colo"),
        bearer("s3cret: with a colon."),
        bearer("S3CRET: WITH A COLON"),
        format!("Authorization: {TOKEN}\r\n"),
        basic(TOKEN),
        basic("s3cret"),
        "Authorization: Basic ****\r\n".to_owned(),
        "Authorization: Digest x\r\n".to_owned(),
    ];
    for path in ["/api/v1/views", "/api/v1/findings?state=all", "/api/v1/openapi.json"] {
        for headers in shown.iter().chain(&by_browser) {
            assert_eq!(status("GET", path, headers), 200, "{path} {headers}");
        }
        for headers in &wrong {
            assert_eq!(status("GET", path, headers), 401, "{path} {headers}");
        }
    }
    for path in ["/-/healthy", "/-/ready", "/metrics"] {
        assert_eq!(status("GET", path, ""), 200, "{path}");
    }
    for path in
        ["/", "/nowhere", "/api/v1/nowhere", "/-/reload", "/-/healthy/", "//metrics", "/-/ready/../../api/v1/views"]
    {
        assert_eq!(status("GET", path, ""), 401, "{path}");
    }
    // A browser sends a password along with what other pages ask of it.
    for headers in wrong.iter().chain(&by_browser) {
        assert_eq!(status("POST", "/-/reload", headers), 401, "{headers}");
    }
    assert_eq!(status("POST", "/-/reload", &shown[0]), 200);

    let (_, head, body) = service.ask_with("GET", "/api/v1/views", "");
    let expected = "{\"error\":{\"code\":\"unauthorized\",\"message\":\"`/api/v1/views` needs the token\",\
                    \"hint\":\"send `Authorization: Bearer …` with the token of `publish.api`\"}}";
    assert_eq!(body, expected);
    let is_challenge = |line: &&str| line.to_lowercase().starts_with("www-authenticate");
    let challenges: Vec<&str> = head.lines().filter(is_challenge).collect();
    assert_eq!(challenges.len(), 2, "{head}");
    assert!(challenges.iter().any(|line| line.contains("Basic realm=\"skewwatch\"")), "{head}");
    assert!(!service.log().contains("s3cret"), "{}", service.log());
}

#[test]
fn metrics_are_protected_on_request_and_another_token_is_taken_on_by_a_reload() {
    let shop = Shop::open();
    let mut service = serve(shop.configure(&[NEVER, &publish("{ token: one, protect_metrics: true }")]));
    let status = |method: &str, path: &str, headers: &str| service.ask_with(method, path, headers).0;
    assert_eq!((status("GET", "/metrics", ""), status("GET", "/metrics", &bearer("one"))), (401, 200));
    shop.configure(&[NEVER, &publish("{ token: two }")]);
    assert_eq!((status("POST", "/-/reload", &bearer("two")), status("POST", "/-/reload", &bearer("one"))), (401, 200));
    assert_eq!((status("GET", "/api/v1/views", &bearer("one")), status("GET", "/metrics", "")), (401, 200));
    assert_eq!(status("GET", "/api/v1/views", &bearer("two")), 200);
    assert_eq!(service.stop().code(), Some(0));
}
