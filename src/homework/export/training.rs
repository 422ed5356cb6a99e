//! A training configuration for TRL's supervised fine-tuning with the hyperparameters of the paper
//! (GLAN section 3.2): Mistral 7B, loss on the response alone, 3 epochs, learning rate 3e-6 with
//! 1,000 linear warm-up steps and cosine decay to 0, batches of 512 pairs.

use super::folder::Text;
use super::format::Format;
use crate::taxonomy::text::grouped;

/// Pairs of one step.
const BATCH: u64 = 512;
const EPOCHS: u64 = 3;
const WARM_UP: u64 = 1_000;

/// Where the configuration is, from the folder of the data set.
pub(super) const CONFIGURATION: &str = "training/trl-sft.yaml";
pub(super) const TEMPLATE: &str = "training/chat_template.jinja";

/// The base model has no chat template. This is the one of Mistral's own instruction models, with
/// marks around the answer, which is what the loss is computed on; the end of the text is part of it.
const CHAT: &str = "\
{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}[INST] {{ message['content'] }} [/INST]\
{% elif message['role'] == 'assistant' %}{% generation %} {{ message['content'] }}{{ eos_token }}{% endgeneration %}\
{% endif %}{% endfor %}";

/// The files that start a training of this many pairs; none where TRL does not read the format.
pub(super) fn texts(format: Format, pairs: u64, held_out: u64) -> Vec<Text> {
    let loss = match format {
        Format::Parquet | Format::Messages | Format::Conversation => "assistant_only_loss: true",
        Format::PromptCompletion => "completion_only_loss: true",
        Format::OpenAi | Format::ShareGpt | Format::Alpaca | Format::Csv => return Vec::new(),
    };
    let steps = EPOCHS * pairs.div_ceil(BATCH);
    let (shown, counted) = (grouped(pairs), grouped(steps));
    let short = if steps <= 2 * WARM_UP {
        format!(
            "# {shown} pairs are {counted} steps: with 1,000 steps of warm-up the learning rate never, or hardly, comes to its height. \n\
             # The paper has 10 million pairs, about 58,600 steps. For a set of this size lower warmup_steps, to {} or so.\n",
            (steps / 50).max(1)
        )
    } else {
        format!("# {shown} pairs are {counted} steps.\n")
    };
    let evaluation = if held_out > 0 {
        "\n# The held-out slice: the loss on it after each epoch. Nothing is trained on it.\n\
         dataset_test_split: test\n\
         eval_strategy: epoch\n\
         per_device_eval_batch_size: 8\n"
    } else {
        ""
    };
    let content = format!(
        "\
# Supervised fine-tuning as in the paper (GLAN, arXiv 2402.13064, section 3.2). In the folder of the data set:
#
#   pip install trl
#   trl sft --config {CONFIGURATION}
#
# Every line can also be said on the command line, where it counts more: --learning_rate 1e-5.
model_name_or_path: mistralai/Mistral-7B-v0.1
chat_template_path: {TEMPLATE}
dataset_name: data
dataset_train_split: train

# The loss is on the response alone.
{loss}

num_train_epochs: {EPOCHS}
learning_rate: 3.0e-6
lr_scheduler_type: cosine
warmup_steps: {WARM_UP}
{short}
# {BATCH} pairs a step: per_device_train_batch_size x gradient_accumulation_steps x number of devices. This is for one.
per_device_train_batch_size: 8
gradient_accumulation_steps: {}
{evaluation}
# What the paper does not say.
max_length: 4096
packing: false
bf16: true
gradient_checkpointing: true
seed: 42
logging_steps: 10
save_strategy: epoch
output_dir: trained
",
        BATCH / 8
    )
    .replace(". \n", ".\n");
    vec![Text { path: CONFIGURATION, content }, Text { path: TEMPLATE, content: CHAT.to_owned() }]
}
