#!/usr/bin/env python3
"""A seeded sample of the mutants of cargo-mutants, all in one build, each tried with every test that reaches it.

    python3 fuzz/mutants/sample.py --count 60 --seed 1 --into /tmp/mutants [--area taxonomy --area store --area llm]

A build takes a minute or more, and a test of a mutant only seconds. So the mutants of the sample are all written into one copy of
the sources, each behind a number (`PROVOST_MUTANT`), and the copy is built once. Those that do not compile are taken out by what
the compiler says of them. Then every test of `cargo test` runs once, in a process of its own, and the programs note which numbers
they come to (`PROVOST_REACHED`). A mutant is tried with the tests that reach it, those of its module and the quick ones first,
until one fails; what no test reaches has survived. In INTO/results.jsonl is a line for each, and a second call goes on from
there. Linux, cargo-mutants, a copy of the tree at INTO/tree.
"""
import argparse, collections, concurrent.futures, glob, json, math, os, random, re, shutil, signal, subprocess, sys, tempfile, time

CARGO = os.environ.get("CARGO", "cargo")
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
HOOK = '''
/// Whether this mutant is on; that it was reached is noted in a file, where one is named.
#[doc(hidden)]
pub fn mutant(number: u32) -> bool {
    use std::sync::atomic::{AtomicBool, Ordering};
    static ASKED: std::sync::OnceLock<(Option<u32>, Option<std::ffi::OsString>)> = std::sync::OnceLock::new();
    static REACHED: [AtomicBool; 4096] = [const { AtomicBool::new(false) }; 4096];
    let (on, file) = ASKED.get_or_init(|| {
        (std::env::var("PROVOST_MUTANT").ok().and_then(|text| text.parse().ok()), std::env::var_os("PROVOST_REACHED"))
    });
    if let Some(path) = file
        && !REACHED[number as usize].swap(true, Ordering::Relaxed)
        && let Ok(mut file) = std::fs::OpenOptions::new().append(true).create(true).open(path)
    {
        let _ = std::io::Write::write_all(&mut file, format!("{number}\\n").as_bytes());
    }
    *on == Some(number)
}
'''
OURS = 'std::env::vars_os().filter(|(name, _)| name == "PROVOST_MUTANT" || name == "PROVOST_REACHED")'


def sample(arguments):
    listed = subprocess.run(
        [CARGO, "mutants", "--list", "--json"] + [x for a in arguments.area for x in ("-f", f"src/{a}/**")],
        cwd=ROOT, check=True, capture_output=True, text=True).stdout
    chosen, of = [], {}
    for area in arguments.area:
        # Fields that are left out of a struct cannot be told at run time: 1 in 100 of all.
        own = sorted((m for m in json.loads(listed) if m["file"].startswith(f"src/{area}/")), key=lambda m: m["name"])
        of[area] = len(own)
        own = [m for m in own if m["genre"] != "StructField"]
        random.Random(f"{arguments.seed} {area}").shuffle(own)
        for mutant in own[:arguments.count]:
            chosen.append({"number": len(chosen) + 1, "area": area, **{k: mutant[k] for k in ("file", "genre", "replacement", "span", "name")}})
    # In turns, so that any beginning of it is a sample of all areas.
    random.Random(arguments.seed).shuffle(chosen)
    return {"of": of, "mutants": chosen}


def write(tree, mutants, tool):
    for folder in ("src", "tests"):
        shutil.rmtree(f"{tree}/{folder}", ignore_errors=True)
        shutil.copytree(f"{ROOT}/{folder}", f"{tree}/{folder}")
    left = subprocess.run([tool, tree], input=json.dumps(mutants), text=True, capture_output=True, check=True).stdout
    with open(f"{tree}/src/lib.rs", "a") as lib:
        lib.write(HOOK)
    # Programs that the tests start with nothing of the environment are to have the mutant all the same.
    for path in glob.glob(f"{tree}/tests/it/**/*.rs", recursive=True):
        text = open(path).read()
        changed = text.replace("    command.env_clear();\n", f"    command.env_clear();\n for (name, value) in {OURS} {{ command.env(name, value); }}\n")
        changed = re.sub(r"(?<!command)\.env_clear\(\)", f".env_clear().envs({OURS})", changed)
        if changed != text:
            open(path, "w").write(changed)
    return {int(line) for line in left.split()}


