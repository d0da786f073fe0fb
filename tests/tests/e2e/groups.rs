//! Groups as tiers on real requests, and what operators say about them.

use zephyr_proto::v1;
use zephyr_tests::daemon::Home;
use zephyr_tests::scene::{fakes, urls};
use zephyr_tests::{Answer, Daemon, Fake};

/// `a` in group `main` of priority 1, `b` in `spare` of 2, `c` in `last` of 3; no probes, and nobody waits.
fn config(fakes: &[Fake], failover: &str, selection: &str) -> String {
    let mut text = format!(
        "[health_check]\nenabled = false\n[suspension]\nenabled = false\n[failover]\n{failover}\n\
         [selection]\nstrategy = \"priority\"\n{selection}\n"
    );
    let named = ["main", "spare", "last"].into_iter().zip(["a", "b", "c"]).zip(urls(fakes)).zip(1..);
    for (((group, endpoint), url), priority) in named {
        text.push_str(&format!(
            "\n# the group called {group}\n[[groups]]\nname = \"{group}\"   # its name\npriority = {priority}   # its place\n\
             auth = {{ bearer = \"sk-of-{group}\" }}\nendpoints = [\n    {{ url = \"{url}\", name = \"{endpoint}\", provider = \"p-{endpoint}\" }}, # the only one\n]\n"
        ));
    }
    text
}

struct Tiers {
    fakes: Vec<Fake>,
    daemon: Daemon,
}

impl Tiers {
    async fn with(failover: &str, selection: &str) -> Self {
        let fakes = fakes(3).await;
        let home = Home::new(&config(&fakes, failover, selection));
        Self { daemon: home.start().await, fakes }
    }

    async fn new() -> Self {
        Self::with("", "").await
    }

    /// The endpoint answers so from now on.
    fn answers(&self, n: usize, status: u16) {
        self.fakes[n].on("/v1/messages", Answer { status, ..Answer::realistic() });
    }

    /// Who serves the next request.
    async fn served(&self) -> String {
        let reply = self.daemon.message(false).await;
        assert_eq!(reply.status(), 200, "{}", reply.text());
        reply.header("x-used-endpoint").unwrap().to_owned()
    }

    async fn group(&self, name: &str) -> v1::Group {
        let groups = self.daemon.status().await.groups;
        groups.into_iter().find(|g| g.name == name).unwrap()
    }

    async fn states(&self) -> Vec<String> {
        self.daemon.status().await.groups.into_iter().map(|g| g.state).collect()
    }

    async fn until_state(&self, group: &str, state: &str) {
        let is = |s: &v1::Status| s.groups.iter().any(|g| g.name == group && g.state == state).then_some(());
        self.daemon.until(&format!("{group} to be {state}"), is).await;
    }

    /// `zephyrctl` with these arguments fails with this status; what it says.
    async fn refused(&self, args: &[&str], code: i32) -> String {
        let output = self.daemon.ctl(args).await;
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
        said
    }

    /// Every endpoint of the first group fails until it rests.
    async fn main_fails(&self) {
        self.answers(0, 503);
        while self.group("main").await.state != "cooling" {
            assert_eq!(self.served().await, "b");
        }
    }

    async fn restarted(self) -> Self {
        let Self { fakes, daemon } = self;
        Self { daemon: daemon.kill().await.start().await, fakes }
    }
}

