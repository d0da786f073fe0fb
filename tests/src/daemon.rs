//! The real `zephyrd` and `zephyrctl`, run in a directory of their own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex, OnceLock};

use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tonic::transport::{Channel, Endpoint};
use zephyr_proto::v1;
use zephyr_proto::v1::status_service_client::StatusServiceClient;
use zephyr_proto::v1::web_service_client::WebServiceClient;

use crate::client::{self, Reply};
use crate::{until, within};

/// The path of one of our programs. Built first, unless `ZEPHYR_BIN_DIR` says where built ones are.
#[must_use]
pub fn binary(name: &str) -> PathBuf {
    static DIR: OnceLock<PathBuf> = OnceLock::new();
    let dir = DIR.get_or_init(|| {
        if let Some(dir) = std::env::var_os("ZEPHYR_BIN_DIR") {
            return dir.into();
        }
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = std::process::Command::new(cargo);
        build.args(["build", "--quiet", "-p", "zephyrd", "-p", "zephyrctl"]);
        build.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        assert!(build.status().expect("cargo").success(), "zephyrd or zephyrctl does not build");
        // target/debug/deps/e2e-… → target/debug
        let me = std::env::current_exe().unwrap();
        me.ancestors().find(|d| d.file_name().is_some_and(|n| n == "deps")).unwrap().parent().unwrap().into()
    });
    let path = dir.join(name);
    assert!(path.exists(), "{} is not built", path.display());
    path
}

/// A directory with a config, from which a daemon can be started again and again.
#[derive(Debug)]
pub struct Home {
    dir: tempfile::TempDir,
    /// Environment of the daemon, beside what every one gets.
    pub env: Vec<(String, String)>,
    /// Arguments of the daemon, beside `--config`.
    pub args: Vec<String>,
}

impl Home {
    /// An empty one with this config; its `[server]` and `[control]` are completed by [`Self::write`].
    #[must_use]
    pub fn new(config: &str) -> Self {
        let dir = tempfile::Builder::new().prefix("zephyr-").tempdir().unwrap();
        for name in ["config/zephyrd", "state", "run", "home"] {
            std::fs::create_dir_all(dir.path().join(name)).unwrap();
        }
        let home = Self { dir, env: Vec::new(), args: Vec::new() };
        home.write(config);
        home
    }

