"""Tries the training configuration of a data set folder for a few steps on a tiny model of random weights.

usage: train_a_few_steps.py FOLDER
Nothing is downloaded: tokenizer and model are made here. Prints `missing: NAME` and ends with 77 where a package is not there.
"""
import json
import os
import subprocess
import sys

import warnings

folder = os.path.abspath(sys.argv[1])
os.environ.update(
    HF_HUB_OFFLINE="1",
    HF_DATASETS_OFFLINE="1",
    HF_HUB_DISABLE_TELEMETRY="1",
    TRL_EXPERIMENTAL_SILENCE="1",
    HF_HOME=os.path.join(folder, ".hf"),
    CUDA_VISIBLE_DEVICES="",
    TOKENIZERS_PARALLELISM="false",
)
warnings.filterwarnings("ignore")
try:
    import datasets
    import tokenizers
    import torch
    import transformers
    import trl
    import yaml
except ImportError as missing:
    print(f"missing: {missing.name}")
    sys.exit(77)
datasets.disable_progress_bars()
os.chdir(folder)
config = yaml.safe_load(open("training/trl-sft.yaml", encoding="utf-8"))
data = datasets.load_dataset(config["dataset_name"])


def turns(row):
    messages = row.get("messages") or row["prompt"] + row["completion"]
    return messages[0]["content"], messages[1]["content"]


# A byte-level tokenizer with the special tokens of Mistral, and the smallest model of its kind.
bpe = tokenizers.Tokenizer(tokenizers.models.BPE())
bpe.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
bpe.decoder = tokenizers.decoders.ByteLevel()
trainer = tokenizers.trainers.BpeTrainer(
    vocab_size=600,
    special_tokens=["<unk>", "<s>", "</s>"],
    initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
    show_progress=False,
)
bpe.train_from_iterator([text for row in data["train"] for text in turns(row)], trainer)
tokenizer = transformers.PreTrainedTokenizerFast(
    tokenizer_object=bpe, unk_token="<unk>", bos_token="<s>", eos_token="</s>"
)
tokenizer.save_pretrained(".tiny")
torch.manual_seed(0)
shape = transformers.MistralConfig(
    vocab_size=len(tokenizer),
    hidden_size=32,
    intermediate_size=64,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=4096,
    bos_token_id=1,
    eos_token_id=2,
)
transformers.MistralForCausalLM(shape).save_pretrained(".tiny")

# What the trainer computes the loss on.
fields = {field for field in trl.SFTConfig.__dataclass_fields__}
arguments = {key: value for key, value in config.items() if key in fields}
unknown = set(config) - fields - {"model_name_or_path", "dataset_name", "dataset_train_split", "dataset_test_split"}
assert not unknown, f"the trainer does not know {unknown}"
arguments.update(output_dir=".trained", bf16=False, use_cpu=True, report_to="none", max_steps=1)
arguments["model_init_kwargs"] = {"dtype": "float32"}
check = trl.SFTTrainer(model=".tiny", args=trl.SFTConfig(**arguments), train_dataset=data["train"], eval_dataset=data["test"])
batch = check.data_collator([check.train_dataset[at] for at in range(len(check.train_dataset))])
trained = set()
for ids, labels in zip(batch["input_ids"], batch["labels"]):
    kept = labels[labels != -100]
    assert 0 < len(kept) < len(ids)
    trained.add(check.processing_class.decode(kept))
    whole = check.processing_class.decode(ids)
    assert whole.count("<s>") == 1 and "[INST]" in whole, whole
answers = {" " + turns(row)[1] + "</s>" for row in data["train"]}
assert trained == answers, f"trained on {sorted(trained - answers)[:2]}, not on {sorted(answers - trained)[:2]}"
print(f"only the answer is trained: {len(answers)} of {len(data['train'])} rows")

# The one command, with what a small machine needs.
command = [
    os.path.join(os.path.dirname(sys.executable), "trl"), "sft", "--config", "training/trl-sft.yaml",
    "--model_name_or_path", ".tiny", "--output_dir", ".trained", "--max_steps", "6", "--warmup_steps", "2",
    "--learning_rate", "1e-2", "--per_device_train_batch_size", "4", "--gradient_accumulation_steps", "1",
    "--logging_steps", "1", "--save_strategy", "no", "--eval_strategy", "steps", "--eval_steps", "3",
    "--bf16", "False", "--use_cpu", "True", "--report_to", "none", "--dtype", "float32",
]  # fmt: skip
ran = subprocess.run(command, capture_output=True, text=True)
assert ran.returncode == 0, f"{' '.join(command)}\n{ran.stdout[-3000:]}\n{ran.stderr[-6000:]}"
lines = [line for line in ran.stdout.splitlines() if "loss" in line and line.strip().startswith("{")]
said = [eval(line, {"__builtins__": {}}) for line in lines]
losses = [float(line["loss"]) for line in said if "loss" in line]
held_out = [float(line["eval_loss"]) for line in said if "eval_loss" in line]
assert len(losses) == 6 and len(held_out) == 2, ran.stdout[-3000:]
assert losses[-1] < losses[0], losses
print(f"steps: {len(losses)}")
print("loss:", " ".join(f"{loss:.3f}" for loss in losses))
print("held-out loss:", " ".join(f"{loss:.3f}" for loss in held_out))