#[tokio::test]
async fn the_next_group_takes_over_unseen_and_the_first_that_is_proved_comes_back() {
    let tiers = Tiers::new().await;
    assert_eq!((tiers.served().await.as_str(), tiers.states().await), ("a", words("active standby standby")));
    tiers.main_fails().await;
    assert_eq!(tiers.states().await, words("cooling active standby"));
    tiers.daemon.until_said("group main cools down for 600 s: all its endpoints have failed").await;
    let asked = tiers.fakes[0].seen().len();
    assert_eq!((tiers.served().await.as_str(), tiers.fakes[0].seen().len()), ("b", asked));
    let listed = tiers.daemon.ctl_ok(&["group", "list"]).await;
    assert!(listed.contains("all its endpoints have failed, 10 min left"), "{listed}");
    assert!(tiers.daemon.ctl_ok(&["show", "main"]).await.contains("cooling"));

    tiers.answers(0, 200);
    tiers.daemon.ctl_ok(&["check", "a"]).await;
    assert_ne!(tiers.group("main").await.state, "cooling");
    zephyr_tests::until("its share of requests to grow", || async {
        (tiers.served().await == "a").then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_half_open_request_ends_the_rest_of_a_group() {
    let tiers = Tiers::with("cooldown_seconds = 1\ngroup_cooldown_seconds = 3600", "").await;
    tiers.main_fails().await;
    tiers.answers(0, 200);
    tiers.daemon.until("a to be on trial", |s| (s.endpoints[0].state == "degraded").then_some(())).await;
    assert_eq!(tiers.group("main").await.state, "cooling", "nothing is proved yet");
    assert_eq!(tiers.served().await, "a");
    assert_ne!(tiers.group("main").await.state, "cooling");
}

#[tokio::test]
async fn an_activated_group_serves_also_after_a_restart_and_until_it_fails() {
    let tiers = Tiers::new().await;
    let said = tiers.daemon.ctl_ok(&["group", "activate", "last"]).await;
    assert!(said.starts_with("group last is active\n"), "{said}");
    assert_eq!((tiers.served().await.as_str(), tiers.states().await), ("c", words("standby standby active")));
    let said = tiers.refused(&["group", "activate", "last"], 1).await;
    assert!(said.contains("group `last` is active already"), "{said}");
    let tiers = tiers.restarted().await;
    assert_eq!((tiers.served().await.as_str(), tiers.group("last").await.activated), ("c", true));

    tiers.answers(2, 503);
    while tiers.group("last").await.state != "cooling" {
        assert_eq!(tiers.served().await, "a");
    }
    tiers.daemon.until_said("group last is no longer activated").await;
    assert!(!tiers.group("last").await.activated);
    let tiers = tiers.restarted().await;
    assert_eq!(tiers.served().await, "a");
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_with_what_to_do() {
    let tiers = Tiers::new().await;
    let said = tiers.refused(&["group", "activate", "spar"], 4).await;
    assert!(said.contains("no group is named `spar`") && said.contains("did you mean `spare`?"), "{said}");
    let said = tiers.refused(&["group", "pause", "a"], 4).await;
    assert!(said.contains("did you mean `main`?"), "{said}");
    let said = tiers.refused(&["group", "resume", "main"], 1).await;
    assert!(said.contains("`main` is not paused"), "{said}");
    tiers.main_fails().await;
    let said = tiers.refused(&["group", "activate", "main"], 1).await;
    assert!(
        said.contains("group `main` cools down for another 10 min") && said.contains("--force"),
        "{said}"
    );
    tiers.answers(0, 200);
    tiers.daemon.ctl_ok(&["group", "activate", "main", "--force"]).await;
    assert_eq!(tiers.served().await, "a");
    let said = tiers.refused(&["group", "pause", "main", "--for", "soon"], 2).await;
    assert!(said.contains("30m"), "{said}");

    tiers.answers(2, 401);
    tiers.daemon.ctl_ok(&["group", "activate", "last"]).await;
    assert_ne!(tiers.served().await, "c", "401 to a key of ours moves on");
    let said = tiers.refused(&["group", "activate", "last"], 1).await;
    assert!(said.contains("cools down"), "{said}");
    let said = tiers.refused(&["group", "activate", "last", "--force"], 1).await;
    assert!(said.contains("no endpoint of group `last` is usable: `c` is auth-failed"), "{said}");
}

#[tokio::test]
async fn a_pause_with_a_time_ends_by_itself_and_keeps_its_end_over_a_restart() {
    let tiers = Tiers::new().await;
    tiers.daemon.ctl_ok(&["group", "pause", "main", "--for", "2s"]).await;
    assert_eq!((tiers.served().await.as_str(), tiers.group("main").await.state.as_str()), ("b", "paused"));
    tiers.until_state("main", "active").await;
    assert_eq!(tiers.served().await, "a");
    tiers.daemon.until_said("the pause of main is over").await;

    tiers.daemon.ctl_ok(&["group", "pause", "main", "--for", "30m"]).await;
    let until = tiers.group("main").await.until_unix_ms.unwrap();
    let tiers = tiers.restarted().await;
    assert_eq!(tiers.group("main").await.until_unix_ms, Some(until));
    assert_eq!(tiers.served().await, "b");
    assert_eq!(tiers.daemon.endpoint("a").await.admin, "paused");
    let listed = tiers.daemon.ctl_ok(&["group", "list"]).await;
    assert!(listed.contains("30 min left; `zephyrctl group resume main` brings it back"), "{listed}");
    tiers.daemon.ctl_ok(&["resume", "main"]).await;
    assert_eq!(tiers.served().await, "a");
}

#[tokio::test]
async fn without_auto_switch_requests_fail_until_a_person_says_who_takes_over() {
    let tiers = Tiers::with("", "auto_switch = false").await;
    tiers.answers(0, 503);
    for _ in 0..3 {
        assert_eq!(tiers.daemon.message(false).await.status(), 503);
    }
    tiers.until_state("main", "cooling").await;
    assert!(tiers.fakes[1].seen().is_empty(), "nobody takes over");
    let told = tiers.daemon.message(false).await.text();
    assert!(told.contains("zephyrctl group activate"), "{told}");
    let status = tiers.daemon.ctl(&["status"]).await;
    let screen = String::from_utf8(status.stdout).unwrap();
    assert!(screen.contains("`zephyrctl group activate spare`"), "{screen}");
    tiers.daemon.ctl_ok(&["group", "activate", "spare"]).await;
    assert_eq!(tiers.served().await, "b");
    tiers.answers(0, 200);
    tiers.daemon.ctl_ok(&["check", "a"]).await;
    assert_eq!((tiers.served().await.as_str(), tiers.states().await), ("b", words("standby active standby")));
}

#[tokio::test]
async fn a_priority_counts_at_once_and_over_a_restart_until_it_is_taken_back() {
    let tiers = Tiers::new().await;
    let before = std::fs::read_to_string(tiers.daemon.home.config()).unwrap();
    tiers.daemon.ctl_ok(&["priority", "last", "0"]).await;
    assert_eq!(tiers.served().await, "c");
    let group = tiers.group("last").await;
    assert_eq!((group.priority, group.config_priority), (0, Some(3)));
    let tiers = tiers.restarted().await;
    assert_eq!(tiers.served().await, "c");
    tiers.daemon.ctl_ok(&["priority", "last", "--reset"]).await;
    assert_eq!((tiers.served().await.as_str(), tiers.group("last").await.config_priority), ("a", None));
    let said = tiers.refused(&["priority", "lats", "1"], 4).await;
    assert!(said.contains("did you mean `last`?"), "{said}");
    tiers.refused(&["priority", "last", "1000001"], 2).await;
    assert_eq!(
        std::fs::read_to_string(tiers.daemon.home.config()).unwrap(),
        before,
        "the file is the person's"
    );
}

#[tokio::test]
async fn a_saved_priority_changes_its_number_in_the_file_and_nothing_else() {
    let tiers = Tiers::new().await;
    let file = tiers.daemon.home.config();
    let before = std::fs::read_to_string(&file).unwrap();
    tiers.daemon.ctl_ok(&["priority", "last", "7"]).await;
    let said = tiers.daemon.ctl_ok(&["priority", "last", "0", "--save"]).await;
    assert!(said.contains("priority of last is 0, also in"), "{said}");
    let after = std::fs::read_to_string(&file).unwrap();
    assert_eq!(after, before.replace("priority = 3   # its place", "priority = 0   # its place"));
    assert_eq!((tiers.served().await.as_str(), tiers.group("last").await.config_priority), ("c", None));
    let output = tiers.daemon.ctl(&["priority", "b", "4", "--save"]).await;
    assert!(output.status.success(), "{output:?}");
    let saved = std::fs::read_to_string(&file).unwrap();
    assert!(saved.contains("provider = \"p-b\", priority = 4 }, # the only one"), "{saved}");
    assert_eq!(tiers.daemon.endpoint("b").await.priority, 4);

    // The file is what counts from here on.
    std::fs::write(&file, before).unwrap();
    tiers.daemon.ctl_ok(&["reload"]).await;
    assert_eq!(tiers.served().await, "a");
}

#[tokio::test]
async fn what_is_preferred_at_the_start_comes_first_for_that_run() {
    let fakes = fakes(3).await;
    let mut home = Home::new(&config(&fakes, "", ""));
    home.args = vec!["-p".to_owned(), "b".to_owned()];
    let tiers = Tiers { daemon: home.start().await, fakes };
    assert_eq!(tiers.served().await, "b");
    tiers.answers(1, 529);
    assert_eq!(tiers.served().await, "a", "and others serve while it does not");
    let Tiers { fakes, daemon } = tiers;
    let mut home = daemon.stop().await;
    home.args.clear();
    let tiers = Tiers { daemon: home.start().await, fakes };
    assert_eq!(tiers.served().await, "a");
    let Tiers { fakes: _fakes, daemon } = tiers;
    let mut home = daemon.stop().await;
    home.args = vec!["-p".to_owned(), "spar".to_owned()];
    let output = home.output(home.zephyrd(&[])).await;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("is named `spar`; did you mean `spare`?"), "{said}");
}

#[tokio::test]
async fn a_watcher_is_told_of_groups() {
    use v1::status_service_client::StatusServiceClient;
    use v1::watch_response::What;
    let tiers = Tiers::new().await;
    let mut client = StatusServiceClient::new(tiers.daemon.channel());
    let mut watch = client.watch(v1::WatchRequest {}).await.unwrap().into_inner();
    tiers.daemon.ctl_ok(&["group", "activate", "spare"]).await;
    zephyr_tests::within("the groups to be told", async {
        loop {
            let told = watch.message().await.unwrap().unwrap();
            if let Some(What::Groups(list)) = told.what {
                let states: Vec<String> = list.groups.into_iter().map(|g| g.state).collect();
                return assert_eq!(states, words("standby active standby"));
            }
        }
    })
    .await;
    let json = tiers.daemon.ctl_json(&["group", "list"]).await;
    assert_eq!((json["schema"].as_u64(), json["groups"][1]["state"].as_str()), (Some(1), Some("active")));
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}
