"""Reads exports back in the readers that people use, and compares every text with what went in.

usage: read_back.py FOLDER   (expected.json, one file of each format, set/ with Parquet, shards/)
Prints `missing: NAME` and ends with 77 where a package is not there.
"""
import csv
import glob
import json
import os
import re
import sys

os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1")
folder = sys.argv[1]
os.environ["HF_HOME"] = os.path.join(folder, "hf")
try:
    import datasets
    import duckdb
    import pandas
    import pyarrow.parquet
except ImportError as missing:
    print(f"missing: {missing.name}")
    sys.exit(77)
datasets.disable_progress_bars()
csv.field_size_limit(1 << 30)


def at(name):
    return os.path.join(folder, name)


with open(at("expected.json"), encoding="utf-8") as file:
    expected = json.load(file)
pairs = [(row["question"], row["answer"]) for row in expected]


def same(what, found):
    found = [tuple(pair) for pair in found]
    assert len(found) == len(pairs), f"{what}: {len(found)} rows of {len(pairs)}"
    for number, (there, back) in enumerate(zip(pairs, found)):
        assert there == back, f"{what}: row {number}: {there!r} became {back!r}"
    print(f"{what}: {len(found)} rows")


def lists(what, found):
    for row, concepts in zip(expected, found):
        assert row["concepts"] == list(concepts), f"{what}: {row['concepts']!r} became {concepts!r}"


# JSON lines, by the standard library and by datasets. Only "\n" ends a line.
PAIRS = {
    "messages": lambda row: (row["messages"][0]["content"], row["messages"][1]["content"]),
    "conversation": lambda row: (row["messages"][0]["content"], row["messages"][1]["content"]),
    "openai": lambda row: (row["messages"][0]["content"], row["messages"][1]["content"]),
    "prompt-completion": lambda row: (row["prompt"][0]["content"], row["completion"][0]["content"]),
    "sharegpt": lambda row: (row["conversations"][0]["value"], row["conversations"][1]["value"]),
    "alpaca": lambda row: (row["instruction"], row["output"]),
}
for name, pair in PAIRS.items():
    with open(at(f"{name}.jsonl"), encoding="utf-8", newline="\n") as file:
        same(f"{name}: json", [pair(json.loads(line)) for line in file])
    loaded = datasets.load_dataset("json", data_files=at(f"{name}.jsonl"), split="train")
    same(f"{name}: datasets", [pair(row) for row in loaded])
    if name != "openai":
        lists(f"{name}: datasets", [row["meta"]["concepts"] for row in loaded])

# CSV, by the standard library with the inverse that docs/export.md gives, and by pandas.
arm = lambda cell: re.sub(r"^'(?='*[=+\-@\t\r\n＝＋－＠])", "", cell)
with open(at("csv.csv"), encoding="utf-8", newline="") as file:
    rows = list(csv.DictReader(file))
same("csv: csv", [(arm(row["question"]), arm(row["answer"])) for row in rows])
lists("csv: csv", [json.loads(row["concepts"]) for row in rows])
frame = pandas.read_csv(at("csv.csv"), dtype=str, keep_default_na=False, engine="python")
same("csv: pandas", zip(frame["question"].map(arm), frame["answer"].map(arm)))

# Parquet, by everything.
table = pyarrow.parquet.read_table(at("parquet.parquet"))
fields = {field.name: str(field.type) for field in table.schema}
assert fields["messages"].startswith("list<element: struct<role: string"), fields["messages"]
assert fields["concepts"].startswith("list<element: string"), fields["concepts"]
types = {"strategy": "int64", "seed": "uint64", "stale": "bool", "at": "timestamp[us, tz=UTC]", "item": "string"}
for name, type in types.items():
    assert fields[name] == type, f"{name} is {fields[name]}"
of = lambda row: (row["messages"][0]["content"], row["messages"][1]["content"])
same("parquet: pyarrow", [of(row) for row in table.to_pylist()])
lists("parquet: pyarrow", table.column("concepts").to_pylist())
frame = pandas.read_parquet(at("parquet.parquet"))
same("parquet: pandas", [(m[0]["content"], m[1]["content"]) for m in frame["messages"]])
found = duckdb.sql(
    f"select messages[1].content, messages[2].content, concepts from read_parquet('{at('parquet.parquet')}')"
).fetchall()
same("parquet: duckdb", [row[:2] for row in found])
lists("parquet: duckdb", [row[2] for row in found])
loaded = datasets.load_dataset("parquet", data_files=at("parquet.parquet"), split="train")
same("parquet: datasets", [of(row) for row in loaded])

# A folder, as Hugging Face has them, by its own name.
loaded = datasets.load_dataset(at("set"))
assert set(loaded) <= {"train", "test"}, loaded
same("folder: datasets", [of(row) for split in sorted(loaded, reverse=True) for row in loaded[split]])
import huggingface_hub

card = huggingface_hub.DatasetCard(open(at("set/README.md"), encoding="utf-8").read())
assert card.data.license == "cc-by-4.0" and card.data.language == ["en"], card.data
shards = sorted(glob.glob(at("shards-*.jsonl")))
assert len(shards) > 1
found = []
for shard in shards:
    with open(shard, encoding="utf-8", newline="\n") as file:
        found += [PAIRS["messages"](json.loads(line)) for line in file]
same("shards: json", found)
