//! Six keys that are worth stealing, used in every way there is; then everything that was said, written, sent or started is searched for them.

use std::fs;
use std::path::Path;
use std::process::Output;

use super::server::{Server, says};
use crate::cli::Place;

const KEYS: [&str; 6] = [
    "sk-canary-environment-5f3a",
    "sk-canary-openai-88b1",
    "sk-canary-file-c02d",
    "sk-canary-azure-7e91",
    "sk-canary-unbound-41aa",
    "sk-canary-remote-d6f0",
];

/// Where a key would be found, if anywhere.
fn hits(bytes: &[u8]) -> Vec<&'static str> {
    let text = String::from_utf8_lossy(bytes);
    KEYS.into_iter().filter(|key| text.contains(key) || text.contains(&key[10..])).collect()
}

fn search(folder: &Path, but: &[&Path], found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if but.contains(&path.as_path()) {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            search(&path, but, found);
        } else if !hits(&fs::read(&path).unwrap_or_default()).is_empty() {
            found.push(path.display().to_string());
        }
    }
}

struct Scene {
    place: Place,
    said: Vec<(String, Output)>,
}

impl Scene {
    fn run(&mut self, arguments: &str, environment: &[(&str, &str)]) {
        let words: Vec<&str> = ["--config", "config.yaml", "-C", "t"].into_iter().chain(arguments.split(' ')).collect();
        let mut command = self.place.command(&words);
        command
            .env("CANARY_ENV", KEYS[0])
            .env("CANARY_AZURE", KEYS[3])
            .env("CANARY_REMOTE", KEYS[5])
            .envs(environment.iter().copied());
        self.said.push((arguments.to_owned(), command.output().unwrap()));
    }
}

