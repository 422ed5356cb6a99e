//! The loop that ties the terminal, the store and the jobs to the model.
