//! Asking a model: endpoint client, rate gate, retry, reply classes, prompts, parsing.
