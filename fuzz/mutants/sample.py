#!/usr/bin/env python3
"""A seeded sample of the mutants of cargo-mutants, all in one build, each tried with the tests that are near it first.

    python3 fuzz/mutants/sample.py --count 100 --seed 1 --into /tmp/mutants [--area taxonomy --area store --area llm]

A build takes a minute or more, and a test of a mutant only seconds. So the mutants of the sample are all written into one copy of
the sources, each behind a number (`PROVOST_MUTANT`), and the copy is built once. Those that do not compile are taken out by what
the compiler says of them. Tests of the mutant's module run first, then all of its area, until the first one fails. In
INTO/results.jsonl is a line for each, and a second call goes on from there. Linux, cargo-mutants, a copy of the tree at INTO/tree.
"""
import argparse, collections, glob, json, os, random, re, resource, shutil, signal, subprocess, sys, time

CARGO = os.environ.get("CARGO", "cargo")
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
HOOK = '''
/// The mutant that is on.
#[doc(hidden)]
pub fn mutant(number: u32) -> bool {
    static ON: std::sync::OnceLock<Option<u32>> = std::sync::OnceLock::new();
    *ON.get_or_init(|| std::env::var("PROVOST_MUTANT").ok().and_then(|text| text.parse().ok())) == Some(number)
}
'''


def sample(arguments):
    listed = subprocess.run(
        [CARGO, "mutants", "--list", "--json"] + [x for a in arguments.area for x in ("-f", f"src/{a}/**")],
        cwd=ROOT, check=True, capture_output=True, text=True).stdout
    chosen, number = [], 0
    everything = collections.Counter()
    for area in arguments.area:
        # Fields that are left out of a struct cannot be told at run time: 1 in 100 of all.
        own = sorted((m for m in json.loads(listed) if m["file"].startswith(f"src/{area}/")), key=lambda m: m["name"])
        everything[area] = len(own)
        own = [m for m in own if m["genre"] != "StructField"]
        random.Random(f"{arguments.seed} {area}").shuffle(own)
        for mutant in own[:arguments.count]:
            number += 1
            chosen.append({"number": number, "area": area, **{k: mutant[k] for k in ("file", "genre", "replacement", "span", "name")}})
    # In turns, so that any beginning of it is a sample of all areas.
    random.Random(arguments.seed).shuffle(chosen)
    print("mutants in all:", dict(everything), file=sys.stderr)
    return chosen


def write(tree, mutants, tool):
    for folder in ("src", "tests"):
        shutil.rmtree(f"{tree}/{folder}", ignore_errors=True)
        shutil.copytree(f"{ROOT}/{folder}", f"{tree}/{folder}")
    left = subprocess.run([tool, tree], input=json.dumps(mutants), text=True, capture_output=True, check=True).stdout
    with open(f"{tree}/src/lib.rs", "a") as lib:
        lib.write(HOOK)
    # Programs that the tests start with nothing of the environment are to have the mutant all the same.
    for path in glob.glob(f"{tree}/tests/it/cli/*.rs"):
        text = open(path).read()
        with open(path, "w") as file:
            file.write(text.replace(".env_clear()", ".env_clear().envs(std::env::vars_os().filter(|(name, _)| name == \"PROVOST_MUTANT\"))"))
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
        if said.get("reason") == "compiler-artifact" and said.get("executable"):
            programs[said["target"]["kind"][0]] = said["executable"]
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


def attempt(program, chosen, environment, tree, patience):
    """passed, failed (with the test), timeout"""
    def limits():
        resource.setrlimit(resource.RLIMIT_CPU, (patience, patience))
        resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
    child = subprocess.Popen([program, *chosen, "--test-threads=2"], cwd=tree, env=environment, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, preexec_fn=limits, start_new_session=True, errors="replace")
    signal.signal(signal.SIGALRM, lambda *_: os.killpg(child.pid, signal.SIGKILL))
    # Processor time is what counts; a busy machine takes many times as long.
    signal.alarm(patience * 12 + 60)
    try:
        for line in child.stdout:
            if line.startswith("test ") and line.rstrip().endswith("FAILED"):
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
                return "failed", line.split()[1]
        code = child.wait()
    finally:
        signal.alarm(0)
    if code == 0:
        return "passed", ""
    return ("timeout", "") if code in (-signal.SIGXCPU, -signal.SIGKILL) else ("failed", f"ended with {code}")


