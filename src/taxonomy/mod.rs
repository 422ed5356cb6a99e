//! The subject matter: ids, tree, node, syllabus, proposal, op, fold, lint, similarity. Pure.