    /// One more variable in the daemon's environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Its directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// The config file.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.path().join("config/zephyrd/config.toml")
    }

    /// The control socket.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.path().join("run/zephyrd/control.sock")
    }

    /// Replaces the config. `{dir}` stands for the home's directory; `[server]` gets a port chosen by the kernel
    /// and a state directory, `[control]` its socket, `[web]` a port too, where the text says nothing about them. Nothing is suspended,
    /// unless there is a `[suspension]`.
    pub fn write(&self, config: &str) {
        let mut text = config.replace("{dir}", self.path().to_str().unwrap());
        if !text.contains("[web]\n") {
            text.push_str("\n[web]\n");
        }
        let mut complete = |table: &str, key: &str, value: String| {
            let line = format!("{key} = {value}\n");
            match text.find(&format!("[{table}]\n")).map(|at| at + table.len() + 3) {
                Some(at) => {
                    let body = text[at - 1..].split("\n[").next().unwrap_or_default();
                    if !body.lines().any(|l| l.trim_start().starts_with(&format!("{key} ="))) {
                        text.insert_str(at, &line);
                    }
                }
                None => text = format!("[{table}]\n{line}\n{text}"),
            }
        };
        complete("server", "listen", "[\"127.0.0.1:0\"]".to_owned());
        complete("server", "state_dir", format!("{:?}", self.path().join("state")));
        complete("control", "socket", format!("{:?}", self.socket()));
        complete("web", "listen", "[\"127.0.0.1:0\"]".to_owned());
        if !text.contains("[suspension]") {
            // Most tests want to see at once what a request comes to.
            text.push_str("\n[suspension]\nenabled = false\n");
        }
        std::fs::write(self.config(), text).unwrap();
    }

    fn base(&self, program: &str) -> Command {
        let mut command = Command::new(binary(program));
        command.env_clear().kill_on_drop(true).current_dir(self.path());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.path().join("home"));
        command.env("XDG_CONFIG_HOME", self.path().join("config"));
        command.env("XDG_STATE_HOME", self.path().join("state"));
        command.env("XDG_RUNTIME_DIR", self.path().join("run"));
        command.envs(self.env.iter().map(|(n, v)| (n, v)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// A `zephyrd` command with this home's environment and config.
    #[must_use]
    pub fn zephyrd(&self, args: &[&str]) -> Command {
        let mut command = self.base("zephyrd");
        command.args(args).arg("--config").arg(self.config()).args(&self.args);
        command
    }

    /// A `zephyrctl` command with this home's environment and socket.
    #[must_use]
    pub fn zephyrctl(&self, args: &[&str]) -> Command {
        let mut command = self.base("zephyrctl");
        command.args(args).env("ZEPHYR_SOCKET", self.socket());
        command
    }

    /// Runs a command of this home to its end.
    pub async fn output(&self, mut command: Command) -> Output {
        within("a program to end", command.output()).await.unwrap()
    }

    /// Starts the daemon and waits until it serves.
    pub async fn start(self) -> Daemon {
        Daemon::start(self, &[]).await
    }
}

/// A running daemon.
#[derive(Debug)]
pub struct Daemon {
    /// Where it runs.
    pub home: Home,
    child: Child,
    /// Where its proxy listens, first listener first.
    pub listen: Vec<SocketAddr>,
    said: Arc<Mutex<String>>,
    channel: Channel,
}

/// A connection to a control socket.
///
/// # Errors
/// What connecting met.
pub async fn channel(socket: &Path) -> Result<Channel, tonic::transport::Error> {
    let socket = socket.to_path_buf();
    let connect = tower::service_fn(move |_: http::Uri| {
        let socket = socket.clone();
        async move { tokio::net::UnixStream::connect(socket).await.map(TokioIo::new) }
    });
    Endpoint::from_static("http://localhost").connect_with_connector(connect).await
}

fn collect(from: impl AsyncRead + Unpin + Send + 'static, into: Arc<Mutex<String>>) {
    tokio::spawn(async move {
        let mut lines = BufReader::new(from).split(b'\n');
        while let Ok(Some(line)) = lines.next_segment().await {
            let mut said = into.lock().unwrap();
            said.push_str(&String::from_utf8_lossy(&line));
            said.push('\n');
        }
    });
}

impl Daemon {
    /// A daemon with this config; see [`Home::write`].
    pub async fn with(config: &str) -> Self {
        Home::new(config).start().await
    }

    async fn start(home: Home, args: &[&str]) -> Self {
        let mut child = home.zephyrd(args).spawn().expect("zephyrd");
        let said = Arc::new(Mutex::new(String::new()));
        collect(child.stdout.take().unwrap(), said.clone());
        collect(child.stderr.take().unwrap(), said.clone());
        let socket = home.socket();
        let ready = async {
            loop {
                if let Ok(channel) = channel(&socket).await
                    && let Ok(hello) =
                        StatusServiceClient::new(channel.clone()).hello(v1::HelloRequest {}).await
                {
                    assert_eq!(Some(hello.into_inner().pid), child.id(), "another daemon answers");
                    return channel;
                }
                if let Ok(Some(status)) = child.try_wait() {
                    panic!("zephyrd ended with {status}:\n{}", said.lock().unwrap());
                }
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        let channel = match tokio::time::timeout(crate::DEADLINE, ready).await {
            Ok(channel) => channel,
            Err(_) => panic!("zephyrd did not come up:\n{}", said.lock().unwrap()),
        };
        let mut daemon = Self { home, child, listen: Vec::new(), said, channel };
        let status = daemon.status().await;
        let told = status.daemon.expect("the daemon's own part").listen;
        daemon.listen = told.iter().map(|l| l.split("//").nth(1).unwrap().parse().unwrap()).collect();
        assert!(!daemon.listen.is_empty(), "no listener in {told:?}");
        daemon
    }

    /// Where its proxy listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.listen[0]
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id().expect("a running daemon")
    }

    /// A connection to its control socket.
    #[must_use]
    pub fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// Where its dashboard and the HTTP API are, first listener first.
    pub async fn web(&self) -> SocketAddr {
        let told = self.dashboard().await.addresses;
        let first = told.first().expect("a listener of the dashboard");
        first.split("//").nth(1).unwrap().parse().unwrap()
    }

    /// The token of the HTTP API for scripts.
    pub async fn admin_token(&self) -> String {
        self.dashboard().await.token
    }

    /// One request to the HTTP API, or for a page, on a connection of its own.
    pub async fn ask_web(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        client::ask(self.web().await, method, target, headers, body).await
    }

    async fn dashboard(&self) -> v1::AdminTokenResponse {
        let mut client = WebServiceClient::new(self.channel());
        let reply = within("the admin token", client.admin_token(v1::AdminTokenRequest {})).await;
        reply.expect("the admin token").into_inner()
    }

    /// Its whole state.
    pub async fn status(&self) -> v1::Status {
        let mut client = StatusServiceClient::new(self.channel());
        let reply = within("the status", client.get_status(v1::GetStatusRequest {})).await;
        reply.expect("the status").into_inner().status.expect("a status")
    }

    /// One endpoint's state.
    pub async fn endpoint(&self, name: &str) -> v1::Endpoint {
        let endpoints = self.status().await.endpoints;
        endpoints.into_iter().find(|e| e.name == name).unwrap_or_else(|| panic!("no endpoint `{name}`"))
    }

    /// Waits until `check` finds something in the state.
    pub async fn until<T>(&self, what: &str, check: impl Fn(&v1::Status) -> Option<T>) -> T {
        until(what, || async { check(&self.status().await) }).await
    }

    /// Everything it has printed.
    #[must_use]
    pub fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// Waits until it has printed `text`.
    pub async fn until_said(&self, text: &str) {
        until(&format!("`{text}` in the log"), || async { self.said().contains(text).then_some(()) }).await;
    }

    /// One request on a connection of its own.
    pub async fn ask(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        client::ask(self.addr(), method, target, headers, body).await
    }

    /// A small Messages request, stream or not.
    pub async fn message(&self, stream: bool) -> Reply {
        self.ask("POST", "/v1/messages", &JSON, message(stream).as_bytes()).await
    }

    /// Runs `zephyrctl` with these arguments.
    pub async fn ctl(&self, args: &[&str]) -> Output {
        self.home.output(self.home.zephyrctl(args)).await
    }

    /// Runs `zephyrctl`, which must succeed, and gives what it printed.
    pub async fn ctl_ok(&self, args: &[&str]) -> String {
        let output = self.ctl(args).await;
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "zephyrctl {args:?}: {}\n{err}", output.status);
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs `zephyrctl … --json`, which must succeed, and gives what it printed.
    pub async fn ctl_json(&self, args: &[&str]) -> Value {
        let text = self.ctl_ok(&[args, &["--json"]].concat()).await;
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("zephyrctl {args:?} --json: {e} in {text}"))
    }

    /// Sends it a signal, by name.
    pub async fn signal(&self, name: &str) {
        let pid = self.pid().to_string();
        let status = Command::new("kill").args(["-s", name, &pid]).status().await.unwrap();
        assert!(status.success());
    }

    /// Waits for its end.
    pub async fn ended(&mut self) -> ExitStatus {
        within("zephyrd to end", self.child.wait()).await.unwrap()
    }

    /// Stops it by SIGTERM, asserts a clean end, and gives its home back.
    pub async fn stop(mut self) -> Home {
        self.signal("TERM").await;
        let status = self.ended().await;
        assert!(status.success(), "zephyrd ended with {status}:\n{}", self.said());
        self.home
    }

    /// Kills it with SIGKILL and gives its home back.
    pub async fn kill(mut self) -> Home {
        self.child.kill().await.unwrap();
        self.home
    }
}

/// The header of a JSON body.
pub const JSON: [(&str, &str); 1] = [("content-type", "application/json")];

/// The body of a small Messages request.
#[must_use]
pub fn message(stream: bool) -> String {
    format!(
        r#"{{"model":"claude-opus-5-5","max_tokens":64,"stream":{stream},"messages":[{{"role":"user","content":"hi"}}]}}"#
    )
}

/// A config with one group of endpoints, `a`, `b`, … in this order, whose probes are off.
#[must_use]
pub fn config(urls: &[String]) -> String {
    let endpoints: Vec<String> = urls
        .iter()
        .enumerate()
        .map(|(i, url)| {
            let letter = char::from(b'a' + u8::try_from(i).unwrap());
            format!(
                r#"{{ url = "{url}", name = "{letter}", provider = "p-{letter}", priority = {} }}"#,
                i + 1
            )
        })
        .collect();
    format!(
        "[health_check]\nenabled = false\n[selection]\nstrategy = \"priority\"\n[[groups]]\nname = \"main\"\n\
         auth = {{ bearer = \"sk-own-credential\" }}\ndefault = true\nendpoints = [{}]\n",
        endpoints.join(", ")
    )
}
