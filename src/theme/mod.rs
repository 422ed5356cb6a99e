//! Roles to colours: theme files and colour depth.
