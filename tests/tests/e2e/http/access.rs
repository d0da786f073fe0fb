//! Who may look and who may change things: foreign pages and hosts, tokens, cookies, proxies, wider addresses.

use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};

use serde_json::json;
use zephyr_proto::v1;
use zephyr_proto::v1::web_service_client::WebServiceClient;
use zephyr_tests::client::{self, Reply};
use zephyr_tests::daemon::{Daemon, Home, JSON, config};
use zephyr_tests::{Scene, within};

const PIN: &[u8] = b"\"a\"";
const ALLOW: &str = "access-control-allow-origin";

/// What one login has brought.
struct Login {
    /// As the browser sends it.
    cookie: String,
    /// As the page's script sends it.
    bearer: String,
}

async fn code(daemon: &Daemon) -> String {
    let mut client = WebServiceClient::new(daemon.channel());
    let reply = within("a link", client.login_link(v1::LoginLinkRequest {})).await.unwrap().into_inner();
    reply.links[0].split_once("/login#").expect("a link with a code").1.to_owned()
}

async fn redeem(daemon: &Daemon, code: &str) -> Reply {
    daemon.ask_web("POST", "/login", &JSON, json!({ "code": code }).to_string().as_bytes()).await
}

async fn log_in(daemon: &Daemon) -> Login {
    let reply = redeem(daemon, &code(daemon).await).await;
    assert_eq!(reply.status(), 200, "{}", reply.text());
    let cookie = reply.header("set-cookie").expect("a cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap().to_owned();
    Login { cookie, bearer: format!("Bearer {}", reply.json()["token"].as_str().expect("a token")) }
}

async fn pin(daemon: &Daemon, headers: &[(&str, &str)]) -> u16 {
    daemon.ask_web("POST", "/v1/switch-provider", &[headers, &JSON].concat(), PIN).await.status()
}

async fn look(daemon: &Daemon, path: &str, headers: &[(&str, &str)]) -> u16 {
    daemon.ask_web("GET", path, headers, b"").await.status()
}

#[tokio::test]
async fn foreign_hosts_and_pages_get_nothing_and_no_page_is_granted_anything() {
    let page = "https://listed.example";
    let scene = Scene::edited(1, |c| format!("[server]\ncors_origins = [\"{page}\"]\n{c}")).await;
    let daemon = &scene.daemon;
    let token = format!("Bearer {}", daemon.admin_token().await);
    for (path, both) in
        [("/health", true), ("/status", true), ("/providers", true), ("/api/v1/status", false)]
    {
        let listeners = [Some(daemon.web().await), Some(daemon.addr()).filter(|_| both)];
        for at in listeners.into_iter().flatten() {
            for (headers, status) in [
                (&[("host", "evil.example")][..], 421),
                (&[("host", "127.0.0.1.evil.example:8010")], 421),
                (&[("origin", "https://evil.example")], 403),
                (&[("origin", "null")], 403),
                (&[("origin", page)], 403),
                (&[("origin", "http://localhost:1")], 403),
                (&[("sec-fetch-site", "cross-site")], 403),
                (&[("sec-fetch-site", "same-site")], 403),
                (&[("sec-fetch-site", "same-origin")], 200),
                (&[("sec-fetch-site", "none")], 200),
            ] {
                let reply = client::ask(at, "GET", path, headers, b"").await;
                assert_eq!(reply.status(), status, "{path} {headers:?}: {}", reply.text());
                assert_eq!(reply.header(ALLOW), None, "{path} {headers:?}");
                assert!(status == 200 || !reply.text().contains("current_provider"), "{}", reply.text());
            }
        }
    }
    for page in ["https://evil.example", page] {
        let headers = [("origin", page), ("authorization", token.as_str())];
        assert_eq!(pin(daemon, &headers).await, 403, "the right token helps no foreign page");
        let asks = [("origin", page), ("access-control-request-method", "POST")];
        let reply = daemon.ask_web("OPTIONS", "/v1/switch-provider", &asks, b"").await;
        assert_eq!((reply.status(), reply.header(ALLOW)), (403, None));
    }
}

#[tokio::test]
async fn a_listed_page_may_not_steer_where_every_local_user_may() {
    let page = "https://listed.example";
    let edit =
        |c: String| format!("[server]\ncors_origins = [\"{page}\"]\n[web]\nwrites = \"loopback\"\n{c}");
    let scene = Scene::edited(1, edit).await;
    let reply = scene.daemon.ask("POST", "/v1/switch-provider", &[("origin", page)], PIN).await;
    assert_eq!((reply.status(), reply.header(ALLOW)), (403, None), "{}", reply.text());
    assert_eq!(scene.daemon.ask("POST", "/v1/switch-provider", &[], PIN).await.status(), 200);
}

#[tokio::test]
async fn whoever_changes_something_needs_a_token_in_a_header() {
    let scene = Scene::of(1).await;
    let daemon = &scene.daemon;
    let login = log_in(daemon).await;
    let admin = daemon.admin_token().await;
    let bearer = |token: &str| format!("Bearer {token}");
    let writer = login.bearer.strip_prefix("Bearer ").unwrap();
    let reader = login.cookie.split_once('=').unwrap().1;
    let cookie = |token: &str| format!("{}={token}", login.cookie.split('=').next().unwrap());
    for headers in [
        &[][..],
        &[("authorization", bearer(&admin[1..]).as_str())],
        &[("authorization", format!("Basic {admin}").as_str())],
        &[("authorization", bearer(reader).as_str())],
        &[("cookie", login.cookie.as_str())],
        &[("cookie", cookie(writer).as_str())],
        &[("cookie", cookie(&admin).as_str())],
        &[("x-api-key", admin.as_str())],
    ] {
        let reply = daemon.ask_web("POST", "/v1/switch-provider", &[headers, &JSON].concat(), PIN).await;
        assert_eq!(reply.status(), 401, "{headers:?}: {}", reply.text());
        assert_eq!(reply.json()["error"]["type"], "unauthorized");
        assert!(reply.header("www-authenticate").is_some_and(|h| h.starts_with("Bearer")), "{headers:?}");
    }
    for path in ["/v1/health-check", "/providers/reload"] {
        assert_eq!(daemon.ask_web("POST", path, &[], b"").await.status(), 401, "{path}");
    }
    assert_eq!(daemon.status().await.head.unwrap().pinned, "", "nothing was changed");
    assert_eq!(pin(daemon, &[("authorization", &bearer(&admin))]).await, 200);
    assert_eq!(pin(daemon, &[("authorization", &login.bearer)]).await, 200);
}

#[tokio::test]
async fn a_links_code_works_once_and_is_in_no_log() {
    let scene = Scene::of(1).await;
    let daemon = &scene.daemon;
    let code = code(daemon).await;
    assert_eq!(redeem(daemon, "guessed").await.status(), 401);
    assert_eq!(redeem(daemon, &code).await.status(), 200);
    assert_eq!(redeem(daemon, &code).await.status(), 401);
    daemon.until_said("a login to the dashboard was refused").await;
    assert!(!daemon.said().contains(&code));
    for (headers, body, status) in
        [(&JSON[..], "{", 400), (&JSON[..], "{}", 422), (&[], "{\"code\":\"x\"}", 415)]
    {
        let reply = daemon.ask_web("POST", "/login", headers, body.as_bytes()).await;
        assert_eq!((reply.status(), reply.json()["error"]["type"].is_string()), (status, true), "{body}");
    }
}

#[tokio::test]
async fn reading_can_need_a_login() {
    for keys in ["[web]\nreads = \"login\"", "[control]\nothers = \"none\""] {
        let scene = Scene::followed_by(1, keys).await;
        let daemon = &scene.daemon;
        let login = log_in(daemon).await;
        let admin = format!("Bearer {}", daemon.admin_token().await);
        let paths = [
            "/health/detailed",
            "/status",
            "/v1/status",
            "/diagnostics",
            "/providers",
            "/metrics",
            "/api/v1/status",
            "/api/v1/openapi.json",
        ];
        for path in paths {
            assert_eq!(look(daemon, path, &[]).await, 401, "{keys}: {path}");
            assert_eq!(look(daemon, path, &[("cookie", &login.cookie)]).await, 200, "{keys}: {path}");
            assert_eq!(look(daemon, path, &[("authorization", &admin)]).await, 200, "{keys}: {path}");
        }
        for page in ["/", "/endpoints", "/groups", "/requests", "/connections", "/usage", "/logs", "/config"]
        {
            let shown = daemon.ask_web("GET", page, &[], b"").await.text();
            assert!(!shown.contains(&scene.a().url()), "{keys}: {page} shows {shown}");
        }
        assert_eq!(daemon.ask("GET", "/status", &[], b"").await.status(), 401, "beside the proxy too");
        assert_eq!(look(daemon, "/health", &[]).await, 200);
        assert_eq!(daemon.ask("GET", "/health", &[], b"").await.status(), 200);
    }
}

#[tokio::test]
async fn logins_outlive_a_restart_and_end_when_they_are_revoked() {
    let Scene { daemon, fakes: _fakes } = Scene::followed_by(1, "[web]\nreads = \"login\"").await;
    let (login, admin) = (log_in(&daemon).await, daemon.admin_token().await);
    let daemon = daemon.stop().await.start().await;
    assert_eq!(daemon.admin_token().await, admin);
    assert_eq!(look(&daemon, "/status", &[("cookie", &login.cookie)]).await, 200);
    assert_eq!(pin(&daemon, &[("authorization", &login.bearer)]).await, 200);
    let mut client = WebServiceClient::new(daemon.channel());
    within("revoking", client.revoke_logins(v1::RevokeLoginsRequest {})).await.unwrap();
    assert_eq!(look(&daemon, "/status", &[("cookie", &login.cookie)]).await, 401);
    assert_eq!(pin(&daemon, &[("authorization", &login.bearer)]).await, 401);
    assert_eq!(pin(&daemon, &[("authorization", &format!("Bearer {admin}"))]).await, 401);
    let admin = daemon.admin_token().await;
    assert_eq!(pin(&daemon, &[("authorization", &format!("Bearer {admin}"))]).await, 200);
}

#[tokio::test]
async fn whoever_comes_through_a_proxy_is_not_taken_for_a_local_user() {
    let open = "[web]\nwrites = \"loopback\"";
    let trusting = |c: String| format!("[server]\ntrusted_proxies = [\"127.0.0.1\"]\n{c}\n{open}\n");
    for (scene, trusted) in
        [(Scene::edited(1, trusting).await, true), (Scene::followed_by(1, open).await, false)]
    {
        let daemon = &scene.daemon;
        for chain in ["192.0.2.7", "127.0.0.1, 192.0.2.7", "nonsense, 192.0.2.7", "nonsense"] {
            let headers = [("x-forwarded-for", chain)];
            assert_eq!(look(daemon, "/status", &headers).await, 401, "{trusted} {chain}");
            assert_eq!(pin(daemon, &headers).await, 401, "{trusted} {chain}");
            assert_eq!(daemon.ask("GET", "/status", &headers, b"").await.status(), 401, "{trusted} {chain}");
            assert_eq!(look(daemon, "/health", &headers).await, 200, "{trusted} {chain}");
        }
        let expected = if trusted { 200 } else { 401 };
        assert_eq!(look(daemon, "/status", &[("x-forwarded-for", "127.0.0.1")]).await, expected);
        assert_eq!(look(daemon, "/status", &[("forwarded", "for=127.0.0.1")]).await, 401);
        assert_eq!(look(daemon, "/status", &[]).await, 200);
        let admin = format!("Bearer {}", daemon.admin_token().await);
        let headers = [("x-forwarded-for", "192.0.2.7"), ("authorization", admin.as_str())];
        assert_eq!(look(daemon, "/status", &headers).await, 200, "the token opens from everywhere");
    }
}

/// An address of this machine that is no loopback one.
fn wide_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    // Nothing is sent: this asks for the route alone.
    socket.connect("192.0.2.1:9").ok()?;
    let ip = socket.local_addr().ok()?.ip();
    (!ip.is_loopback() && !ip.is_unspecified()).then_some(ip)
}

