#[test]
fn serve() {
    let Ok(path) = std::env::var("SERVE_AT") else { return };
    let fake = crate::fake::Fake::start(crate::script::Script::usual());
    let _ = std::fs::remove_file(&path);
    std::os::unix::fs::symlink(fake.socket(), &path).unwrap();
    loop { std::thread::park(); }
}
