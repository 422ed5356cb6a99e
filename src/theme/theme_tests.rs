use super::*;

const DEPTHS: [ColorDepth; 4] = [ColorDepth::None, ColorDepth::Ansi16, ColorDepth::Ansi256, ColorDepth::True];

fn none(_: &str) -> Option<String> {
    None
}

fn load(name: &str, depth: ColorDepth) -> Theme {
    let loaded = Theme::load(name, depth, &none).unwrap();
    assert_eq!(loaded.warnings, Vec::<String>::new());
    loaded.theme
}

/// Loads `mine` from a user's folder with these files.
fn with_files(files: &[(&str, &str)]) -> Result<Loaded, UserFileError> {
    let files = |name: &str| {
        let found = files.iter().find(|(known, _)| *known == name);
        found.map(|(_, text)| (*text).to_owned())
    };
    Theme::load("mine", ColorDepth::True, &files)
}

#[test]
fn the_built_in_themes_name_every_role_and_colour() {
    for (name, _) in BUILT_IN {
        load(name, ColorDepth::True);
        let merged = file::read(name, &none).unwrap();
        let missing: Vec<_> = Role::ALL.iter().filter(|role| !merged.roles.contains_key(role)).collect();
        assert!(missing.is_empty(), "{name}: {missing:?}");
    }
}

#[test]
fn each_depth_only_uses_its_own_colours() {
    for (name, _) in BUILT_IN {
        for depth in DEPTHS {
            let theme = load(name, depth);
            for role in Role::ALL {
                let style = theme.style(*role);
                for color in [style.fg, style.bg].into_iter().flatten() {
                    let fits = match color {
                        Color::Rgb(..) => depth == ColorDepth::True,
                        Color::Indexed(_) => depth >= ColorDepth::Ansi256,
                        _ => depth >= ColorDepth::Ansi16,
                    };
                    assert!(fits, "{name} {} at {depth:?}: {color:?}", role.name());
                }
            }
        }
    }
}

#[test]
fn the_cursor_row_is_visible_at_every_depth() {
    for (name, _) in BUILT_IN {
        for depth in DEPTHS {
            let theme = load(name, depth);
            for role in [Role::Selection, Role::SelectionInactive] {
                let style = theme.style(role);
                let reversed = style.add_modifier.contains(Modifier::REVERSED);
                let filled = style.bg.is_some_and(|bg| bg != Color::Reset);
                assert!(filled || reversed, "{name} {role:?} at {depth:?}: {style:?}");
            }
        }
    }
}

#[test]
fn with_sixteen_colours_what_is_accepted_and_what_is_pending_differ() {
    for (name, _) in BUILT_IN {
        let theme = load(name, ColorDepth::Ansi16);
        let fg = |role| theme.style(role).fg;
        assert_ne!(fg(Role::TreeAccepted), fg(Role::TreePending), "{name}");
        assert_ne!(fg(Role::Ok), fg(Role::Error), "{name}");
    }
}

#[test]
fn without_colour_attributes_stay() {
    let theme = load("dark", ColorDepth::None);
    assert!(theme.style(Role::Error).add_modifier.contains(Modifier::BOLD));
    assert!(theme.style(Role::TreeRejected).add_modifier.contains(Modifier::CROSSED_OUT));
    assert_eq!(theme.style(Role::Error).fg, None);
}

/// What a theme is painted on: its own background, or that of the terminals it was made for.
fn behind(theme: &Theme) -> [u8; 3] {
    match theme.style(Role::Background).bg {
        Some(Color::Rgb(r, g, b)) => [r, g, b],
        _ if theme.name() == "light" => [0xff; 3],
        _ => [0x1e; 3],
    }
}

#[test]
fn text_is_readable_on_the_background_it_was_made_for() {
    for (name, _) in BUILT_IN {
        let theme = load(name, ColorDepth::True);
        let selection = theme.style(Role::Selection);
        for role in Role::ALL {
            let style = theme.style(*role);
            let Some(Color::Rgb(r, g, b)) = style.fg else {
                continue;
            };
            let needed = match role {
                Role::KeyDisabled | Role::Border | Role::ProgressLeft => 3.0,
                _ if name == "high-contrast" => 7.0,
                _ => 4.5,
            };
            let behind = match style.bg {
                Some(Color::Rgb(r, g, b)) => [r, g, b],
                _ => behind(&theme),
            };
            let contrast = contrast([r, g, b], behind);
            assert!(contrast >= needed, "{name} {}: {contrast:.1}", role.name());
            if role.name().starts_with("tree.") || *role == Role::Text {
                let Some(Color::Rgb(sr, sg, sb)) = selection.bg else { panic!("{selection:?}") };
                let contrast = self::contrast([r, g, b], [sr, sg, sb]);
                assert!(contrast >= 3.0, "{name} {} selected: {contrast:.1}", role.name());
            }
        }
    }
}