#[tokio::test]
async fn beyond_loopback_everything_but_health_needs_a_token() {
    let Some(ip) = wide_address() else {
        eprintln!("skipped: this machine has no address beside the loopback ones");
        return;
    };
    let wide = SocketAddr::new(ip, 0);
    let scene = Scene::followed_by(1, &format!("[web]\nlisten = [\"{wide}\"]\nwrites = \"loopback\"")).await;
    let daemon = &scene.daemon;
    assert_eq!(daemon.web().await.ip(), ip);
    let paths = [
        "/health/detailed",
        "/status",
        "/v1/status",
        "/diagnostics",
        "/providers",
        "/metrics",
        "/api/v1/status",
        "/api/v1/openapi.json",
    ];
    let admin = format!("Bearer {}", daemon.admin_token().await);
    let host = daemon.web().await.to_string();
    for path in paths {
        assert_eq!(look(daemon, path, &[("host", &host)]).await, 401, "{path}");
        assert_eq!(look(daemon, path, &[("host", &host), ("authorization", &admin)]).await, 200, "{path}");
    }
    assert_eq!(look(daemon, "/health", &[("host", &host)]).await, 200);
    assert_eq!(pin(daemon, &[("host", &host)]).await, 401);
    assert_eq!(pin(daemon, &[("host", &host), ("authorization", &admin)]).await, 200);
}

#[tokio::test]
async fn a_busy_port_of_the_dashboard_is_a_warning_and_requests_are_served() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let busy = taken.local_addr().unwrap();
    let scene = Scene::followed_by(1, &format!("[web]\nlisten = [\"{busy}\"]")).await;
    scene.daemon.until_said(&format!("no dashboard at {busy}")).await;
    assert_eq!(scene.message(false).await.status(), 200);
    assert_eq!(scene.daemon.ask("GET", "/health", &[], b"").await.status(), 200);
    drop(taken);
}

#[tokio::test]
async fn without_a_listener_of_its_own_the_api_answers_beside_the_proxy() {
    let fakes = zephyr_tests::scene::fakes(1).await;
    let urls = zephyr_tests::scene::urls(&fakes);
    let home = Home::new(&format!("{}\n[web]\nlisten = []\n", config(&urls)));
    let daemon = home.start().await;
    assert_eq!(daemon.ask("GET", "/v1/status", &[], b"").await.status(), 200);
}
