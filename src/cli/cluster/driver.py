# What `provost cluster ray` submits: every shard is a Ray task, started again where that can help.
import json, os, subprocess, sys, time
import ray

command, shards = json.loads(os.environ["PROVOST_COMMAND"]), int(os.environ["PROVOST_SHARDS"])
NEVER = (0, 1, 2, 42)  # done, failed items, bad input, configuration: another start changes nothing


@ray.remote(num_cpus=float(os.environ["PROVOST_CPUS"]), max_retries=int(os.environ["PROVOST_RETRIES"]), retry_exceptions=True)
def shard(k):
    code = subprocess.run(command + ["--shard", f"{k}/{shards}"]).returncode
    print(f"shard {k}/{shards}: exit {code}", flush=True)
    if code not in NEVER:  # interrupted, rate limit or quota, server away, killed
        time.sleep(60 if code == 11 else 2)
        raise RuntimeError(f"shard {k}/{shards}: exit {code}")
    return code


ray.init()
codes = []
for task in [shard.remote(k) for k in range(shards)]:
    try:
        codes.append(ray.get(task))
    except Exception as error:
        print(error, flush=True)
        codes.append(11 if "exit 11" in str(error) else 10)
sys.exit(next((code for code in (42, 2, 11, 10, 1) if code in codes), 0))