def regions(tree, files):
    """file -> [(number, first line, last line)]"""
    found = {}
    for file in files:
        open_at, here = {}, []
        for at, line in enumerate(open(f"{tree}/{file}"), 1):
            for number in re.findall(r"crate::mutant\((\d+)\)", line):
                open_at[int(number)] = at
            for number in re.findall(r"/\*(\d+)\*/", line):
                if int(number) in open_at:
                    here.append((int(number), open_at[int(number)], at))
        found[file] = here
    return found


def build(tree, mutants, environment, what):
    """The test programs by name, or the numbers of those that do not compile."""
    run = subprocess.run([CARGO, "test", "--locked", *what, "--no-run", "--message-format=json"], cwd=tree, env=environment,
                         stdout=subprocess.PIPE, stderr=open(f"{tree}/build.log", "w"), text=True)
    programs, bad, lost = {}, {}, []
    where = regions(tree, {m["file"] for m in mutants})
    for line in run.stdout.splitlines():
        said = json.loads(line)
        if said.get("reason") == "compiler-artifact" and said.get("executable") and said["profile"]["test"]:
            # The library and the program have the same name.
            programs[said["target"]["kind"][0], said["target"]["name"]] = said["executable"]
        if said.get("reason") != "compiler-message" or said["message"]["level"] != "error":
            continue
        message, hit = said["message"], set()
        for span in message["spans"]:
            hit |= {n for n, first, last in where.get(span["file_name"], []) if first <= span["line_start"] and span["line_end"] <= last}
        for number in hit:
            bad.setdefault(number, message["message"])
        if not hit and message["spans"]:
            # A match that no longer covers all, a type that two returns do not share: said elsewhere in the function.
            lost.append(message["rendered"])
            near = sorted((min(abs(first - span["line_start"]), abs(last - span["line_end"])), n)
                          for span in message["spans"] for n, first, last in where.get(span["file_name"], []))
            if near and near[0][0] < 120:
                bad.setdefault(near[0][1], f"elsewhere: {message['message']}")
    if run.returncode == 0:
        return programs, {}
    if not bad:
        sys.exit("does not compile, and no mutant is at fault:\n" + "\n".join(lost[:5]))
    return None, bad


def built(known, arguments, environment, note):
    """The programs with those mutants in them that compile and can be told at run time."""
    tree = f"{arguments.into}/tree"
    if not os.path.exists(tree):
        shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns("target", ".git"))
    while True:
        for number in write(tree, known, arguments.tool):
            note(next(m for m in known if m["number"] == number), "untold", "not to be told at run time, or around another")
            known = [m for m in known if m["number"] != number]
        # The library alone says most of it in less time.
        programs, bad = build(tree, known, environment, ["--lib"])
        if not bad:
            programs, bad = build(tree, known, environment, ["--lib", "--tests"])
        if not bad:
            return programs, known
        print(f"{len(bad)} do not compile", file=sys.stderr)
        for mutant in [m for m in known if m["number"] in bad]:
            why = bad[mutant["number"]]
            untold = "non-const" in why or why.startswith("elsewhere") and mutant["genre"] != "MatchArm"
            note(mutant, "untold" if untold else "unviable", why)
        known = [m for m in known if m["number"] not in bad]


class Tests:
    """Runs tests by name, so many at a time."""

    def __init__(self, tree, environment, pause):
        self.tree, self.environment, self.pause = tree, environment, pause

    def run(self, program, names, seconds, **more):
        """passed, failed (with the test) or timeout, of tests that take so long without a mutant"""
        while self.pause and os.path.exists(self.pause):
            time.sleep(2)
        # Processor time is what counts, of each process; a busy machine takes many times as long.
        limits = ["prlimit", f"--cpu={int(30 + 5 * seconds)}", f"--as={8 << 30}"]
        with tempfile.TemporaryFile("a+", errors="replace") as output:
            child = subprocess.Popen([*limits, program, "--exact", *names, "--test-threads=1"], cwd=self.tree, stdout=output,
                                     stderr=subprocess.STDOUT, start_new_session=True, env={**self.environment, **more})
            code, until, failed = None, time.time() + 90 + 12 * seconds, None
            while code is None and not failed and time.time() < until:
                try:
                    code = child.wait(0.3)
                except subprocess.TimeoutExpired:
                    pass
                output.seek(0)
                failed = re.search(r"^test (\S+)(?: - should panic)? \.\.\. .*FAILED$", output.read(), re.M)
        # What a test started and did not wait for.
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        child.wait()
        if failed:
            return "failed", failed[1]
        if code == 0:
            return "passed", ""
        return ("timeout", "") if code in (None, -signal.SIGXCPU, -signal.SIGKILL) else ("failed", f"ended with {code}")


