//! Keys to actions: the one action table, the keymap and its default file.