#[test]
fn the_colour_blind_safe_theme_tells_states_apart_without_red_and_green() {
    // Brettel's and Vienot's reduction to what dichromats see, as two matrices in linear light.
    let seen = |[r, g, b]: [f64; 3], kind: usize| match kind {
        0 => [0.11238 * r + 0.88762 * g, 0.11238 * r + 0.88762 * g, 0.00401 * r - 0.00401 * g + b],
        _ => [0.29275 * r + 0.70725 * g, 0.29275 * r + 0.70725 * g, -0.02234 * r + 0.02234 * g + b],
    };
    let linear = |role: Role| {
        let Some(Color::Rgb(r, g, b)) = load("colorblind", ColorDepth::True).style(role).fg else { panic!("{role:?}") };
        [r, g, b].map(|channel| (f64::from(channel) / 255.0).powf(2.2))
    };
    let roles = [Role::TreeAccepted, Role::TreePending, Role::TreeRejected];
    for kind in 0..2 {
        for (at, one) in roles.iter().enumerate() {
            for other in &roles[..at] {
                let (left, right) = (seen(linear(*one), kind), seen(linear(*other), kind));
                let far: f64 = (0..3).map(|at| (left[at] - right[at]).powi(2)).sum::<f64>().sqrt();
                assert!(far > 0.2, "{one:?} and {other:?} are {far:.2} apart");
            }
        }
    }
}

/// Contrast ratio of WCAG 2.
fn contrast(left: [u8; 3], right: [u8; 3]) -> f64 {
    let luminance = |rgb: [u8; 3]| {
        let [r, g, b] = rgb.map(|channel| {
            let channel = f64::from(channel) / 255.0;
            if channel <= 0.03928 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05
    };
    let (left, right) = (luminance(left), luminance(right));
    left.max(right) / left.min(right)
}

#[test]
fn a_users_theme_inherits_role_by_role_and_colour_by_colour() {
    let loaded =
        with_files(&[("mine", "inherits: dark\npalette: {green: '#010203'}\nroles:\n  title: {fg: bright-red}\n")])
            .unwrap();
    assert_eq!(loaded.warnings, Vec::<String>::new());
    let theme = loaded.theme;
    assert_eq!(theme.style(Role::Title), Style::new().fg(Color::LightRed));
    // A role of the parent, painted with the child's palette.
    assert_eq!(theme.style(Role::Ok).fg, Some(Color::Rgb(1, 2, 3)));
    assert_eq!(theme.style(Role::Error), load("dark", ColorDepth::True).style(Role::Error));
}

#[test]
fn a_role_that_is_not_named_looks_like_a_related_one() {
    let theme = with_files(&[("mine", "roles:\n  title: {fg: blue}\n")]).unwrap().theme;
    assert_eq!(theme.style(Role::BorderFocus).fg, Some(Color::Blue));
    assert_eq!(theme.style(Role::Error).fg, Some(Color::Blue));
    assert_eq!(theme.style(Role::Selection), Style::default());
}

#[test]
fn a_users_theme_of_a_built_in_name_wins_and_may_inherit_the_built_in() {
    let mine = |name: &str| (name == "dark").then(|| "inherits: dark\nroles: {title: {fg: bright-red}}\n".to_owned());
    let theme = Theme::load("dark", ColorDepth::True, &mine).unwrap().theme;
    assert_eq!(theme.style(Role::Title).fg, Some(Color::LightRed));
    assert_eq!(theme.style(Role::Ok), load("dark", ColorDepth::True).style(Role::Ok));
}

#[test]
fn circles_end_in_an_error() {
    let circle = with_files(&[("mine", "inherits: yours\n"), ("yours", "inherits: mine\n")]);
    assert!(circle.is_err());
    assert!(with_files(&[("mine", "inherits: mine\n")]).is_err());
    let dark = |name: &str| Some(format!("inherits: {name}\n"));
    assert!(Theme::load("dark", ColorDepth::True, &dark).is_ok());
}

#[test]
fn unknown_roles_and_colours_are_warnings() {
    let loaded =
        with_files(&[("mine", "inherits: dark\nroles:\n  titel: {fg: red}\n  error: {fg: mauve, bold: true}\n")])
            .unwrap();
    let warnings = loaded.warnings.join("\n");
    assert!(warnings.contains("`titel`") && warnings.contains("Did you mean `title`?"), "{warnings}");
    assert!(warnings.contains("`mauve` is not a colour"), "{warnings}");
    let error = loaded.theme.style(Role::Error);
    assert_eq!((error.fg, error.add_modifier), (None, Modifier::BOLD));
}

#[test]
fn a_missing_theme_says_where_one_would_go() {
    let error = Theme::load("drak", ColorDepth::True, &none).unwrap_err();
    assert!(error.to_string().contains("themes/drak.yaml"), "{error}");
}

#[test]
fn a_background_that_swallows_its_text_is_reversed_instead() {
    let file = |_: &str| Some("roles: {code: {fg: '#7aa2f7', bg: '#6a92e7'}}\n".to_owned());
    let theme = Theme::load("mine", ColorDepth::Ansi16, &file).unwrap().theme;
    assert_eq!(theme.style(Role::Code), Style::new().add_modifier(Modifier::REVERSED));
}
