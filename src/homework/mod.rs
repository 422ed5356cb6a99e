//! Questions and answers: plan and sampling (pure), run engine, segments, checks, export.
