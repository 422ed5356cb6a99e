//! `provost cluster`: the same command in shards, started by whatever schedules a cluster.
//!
//! There is no scheduler of our own. A shard is `generate --shard K/N`; its exit code says whether to start it again: 10 and 11 yes,
//! 42 never. These commands write that down for Kubernetes and Slurm, and submit it to Ray.

use clap::{Args, Parser as _, Subcommand};

use super::console::Console;
use super::{Cli, Command};
use crate::error::AppError;
use crate::homework::shard::MOST_SHARDS;

mod ray;

/// Run the shards of a plan on a Ray, Kubernetes or Slurm cluster
#[derive(Debug, Args)]
#[command(after_help = "\
Each shard is `provost generate --shard K/N` with the arguments after --. The machines share nothing but the commit \
of the taxonomy directory: either each has its own clone and you copy the runs folders together afterwards, or all \
work on one shared file system. A shard that is killed, or that ends with 10 (interrupted) or 11 (rate limit or \
quota, or the server is away), is started again and resumes; one that ends with 1, 2 or 42 is not. Keys are never sent: they must be in the \
environment of the machines.

Examples:
  provost cluster slurm --shards 64 -- --per-subject 600 > provost.sbatch && sbatch provost.sbatch
  provost cluster kubernetes --shards 64 --image IMAGE -- --per-subject 600 | kubectl apply -f -
  provost cluster ray --address http://127.0.0.1:8265 --shards 8 -- --per-subject 600

Exit codes: 0 printed, or all shards are done, 1 some items failed, 2 bad input, 10 interrupted (run again), 11 rate limit \
or quota, or a server is away (later), 42 do not retry")]
pub struct Cluster {
    #[command(subcommand)]
    on: On,
}

#[derive(Debug, Subcommand)]
enum On {
    Ray(ray::Ray),
    Kubernetes(Kubernetes),
    Slurm(Slurm),
}

/// What all of them need to know.
#[derive(Debug, Clone, Args)]
struct Shards {
    /// Number of shards; it may differ from one start to the next
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_SHARDS)))]
    shards: u32,
    /// Path of the taxonomy directory on the machines [default: the same as here]
    #[arg(long, value_name = "DIR")]
    at: Option<String>,
    /// Path of provost on the machines
    #[arg(long, value_name = "PATH", default_value = "provost")]
    program: String,
    /// Arguments for `provost generate`
    #[arg(last = true, value_name = "ARGUMENT")]
    arguments: Vec<String>,
}

impl Shards {
    /// The command of a shard but for `--shard K/N`.
    fn command(&self, console: &Console<'_>) -> Result<Vec<String>, AppError> {
        let words = ["provost", "generate"].into_iter().chain(self.arguments.iter().map(String::as_str));
        let parsed = Cli::try_parse_from(words).map_err(|error| {
            let text = error.render().to_string();
            let first = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
            AppError::usage(format!("`provost generate` would refuse these arguments: {first}."))
                .hint("what stands after -- goes to every shard; `provost generate --help`")
        })?;
        if let Some(Command::Generate(generate)) = &parsed.command
            && generate.shard().is_some()
        {
            return Err(AppError::usage("--shard is given to each machine here; leave it out after --.")
                .hint("--shards N says how many there are"));
        }
        let dir = self.dir(console)?;
        let words = [self.program.as_str(), "-C", &dir, "generate", "--progress", "none"].map(str::to_owned);
        Ok(words.into_iter().chain(self.arguments.iter().cloned()).collect())
    }

    /// Where the taxonomy directory is on the machines of the cluster.
    fn dir(&self, console: &Console<'_>) -> Result<String, AppError> {
        if let Some(dir) = &self.at {
            return Ok(dir.clone());
        }
        let dir = console.dir()?;
        Ok(std::path::absolute(&dir).map_err(|error| AppError::io(&dir, &error))?.display().to_string())
    }

    /// The command for a shell, where an expression stands for K.
    fn line(&self, console: &Console<'_>, at: &str) -> Result<String, AppError> {
        let quoted = self.command(console)?.iter().map(|word| quote(word)).collect::<Result<Vec<_>, _>>()?;
        Ok(format!("{} --shard \"{at}/{}\"", quoted.join(" "), self.shards))
    }
}

fn quote(word: &str) -> Result<String, AppError> {
    let quoted = shlex::try_quote(word).map(std::borrow::Cow::into_owned);
    quoted.map_err(|_| AppError::usage("An argument has a zero byte, which no command line can hold."))
}

/// Print the manifest of a Kubernetes Indexed Job
#[derive(Debug, Args)]
#[command(after_help = "\
Needs Kubernetes 1.33, or `JobBackoffLimitPerIndex`. An evicted pod is restarted without counting as a retry. The \
claim is mounted at the path of the directory; without --claim the image must contain the directory, and the runs \
folder is lost with the pod. The secret's entries become environment variables.

Examples:
  provost cluster kubernetes --shards 64 --image registry/provost:1 --at /taxonomy --claim taxonomy -- --per-subject 600

