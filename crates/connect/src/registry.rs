//! The connectors, and how one is chosen for an input.

use crate::about::{About, Connector};
use crate::connectors::{activitystreams, edges, git, native, snap_activity};
use crate::sample::Sample;
use crate::{Error, Kind, Options};
use std::collections::BTreeMap;

/// Every connector, in the order of help.
pub static CONNECTORS: &[&dyn Connector] = &[
    &native::Native,
    &activitystreams::ActivityStreams,
    &snap_activity::SnapActivity,
    &edges::Edges,
    &git::Git,
];

/// The description of every connector.
pub fn abouts() -> impl Iterator<Item = &'static About> {
    CONNECTORS.iter().map(|connector| connector.about())
}

/// The default weight of every verb that a connector declares.
///
/// The error says which connectors disagree: a verb means the same wherever it comes from.
pub fn default_weights<'a>(
    abouts: impl IntoIterator<Item = &'a About>,
) -> Result<BTreeMap<&'static str, f64>, String> {
    let mut known: BTreeMap<&'static str, (f64, &'static str)> = BTreeMap::new();
    for about in abouts {
        for verb in about.verbs {
            let (weight, first) = *known.entry(verb.name).or_insert((verb.weight, about.name));
            if weight != verb.weight {
                return Err(format!(
                    "the verb `{}` has the default weight {weight} in `{first}` and {} in `{}`; make them agree",
                    verb.name, verb.weight, about.name
                ));
            }
        }
    }
    Ok(known.into_iter().map(|(verb, (weight, _))| (verb, weight)).collect())
}

/// The connector by name, or the only one that recognises the sample.
pub(crate) fn choose(sample: &Sample, options: &Options) -> Result<&'static dyn Connector, Error> {
    let error = |kind, message: String| Error::new(kind, &sample.name, message);
    if let Some(name) = &options.connector {
        return named(name, &sample.name);
    }
    let fitting: Vec<&'static dyn Connector> = CONNECTORS
        .iter()
        .copied()
        .filter(|connector| heeds(*connector, options) && connector.fits(sample, options))
        .collect();
    match fitting[..] {
        [one] => Ok(one),
        [] => Err(error(
            Kind::Unrecognised,
            format!(
                "no connector recognises it: {}; choose one with --connector ({})",
                sample.describe(),
                names()
            ),
        )),
        _ => {
            let fitting: Vec<&str> = fitting.iter().map(|fit| fit.about().name).collect();
            Err(error(
                Kind::Unrecognised,
                format!(
                    "several connectors recognise it: {}; choose one with --connector",
                    fitting.join(", ")
                ),
            ))
        }
    }
}

/// A column mapping is only for connectors that take one.
fn heeds(connector: &dyn Connector, options: &Options) -> bool {
    options.columns.is_none() || takes(connector, "--columns")
}

fn takes(connector: &dyn Connector, option: &str) -> bool {
    let options = connector.about().options;
    options.iter().any(|known| known.name == option)
}

fn named(name: &str, file: &str) -> Result<&'static dyn Connector, Error> {
    let found = CONNECTORS.iter().find(|connector| connector.about().name == name);
    found.copied().ok_or_else(|| {
        Error::new(
            Kind::Usage,
            file,
            format!("there is no connector {name:?}; choose one of {}", names()),
        )
    })
}

/// Refuses options that no input could make right, before one is opened or waited for.
pub(crate) fn check_words(file: &str, options: &Options) -> Result<(), Error> {
    if let Some(network) = &options.network
        && !model::account::is_network(network)
    {
        return Err(Error::new(
            Kind::Usage,
            file,
            format!(
                "--network {:?} is no network's name; use 1 to 64 of a-z 0-9 . - _, such as twitter",
                model::time::shorten(network)
            ),
        ));
    }
    match &options.connector {
        Some(name) => check_options(named(name, file)?, file, options),
        None => Ok(()),
    }
}

/// Refuses options that the connector would not heed.
pub(crate) fn check_options(
    connector: &dyn Connector,
    file: &str,
    options: &Options,
) -> Result<(), Error> {
    if options.columns.is_some() && !takes(connector, "--columns") {
        return Err(Error::new(
            Kind::Usage,
            file,
            format!(
                "the connector `{}` takes no --columns; leave it out, or use --connector edges",
                connector.about().name
            ),
        ));
    }
    Ok(())
}

fn names() -> String {
    let names: Vec<&str> = abouts().map(|about| about.name).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::about::VerbUse;
    use model::verb::is_verb;

    #[test]
    fn every_connector_is_named_once_and_documented() {
        let abouts: Vec<&About> = abouts().collect();
        for (i, about) in abouts.iter().enumerate() {
            let name = about.name;
            assert!(abouts[..i].iter().all(|other| other.name != name), "{name} twice");
            assert!(!about.category.is_empty(), "{name}");
            assert!(about.doc.ends_with('.') && !about.doc.contains('\n'), "{name}");
            assert!(about.input.len() > 40 && about.input.ends_with('.'), "{name}");
            assert!(!about.verbs.is_empty(), "{name}");
            if let Some(network) = about.network {
                assert!(model::account::is_network(network), "{name}");
            }
            for (i, verb) in about.verbs.iter().enumerate() {
                assert!(is_verb(verb.name) && verb.meaning.ends_with('.'), "{name}");
                assert!(verb.weight.is_finite() && verb.weight >= 0.0, "{name}");
                assert!(
                    about.verbs[..i].iter().all(|other| other.name != verb.name),
                    "{name}: {} twice",
                    verb.name
                );
                if !model::verb::makes_ties(verb.name) {
                    assert_eq!(verb.weight, 0.0, "{name}: {}", verb.name);
                }
            }
            for option in about.options {
                assert!(option.name.starts_with("--") && option.meaning.ends_with('.'), "{name}");
            }
        }
    }

    #[test]
    fn connectors_agree_on_default_weights() {
        let weights = default_weights(abouts()).unwrap();
        assert_eq!(weights["reshare"], 1.0);
        assert!(weights["reply"] < weights["reshare"]);
    }

    #[test]
    fn a_conflict_of_default_weights_names_both_connectors() {
        static OTHER: About = About {
            name: "other",
            verbs: &[VerbUse { name: "reshare", meaning: "The actor passed it on.", weight: 2.0 }],
            ..native::ABOUT
        };
        let conflict = default_weights(abouts().chain([&OTHER])).unwrap_err();
        assert!(conflict.contains("native") && conflict.contains("other"), "{conflict}");
    }

    #[test]
    fn native_declares_every_shared_verb() {
        for verb in model::VERBS {
            assert!(
                native::ABOUT.verbs.iter().any(|known| known.name == verb.name),
                "{}",
                verb.name
            );
        }
    }
}