def reach(tests, programs, arguments):
    """Every test by itself, without a mutant: what it comes to and how long it takes."""
    names = []
    for program in programs.values():
        listed = lambda *more: re.findall(r"^(\S+): test$", subprocess.run(
            [program, "--list", *more], cwd=tests.tree, env=tests.environment, capture_output=True, text=True).stdout, re.M)
        ignored = set(listed("--ignored"))
        names += [(program, name) for name in listed() if name not in ignored]
    names = [(p, n) for p, n in names if not arguments.tests or any(part in n for part in arguments.tests)]
    folder = f"{arguments.into}/reached"
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)

    def one(at):
        (program, name), file = names[at], f"{folder}/{at}"
        began = time.time()
        outcome = tests.run(program, [name], 120, PROVOST_REACHED=file)[0]
        seconds = time.time() - began
        if outcome != "passed":
            # Perhaps it failed because of the notes.
            began = time.time()
            outcome = tests.run(program, [name], 120)[0]
            seconds = time.time() - began
        numbers = sorted({int(line) for line in open(file)}) if os.path.exists(file) else []
        return {"program": program, "name": name, "seconds": seconds, "passed": outcome == "passed", "reached": numbers}

    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        found = list(pool.map(one, range(len(names))))
    for test in found:
        if not test["passed"] or test["seconds"] > arguments.slow:
            print(f"left out: {test['name']}, {'passed' if test['passed'] else 'failed without a mutant'}, {test['seconds']:.0f} s", file=sys.stderr)
    print(f"{len(found)} tests in {sum(test['seconds'] for test in found):.0f} s", file=sys.stderr)
    return found


def batches(mutant, found, slow):
    """The tests that reach a mutant: those of its module and quick ones first, in batches that grow."""
    module = mutant["file"].removeprefix("src/").removesuffix(".rs").removesuffix("/mod").replace("/", "::")
    own = [t for t in found if mutant["number"] in t["reached"] and t["passed"] and t["seconds"] <= slow]
    own.sort(key=lambda t: (not t["name"].startswith(module), t["seconds"]))
    limit, batch, spent = 1.0, [], 0.0
    for test in own + [None]:
        if batch and (test is None or spent + test["seconds"] > limit or test["program"] != batch[0]["program"]):
            yield batch
            batch, spent, limit = [], 0.0, min(limit * 1.5, 60)
        if test:
            batch.append(test)
            spent += test["seconds"]


def tried(mutant, found, tests, slow, enough):
    """survived, caught or unreached, and by what"""
    on, count, spent = {"PROVOST_MUTANT": str(mutant["number"])}, 0, 0.0
    for batch in batches(mutant, found, slow):
        program, left = batch[0]["program"], {t["name"]: t["seconds"] for t in batch}
        if spent > enough:
            return "survived", f"the first {count} tests"
        count, spent = count + len(left), spent + sum(left.values())
        while left:
            outcome, why = tests.run(program, list(left), sum(left.values()), **on)
            if outcome == "passed":
                break
            # A catch fails by itself too, and passes without the mutant: on a busy machine a test fails now and then.
            alone = [why] if why in left else list(left)
            seconds = sum(left[name] for name in alone)
            if tests.run(program, alone, seconds, **on)[0] != "passed" and tests.run(program, alone, seconds)[0] == "passed":
                return "caught", why if why in left else f"{outcome} {why} among {alone[0]}"
            for name in alone:
                del left[name]
    return ("survived", f"all {count} tests") if count else ("unreached", "")


