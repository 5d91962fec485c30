//! The files made from the table. They are committed; a check compares them with what these functions return.

use crate::setting::{Example, Fallback, Group, Required, Setting};
use crate::settings::SETTINGS;

/// `docs/generated/configuration.md`: every setting in one table.
pub fn markdown() -> String {
    let mut text = String::from(
        "# Configuration\n\n\
         <!-- Generated from the settings table of `cartera-config`. Don't edit: change the table. -->\n\n\
         Every setting is an environment variable. All bad and missing ones are named at once when the program \
         starts; unknown ones that look like ours are warned about. An empty variable counts as not given, except \
         `DATABASE_URL`.\n\n\
         A secret may be given as a file instead: `NAME_FILE` names it and the newlines at its end are dropped. \
         Giving both is an error. With a `DATABASE_URL` nothing is made up: the settings marked so are required.\n\n\
         | Variable | Value | Default | Required | Secret | What it does | Example |\n\
         | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for setting in SETTINGS {
        let required = match setting.required {
            Required::Never => "",
            Required::WithDatabaseUrl => "with DATABASE_URL",
        };
        let secret = setting.file_variable().map(|file| format!("yes, or `{file}`")).unwrap_or_default();
        let example = match setting.example {
            Example::Value(value) => format!("`{value}`"),
            Example::Command(command) => format!("made by `{command}`"),
        };
        push(
            &mut text,
            format_args!(
                "| `{}` | {} | {} | {required} | {secret} | {} | {example} |\n",
                setting.name,
                setting.shape,
                default_cell(setting),
                setting.description,
            ),
        );
    }
    text
}

fn default_cell(setting: &Setting) -> String {
    match setting.default {
        Fallback::Value(value) => format!("`{value}`"),
        Fallback::Derived(words) => words.to_owned(),
        Fallback::None => String::new(),
    }
}

/// `.env.example`: every setting commented out, so that a copy changes nothing until a line is uncommented.
pub fn env_example() -> String {
    let mut text = String::from(
        "# Generated from the settings table of cartera-config. Copy it to .env and uncomment what you change.\n\
         # Secrets may be given as NAME_FILE=/path instead.\n",
    );
    let mut group: Option<Group> = None;
    for setting in SETTINGS {
        if group != Some(setting.group) {
            push(&mut text, format_args!("\n# ---- {} ----\n", setting.group));
            group = Some(setting.group);
        }
        push(&mut text, format_args!("\n# {}\n", setting.description));
        push(&mut text, format_args!("# Value: {}.", setting.shape));
        match setting.default {
            Fallback::Value(value) => push(&mut text, format_args!(" Default: {value}.")),
            Fallback::Derived(words) => push(&mut text, format_args!(" Default: {words}.")),
            Fallback::None => {}
        }
        if setting.required == Required::WithDatabaseUrl {
            text.push_str(" Required with DATABASE_URL.");
        }
        match setting.example {
            Example::Value(value) => push(&mut text, format_args!("\n#{}={value}\n", setting.name)),
            Example::Command(command) => {
                push(&mut text, format_args!("\n# Make one: {command}\n#{}=\n", setting.name));
            }
        }
    }
    text
}

fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.push_str(&arguments.to_string());
}