Exit codes: 0 printed, 2 bad input")]
struct Kubernetes {
    #[command(flatten)]
    shards: Shards,
    /// Container image with provost
    #[arg(long, value_name = "IMAGE")]
    image: String,
    /// Maximum pods at once [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    parallel: Option<u32>,
    /// Persistent volume claim with the taxonomy directory
    #[arg(long, value_name = "NAME")]
    claim: Option<String>,
    /// Secret with the API keys
    #[arg(long, value_name = "NAME", default_value = "provost-keys")]
    secret: String,
    /// Name of the job
    #[arg(long, value_name = "NAME", default_value = "provost")]
    name: String,
}

/// A string as YAML: JSON is YAML.
fn scalar(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

impl Kubernetes {
    fn manifest(&self, console: &Console<'_>) -> Result<String, AppError> {
        let line = format!("exec {}", self.shards.line(console, "$JOB_COMPLETION_INDEX")?);
        let of = self.shards.shards;
        let dir = self.shards.dir(console)?;
        let mut text = format!(
            "\
# provost in {of} shards. Exit codes: 10, 11 and a kill start a shard again; 1, 2 and 42 do not.
apiVersion: batch/v1
kind: Job
metadata:
  name: {name}
spec:
  completionMode: Indexed
  completions: {of}
  parallelism: {parallel}
  backoffLimitPerIndex: 20
  maxFailedIndexes: {of}
  podFailurePolicy:
    rules:
      - action: FailIndex
        onExitCodes:
          containerName: provost
          operator: In
          values: [1, 2, 42]
      - action: Ignore
        onPodConditions:
          - type: DisruptionTarget
  template:
    spec:
      restartPolicy: Never
      terminationGracePeriodSeconds: 120
      containers:
        - name: provost
          image: {image}
          command: [\"/bin/sh\", \"-c\"]
          args: [{line}]
          envFrom:
            - secretRef:
                name: {secret}
                optional: true
          resources:
            requests:
              cpu: \"1\"
              memory: 512Mi
",
            name = scalar(&self.name),
            parallel = self.parallel.unwrap_or(of),
            image = scalar(&self.image),
            line = scalar(&line),
            secret = scalar(&self.secret),
        );
        if let Some(claim) = &self.claim {
            let (dir, claim) = (scalar(&dir), scalar(claim));
            text.push_str(&format!(
                "          volumeMounts:\n            - name: taxonomy\n              mountPath: {dir}\n      \
                 volumes:\n        - name: taxonomy\n          persistentVolumeClaim:\n            claimName: {claim}\n"
            ));
        }
        Ok(text)
    }
}

/// Print the batch script of a Slurm array
#[derive(Debug, Args)]
#[command(after_help = "\
A task that ends with 10 or 11, or is killed, requeues itself, 20 times at most; SIGTERM two minutes before the time \
limit ends it cleanly. Pass site options (partition, account, time) to sbatch.

Examples:
  provost cluster slurm --shards 64 --parallel 16 -- --per-subject 600 > provost.sbatch
  sbatch --time=8:00:00 --partition=cpu provost.sbatch

Exit codes: 0 printed, 2 bad input")]
struct Slurm {
    #[command(flatten)]
    shards: Shards,
    /// Maximum tasks at once [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    parallel: Option<u32>,
}

impl Slurm {
    fn script(&self, console: &Console<'_>) -> Result<String, AppError> {
        let line = self.shards.line(console, "$SLURM_ARRAY_TASK_ID")?;
        let (of, last) = (self.shards.shards, self.shards.shards - 1);
        let parallel = self.parallel.map(|parallel| format!("%{parallel}")).unwrap_or_default();
        Ok(format!(
            "\
#!/bin/sh
#SBATCH --job-name=provost
#SBATCH --array=0-{last}{parallel}
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=1
#SBATCH --mem=512M
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=B:TERM@120
#SBATCH --output=provost-%A_%a.log
# provost in {of} shards. Exit codes: 10, 11 and a kill start a shard again; 1, 2 and 42 do not.
{line} &
child=$!
trap 'kill -TERM \"$child\"' TERM
wait \"$child\"; code=$?
# A signal ends the first wait; the shard finishes what flies.
while kill -0 \"$child\" 2>/dev/null; do wait \"$child\"; code=$?; done
echo \"shard $SLURM_ARRAY_TASK_ID/{of}: exit $code\"
case \"$code\" in 0|1|2|42) exit \"$code\";; esac
if [ \"${{SLURM_RESTART_COUNT:-0}}\" -lt 20 ]; then
  [ \"$code\" = 11 ] && sleep \"${{PROVOST_PAUSE:-60}}\"
  scontrol requeue \"${{SLURM_ARRAY_JOB_ID}}_$SLURM_ARRAY_TASK_ID\"
fi
exit \"$code\"
"
        ))
    }
}

impl Cluster {
    /// Runs the command.
    ///
    /// # Errors
    /// The arguments cannot be used, or the shards did not come to their end.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let text = match self.on {
            On::Ray(ray) => return ray.run(console),
            On::Kubernetes(kubernetes) => kubernetes.manifest(console)?,
            On::Slurm(slurm) => slurm.script(console)?,
        };
        text.lines().try_for_each(|line| console.out.line(line))
    }
}