def left_out(program, filters, environment, tree, slow):
    """The tests that do not pass without a mutant or take more seconds than that."""
    run = subprocess.run([program, *filters, "--test-threads=2", "-Zunstable-options", "--report-time"], cwd=tree,
                         env={**environment, "RUSTC_BOOTSTRAP": "1"}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    left, count, spent = [], 0, 0.0
    for name, outcome, seconds in re.findall(r"^test (\S+)(?: - should panic)? \.\.\. (ok|FAILED) <([0-9.]+)s>$", run.stdout, re.M):
        count, spent = count + 1, spent + float(seconds)
        if outcome == "FAILED" or float(seconds) > slow:
            left.append(name)
            spent -= float(seconds)
            print(f"left out: {name} {outcome} {seconds} s", file=sys.stderr)
    print(f"{count} tests, {len(left)} left out, the rest takes {spent:.0f} s", file=sys.stderr)
    return left


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100, help="mutants an area")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--area", action="append")
    parser.add_argument("--into", required=True)
    parser.add_argument("--tool", help="the built program of fuzz/mutants")
    parser.add_argument("--slow", type=float, default=3, help="seconds from which on a test of the last two stages is left out")
    parser.add_argument("--near", action="store_true", help="with the tests of the area alone")
    parser.add_argument("--integration", nargs="*", default=["store::", "asking::", "session::", "cli::"], help="filters of the integration tests")
    parser.add_argument("--as-built", action="store_true", help="with the programs of the last call, which were not tried to the end")
    parser.add_argument("--again", action="store_true", help="those that survived, once more, after tests were written")
    arguments = parser.parse_args()
    arguments.area = arguments.area or ["taxonomy", "store", "llm"]
    into, tree = arguments.into, f"{arguments.into}/tree"
    os.makedirs(into, exist_ok=True)
    if not arguments.tool:
        subprocess.run([CARGO, "build", "--target-dir", f"{into}/tool"], cwd=HERE, check=True)
        arguments.tool = f"{into}/tool/debug/provost-mutants"
    environment = {**os.environ, "CARGO_TARGET_DIR": f"{into}/target", "INSTA_UPDATE": "no"}
    results, chosen = f"{into}/results.jsonl", f"{into}/sample.json"
    if not os.path.exists(chosen):
        json.dump(sample(arguments), open(chosen, "w"))
    mutants = json.load(open(chosen))
    done = {}
    if os.path.exists(results):
        done = {r["number"]: r for r in map(json.loads, open(results))}
    if not os.path.exists(tree):
        shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns("target", ".git"))

    def note(mutant, outcome, why):
        done[mutant["number"]] = {"number": mutant["number"], "name": mutant["name"], "area": mutant["area"], "genre": mutant["genre"], "outcome": outcome, "why": why}
        with open(results, "a") as file:
            file.write(json.dumps(done[mutant["number"]]) + "\n")

    if arguments.again:
        wanted = [m for m in mutants if done.get(m["number"], {}).get("outcome") == "survived"]
    else:
        wanted = [m for m in mutants if m["number"] not in done]
    known = list(wanted)
    while True:
        for number in [] if arguments.as_built else write(tree, known, arguments.tool):
            note(next(m for m in known if m["number"] == number), "untold", "not to be told at run time, or inside of another")
            known = [m for m in known if m["number"] != number]
        programs, bad = build(tree, known, environment, ["--lib"])
        if not bad:
            programs, bad = build(tree, known, environment, ["--lib", "--test", "it"])
        if not bad:
            break
        print(f"{len(bad)} do not compile", file=sys.stderr)
        for mutant in [m for m in known if m["number"] in bad]:
            elsewhere = bad[mutant["number"]].startswith("elsewhere") and mutant["genre"] != "MatchArm"
            note(mutant, "untold" if elsewhere else "unviable", bad[mutant["number"]])
        known = [m for m in known if m["number"] not in bad]
    library, whole = programs["lib"], programs["test"]
    for area in arguments.area:
        began = time.time()
        outcome = attempt(library, [f"{area}::"], environment, tree, 600)
        print(area, "as it is:", outcome, f"{time.time() - began:.0f} s", file=sys.stderr)
        if outcome[0] != "passed":
            sys.exit("the tests do not pass without a mutant")

    def tried(mutant, stages):
        on = {**environment, "PROVOST_MUTANT": str(mutant["number"])}
        outcome, why = "passed", ""
        for stage, program, chosen in stages:
            # All tests of the library take more than those of an area, also where none fails.
            patience = 50 if stage == "area" else 400
            outcome, why = attempt(program, chosen, on, tree, patience)
            for _ in range(3):
                # Only what fails by itself too: on a busy machine a test fails now and then.
                if outcome != "failed" or why.startswith("ended") or attempt(program, ["--exact", why], on, tree, patience)[0] != "passed":
                    break
                outcome, why = attempt(program, chosen, on, tree, patience)
            else:
                outcome, why = "passed", ""
            if outcome != "passed":
                why = f"{stage}: {why or outcome}"
                break
        note(mutant, {"passed": "survived", "failed": "caught", "timeout": "caught"}[outcome], why)
        return outcome == "passed"

    def near(mutant):
        module = mutant["file"].removeprefix("src/").removesuffix(".rs").removesuffix("/mod").replace("/", "::")
        return [("area", library, [f"{module}::"]), ("area", library, [f"{mutant['area']}::"])]

    left = [mutant for mutant in known if tried(mutant, near(mutant))]
    if left and not arguments.near:
        # What takes the tests of an area seconds takes these minutes; so they are tried with what the near ones left over.
        lists = f"{into}/left-out.json"
        if not os.path.exists(lists):
            found = [left_out(program, filters, environment, tree, arguments.slow) for program, filters in ((library, []), (whole, arguments.integration))]
            json.dump(found, open(lists, "w"))
        of_library, of_whole = json.load(open(lists))
        skip = lambda names: [x for name in names for x in ("--skip", name)]
        for mutant in left:
            tried(mutant, [("library", library, ["--exact", *skip(of_library)]), ("integration", whole, [*arguments.integration, *skip(of_whole)])])
    by = lambda r: r["outcome"] + (f" by {r['why'].split(':')[0]}" if r["outcome"] == "caught" else "")
    count = collections.Counter((r["area"], by(r)) for r in done.values())
    for (area, outcome), number in sorted(count.items()):
        print(f"{area:10} {outcome:22} {number}")


main()
