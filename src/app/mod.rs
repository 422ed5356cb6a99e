//! The program as a value: Model, Msg, Effect and `update`. Pure.