def summary(of, done):
    """Caught of those that compile and can be told, by area; together also weighted by how many mutants an area has."""
    total, weighted, variance = sum(of.values()), 0.0, 0.0
    both = [0, 0]
    for area, all_of_it in of.items():
        own = collections.Counter(r["outcome"] for r in done.values() if r["area"] == area)
        caught, count = own["caught"], own["caught"] + own["survived"] + own["unreached"]
        print(f"{area:10} {caught} of {count} caught, {own['unreached']} not reached; {own['unviable']} do not compile, {own['untold']} cannot be told; {all_of_it} in all")
        both = [both[0] + caught, both[1] + count]
        if count:
            share = caught / count
            weighted += share * all_of_it / total
            # With a success and a failure more of each, so that no area seems certain.
            careful = (caught + 1) / (count + 2)
            variance += (all_of_it / total) ** 2 * careful * (1 - careful) / count
    caught, count = both
    if count:
        p, z = caught / count, 1.96
        middle, half = (p + z * z / 2 / count) / (1 + z * z / count), z * math.sqrt(p * (1 - p) / count + z * z / 4 / count ** 2) / (1 + z * z / count)
        print(f"together   {caught} of {count}, {p:.1%} (95 %: {middle - half:.1%} to {middle + half:.1%}); "
              f"weighted {weighted:.1%} (± {1.96 * math.sqrt(variance):.1%})")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=60, help="mutants an area")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--area", action="append")
    parser.add_argument("--into", required=True)
    parser.add_argument("--tool", help="the built program of fuzz/mutants")
    parser.add_argument("--jobs", type=int, default=2, help="tests at a time")
    parser.add_argument("--slow", type=float, default=1e9, help="seconds from which on a test is left out")
    parser.add_argument("--enough", type=float, default=1e9, help="seconds of tests after which a mutant counts as survived")
    parser.add_argument("--tests", nargs="*", help="only tests with one of these in their names")
    parser.add_argument("--pause", help="while this file is there no test is started")
    parser.add_argument("--again", action="store_true", help="those that survived, once more, after tests were written")
    arguments = parser.parse_args()
    arguments.area = arguments.area or ["taxonomy", "store", "llm"]
    into = arguments.into
    os.makedirs(into, exist_ok=True)
    if not arguments.tool:
        subprocess.run([CARGO, "build", "--target-dir", f"{into}/tool"], cwd=HERE, check=True)
        arguments.tool = f"{into}/tool/debug/provost-mutants"
    # What an example that failed leaves behind is not for the next mutant.
    environment = {**os.environ, "CARGO_TARGET_DIR": f"{into}/target", "INSTA_UPDATE": "no", "INSTA_WORKSPACE_ROOT": f"{into}/tree",
                   "PROPTEST_DISABLE_FAILURE_PERSISTENCE": "1"}
    results, chosen, ready = f"{into}/results.jsonl", f"{into}/sample.json", f"{into}/ready.json"
    if not os.path.exists(chosen):
        json.dump(sample(arguments), open(chosen, "w"))
    drawn = json.load(open(chosen))
    done = {r["number"]: r for r in map(json.loads, open(results))} if os.path.exists(results) else {}

    def note(mutant, outcome, why):
        done[mutant["number"]] = {**{k: mutant[k] for k in ("number", "name", "area", "genre")}, "outcome": outcome, "why": why}
        with open(results, "a") as file:
            file.write(json.dumps(done[mutant["number"]]) + "\n")

    left = {"survived", "unreached"} if arguments.again else {None}
    known = [m for m in drawn["mutants"] if done.get(m["number"], {}).get("outcome") in left]
    tests = Tests(f"{into}/tree", environment, arguments.pause)
    if arguments.again or not os.path.exists(ready):
        programs, known = built(known, arguments, environment, note)
        found = reach(tests, programs, arguments)
        json.dump(found, open(ready, "w"))
    found = json.load(open(ready))
    # What the first few seconds of tests catch is nearly all, and is known soon.
    for enough in (8, arguments.enough):
        with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
            trying = {pool.submit(tried, mutant, found, tests, arguments.slow, enough): mutant for mutant in known}
            for ended in concurrent.futures.as_completed(trying):
                mutant, (outcome, why) = trying[ended], ended.result()
                if outcome == "caught" or enough == arguments.enough or not why.startswith("the first"):
                    note(mutant, outcome, why)
                    known.remove(mutant)
    summary(drawn["of"], done)


if __name__ == "__main__":
    main()