#[test]
fn six_keys_go_to_their_servers_and_nowhere_else() {
    // One server echoes whatever it is sent, with its headers, as an error and as an answer; one sends everybody on to the thief.
    let thief = Server::start(|_, _| says("thank you"));
    let elsewhere = thief.url();
    let echo = Server::start(move |number, asked| {
        let all = format!("{}\n{}", asked.head, asked.body);
        match number % 5 {
            0 => ("401 Unauthorized", String::new(), serde_json::json!({"error": {"message": all}}).to_string()),
            1 => ("307 Temporary Redirect", format!("location: {elsewhere}/chat/completions\r\n"), String::new()),
            2 => ("500 Internal Server Error", "retry-after: 0\r\n".into(), all),
            3 => says(&format!("{{\"name\": \"Echo {number}\", \"scope\": {}}}", serde_json::json!(asked.head))),
            _ => says(&format!("Compute the image of a lens of {number} dioptres, given {}", asked.head)),
        }
    });
    let mut scene = Scene { place: Place::with_sample(), said: vec![] };
    let key_file = scene.place.write("home/key", format!("{}\n", KEYS[2]));
    std::process::Command::new("chmod").arg("600").arg(&key_file).status().unwrap();
    let editor = scene.place.write("editor.sh", "#!/bin/sh\nenv > \"$SAW\"\ncat /proc/$PPID/cmdline >> \"$SAW\"\n");
    std::process::Command::new("chmod").arg("+x").arg(&editor).status().unwrap();
    let profiles = format!(
        "default_profile: env\neditor: {}\nprofiles:\n  env: {{base_url: {url}, key_env: CANARY_ENV, model: m}}\n  file: {{base_url: {url}, key_file: {}, model: m}}\n  \
         azure: {{base_url: {url}, key_env: CANARY_AZURE, key_header: api-key, model: m}}\n  plain: {{base_url: http://api.example.org/v1, key_env: CANARY_REMOTE, model: m}}\n",
        editor.display(),
        key_file.display(),
        url = echo.url(),
    );
    scene.place.write("config.yaml", profiles);
    let proxy = Server::start(|_, _| says("proxied"));
    let through = format!("http://127.0.0.1:{}", proxy.url().rsplit(':').next().unwrap().trim_end_matches("/v1"));
    let proxies =
        [("http_proxy", through.as_str()), ("HTTP_PROXY", &through), ("ALL_PROXY", &through), ("all_proxy", &through)];
    let asks = [
        "propose / --runs 5 --json",
        "propose physics --what syllabus",
        "generate --count 12",
        "generate --count 12 --progress json",
        "doctor --online",
        "similar optics --embed",
    ];
    let url = echo.url();
    let openai = [("OPENAI_BASE_URL", url.as_str()), ("OPENAI_API_KEY", KEYS[1])];
    let around: Vec<(&str, &str)> = proxies.into_iter().chain(openai).collect();
    for profile in ["env", "file", "openai", "azure"] {
        let manifest = scene.place.read("t/provost.yaml");
        let steps = ["propose", "syllabus", "question", "answer"]
            .map(|step| format!("  {step}:\n    profile: {profile}\n"))
            .concat();
        let without = manifest.split("\nsteps:").next().unwrap().trim_end().to_owned();
        scene.place.write("t/provost.yaml", format!("{without}\n\nsteps:\n{steps}"));
        for ask in asks {
            scene.run(&format!("-vv {ask}"), &around);
        }
    }
    // A key is bound: another address on the command line does not get it.
    let other = thief.url();
    scene.run(&format!("propose / --base-url {other} --model m"), &openai);
    // Nobody asked for this one at all.
    scene.run(&format!("propose / --base-url {other} --model m"), &[("SOME_API_KEY", KEYS[4])]);
    for command in [
        "config show",
        "config print",
        "config path",
        "doctor",
        "runs",
        "items --json",
        "check --json",
        "log --json",
        "proposals --json",
        "report -o report.html",
        "export -o out.jsonl",
        "verify",
        "edit physics",
    ] {
        scene.run(command, &openai);
    }
    // Over plain http to a public host it is refused before anything is looked up.
    let manifest = scene.place.read("t/provost.yaml").replace("profile: azure", "profile: plain");
    scene.place.write("t/provost.yaml", manifest);
    scene.run("propose / --runs 1", &[]);
    let (_, refused) = scene.said.last().unwrap();
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && told.contains("unencrypted"), "{told}");

    // The editor is somebody else's program: it gets neither the keys nor the variables.
    let saw = scene.place.path("editor-saw");
    let (config, dir) = (scene.place.path("config.yaml"), scene.place.path("t"));
    let arguments =
        ["--config", config.to_str().unwrap(), "-C", dir.to_str().unwrap(), "edit", "natural-sciences/physics"];
    let held = [
        ("CANARY_ENV", KEYS[0]),
        ("CANARY_AZURE", KEYS[3]),
        ("CANARY_REMOTE", KEYS[5]),
        ("OPENAI_API_KEY", KEYS[1]),
        ("SAW", saw.to_str().unwrap()),
    ];
    let mut pty = crate::pty::Pty::start(&arguments, &held, (100, 30));
    pty.ends();
    assert_eq!(hits(&pty.raw.lock().unwrap()), Vec::<&str>::new());
    assert!(fs::read_to_string(&saw).is_ok_and(|text| text.contains("SAW=")), "{}", pty.contents());

    // The keys were used: else the search proves nothing.
    let sent: String = echo.asked().iter().map(|asked| asked.head.clone()).collect();
    for key in &KEYS[..4] {
        assert!(sent.contains(key), "{key} was never sent");
    }
    for (what, output) in &scene.said {
        assert_eq!(
            (hits(&output.stdout), hits(&output.stderr)),
            (vec![], vec![]),
            "{what}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let mut found = Vec::new();
    search(&scene.place.path(""), &[&key_file], &mut found);
    assert_eq!(found, Vec::<String>::new(), "written");
    for (who, server) in [("the target of a redirect, or another host", &thief), ("the proxy", &proxy)] {
        for asked in server.asked() {
            assert_eq!(
                hits(format!("{}{}", asked.head, asked.body).as_bytes()),
                Vec::<&str>::new(),
                "{who}: {}",
                asked.head
            );
        }
    }
    assert!(proxy.asked().is_empty(), "what goes to this machine goes through no proxy");
}

#[test]
fn a_directory_cannot_say_where_a_key_goes_nor_hold_one() {
    let place = Place::with_taxonomy();
    let manifest = place.read("t/provost.yaml");
    for extra in [
        "base_url: http://evil.example/v1",
        "profiles: {x: {base_url: http://evil.example}}",
        "key: sk-canary",
        "api_key: sk-canary",
        "key_env: CANARY_ENV",
        "key_file: /etc/passwd",
        "editor: rm",
        "steps: {propose: {base_url: http://evil.example/v1}}",
        "steps: {propose: {key_env: CANARY_ENV}}",
        "proxy: http://evil.example",
    ] {
        place.write("t/provost.yaml", format!("{manifest}\n{extra}\n"));
        let said = place.on(&["tree"]).ends(2);
        assert!(said.err.contains("provost.yaml:"), "{extra}: {}", said.err);
    }
    place.write("t/provost.yaml", &manifest);
    // A key file that others may read is not read.
    let open = place.write("home/open", "sk-canary-open-9999\n");
    std::process::Command::new("chmod").arg("644").arg(&open).status().unwrap();
    place.write(
        "config.yaml",
        "default_profile: x\nprofiles:\n  x: {base_url: http://127.0.0.1:9/v1, key_file: home/open, model: m}\n",
    );
    let said = place.run(&["--config", "config.yaml", "-C", "t", "propose", "/"]).ends(42);
    assert!(said.err.contains("chmod 600") && !said.err.contains("canary-open"), "{}", said.err);
    // Nor is a key that somebody wrote in the place of a variable's name repeated.
    place.write("config.yaml", "profiles:\n  x: {base_url: http://127.0.0.1:9/v1, key_env: sk-canary-typed-7777}\n");
    let said = place.run(&["--config", "config.yaml", "-C", "t", "propose", "/"]).ends(42);
    assert!(!said.err.contains("canary"), "{}", said.err);
}
