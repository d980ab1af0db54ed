//! What there is: connectors, signals and definitions, each with its documentation.

use crate::error::Result;
use crate::workspace::Workspace;

/// A connector.
#[derive(Clone, Debug, serde::Serialize)]
pub struct ConnectorInfo {
    /// As `--connector` takes it.
    pub name: String,
    /// What kind of source it reads.
    pub category: String,
    /// One line.
    pub summary: String,
    /// Everything it declares: input, verbs with weights, visibility, options.
    #[serde(flatten)]
    pub about: serde_json::Value,
}

/// A signal.
#[derive(Clone, Debug, serde::Serialize)]
pub struct SignalInfo {
    /// As definitions write it.
    pub name: String,
    /// What it tells.
    pub question: String,
    /// The formula.
    pub formula: String,
    /// Where the formula comes from.
    pub source: String,
    /// What one unit of it is.
    pub unit: String,
    /// Smallest and largest value; null where there is no end.
    pub range: [Option<f64>; 2],
    /// What it deliberately does not see.
    pub ignores: String,
    /// What the data must hold.
    pub needs: String,
    /// What intervals let vary of it: `full`, `linearised` or `held`.
    pub resampled: String,
    /// Options that a definition can set, with their values and what they mean.
    pub options: Vec<OptionInfo>,
}

/// An option of a signal.
#[derive(Clone, Debug, serde::Serialize)]
pub struct OptionInfo {
    /// The key.
    pub key: String,
    /// The values, the first being what holds without it.
    pub values: Vec<String>,
    /// What they mean.
    pub meaning: String,
}

/// A definition.
#[derive(Clone, Debug, serde::Serialize)]
pub struct DefinitionInfo {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// What it asks.
    pub question: String,
    /// What its scores may be used for.
    pub purpose: String,
    /// Its hash, stored with every score.
    pub hash: String,
    /// Its signals.
    pub signals: Vec<String>,
    /// `shipped`, or its file.
    pub from: String,
}

/// Every connector.
pub fn connectors() -> Vec<ConnectorInfo> {
    let info = |about: &'static connect::About| {
        let mut rest = serde_json::to_value(about).unwrap_or_default();
        if let Some(fields) = rest.as_object_mut() {
            for field in ["name", "category", "doc"] {
                fields.remove(field);
            }
        }
        ConnectorInfo {
            name: about.name.to_owned(),
            category: about.category.to_owned(),
            summary: about.doc.to_owned(),
            about: rest,
        }
    };
    connect::registry::abouts().map(info).collect()
}

/// Every signal.
pub fn signals() -> Vec<SignalInfo> {
    let end = |value: f64| value.is_finite().then_some(value);
    let signals = influence::signals::REGISTRY.iter().map(|signal| signal.about());
    let info = |about: &influence::signals::About| SignalInfo {
        name: about.name.to_owned(),
        question: about.question.to_owned(),
        formula: about.formula.to_owned(),
        source: about.source.to_owned(),
        unit: about.unit.to_owned(),
        range: [end(about.range.0), end(about.range.1)],
        ignores: about.ignores.to_owned(),
        needs: about.needs.to_owned(),
        resampled: about.resampled.name().to_owned(),
        options: about.options.iter().map(option).collect(),
    };
    signals.map(info).collect()
}

fn option(choice: &influence::signals::Choice) -> OptionInfo {
    OptionInfo {
        key: choice.key.to_owned(),
        values: choice.values.iter().map(|value| (*value).to_owned()).collect(),
        meaning: choice.meaning.to_owned(),
    }
}

impl Workspace {
    /// Every definition that can be used by name. There need not be a workspace yet.
    pub fn definitions(&self) -> Result<Vec<DefinitionInfo>> {
        let info = |source: crate::definitions::Source| DefinitionInfo {
            hash: source.definition.hash(),
            signals: source.definition.signals.iter().map(|signal| signal.name.clone()).collect(),
            name: source.definition.name,
            version: source.definition.version,
            question: source.definition.question,
            purpose: source.definition.purpose,
            from: source.from,
        };
        Ok(self.all_definitions()?.into_iter().map(info).collect())
    }
}
