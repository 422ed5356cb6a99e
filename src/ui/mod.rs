//! Model to cells: read only; panes and overlays.
