//! GraphML, as Gephi, Cytoscape, igraph and networkx read it: people as nodes, ties as edges.

use super::table::{self, About, failed};
use crate::error::{Error, Result};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

/// A GraphML file being written: nodes first, then edges.
pub struct GraphWriter {
    path: PathBuf,
    part: PathBuf,
    xml: Writer<BufWriter<File>>,
    rows: u64,
}

/// An attribute of nodes or edges: its name, whether it is a number, and its value.
pub type Attribute<'a> = (&'a str, String);

impl GraphWriter {
    /// Begins a directed graph; `nodes` and `edges` name the attributes with their GraphML types.
    pub fn create(
        path: &Path,
        about: &About,
        nodes: &[(&str, &str)],
        edges: &[(&str, &str)],
    ) -> Result<GraphWriter> {
        let part = table::part_of(path);
        let file = File::create(&part).map_err(|error| Error::io(&part, "can't write", error))?;
        let mut writer = GraphWriter {
            path: path.to_owned(),
            part,
            xml: Writer::new_with_indent(BufWriter::new(file), b' ', 1),
            rows: 0,
        };
        writer.event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        let root = BytesStart::new("graphml")
            .with_attributes([("xmlns", "http://graphml.graphdrawing.org/xmlns")]);
        writer.event(Event::Start(root))?;
        for (of, names) in [("node", nodes), ("edge", edges)] {
            for (name, kind) in names {
                writer.key(of, name, kind)?;
            }
        }
        for (name, _) in about {
            writer.key("graph", name, "string")?;
        }
        writer.event(Event::Start(
            BytesStart::new("graph").with_attributes([("edgedefault", "directed")]),
        ))?;
        for (name, value) in about {
            writer.data("graph", &(name, value.clone()))?;
        }
        Ok(writer)
    }

    /// Adds a person.
    pub fn node(&mut self, id: &str, attributes: &[Attribute<'_>]) -> Result<()> {
        self.element("node", BytesStart::new("node").with_attributes([("id", id)]), attributes)
    }

    /// Adds a tie.
    pub fn edge(&mut self, source: &str, target: &str, attributes: &[Attribute<'_>]) -> Result<()> {
        let start =
            BytesStart::new("edge").with_attributes([("source", source), ("target", target)]);
        self.rows += 1;
        self.element("edge", start, attributes)
    }

    /// Finishes the file; the rows counted are the ties.
    pub fn finish(mut self) -> Result<super::Exported> {
        self.event(Event::End(BytesEnd::new("graph")))?;
        self.event(Event::End(BytesEnd::new("graphml")))?;
        let file = self
            .xml
            .into_inner()
            .into_inner()
            .map_err(|error| failed(&self.path, error.into_error()))?;
        table::publish(file, &self.part, &self.path)?;
        let bytes = std::fs::metadata(&self.path)
            .map_err(|error| Error::io(&self.path, "can't read", error))?
            .len();
        Ok(super::Exported { file: self.path, rows: self.rows, bytes })
    }

    fn key(&mut self, of: &str, name: &str, kind: &str) -> Result<()> {
        let id = format!("{of}.{name}");
        let key = BytesStart::new("key").with_attributes([
            ("id", id.as_str()),
            ("for", of),
            ("attr.name", name),
            ("attr.type", kind),
        ]);
        self.event(Event::Empty(key))
    }

    fn element(
        &mut self,
        of: &str,
        start: BytesStart<'_>,
        attributes: &[Attribute<'_>],
    ) -> Result<()> {
        let end = start.to_end().into_owned();
        self.event(Event::Start(start.into_owned()))?;
        for attribute in attributes {
            self.data(of, attribute)?;
        }
        self.event(Event::End(end))
    }

    fn data(&mut self, of: &str, (name, value): &Attribute<'_>) -> Result<()> {
        let key = format!("{of}.{name}");
        self.event(Event::Start(BytesStart::new("data").with_attributes([("key", key.as_str())])))?;
        self.event(Event::Text(BytesText::new(&allowed(value))))?;
        self.event(Event::End(BytesEnd::new("data")))
    }

    fn event(&mut self, event: Event<'_>) -> Result<()> {
        self.xml.write_event(event).map_err(|error| failed(&self.path, error))
    }
}

/// Text without the control characters that XML 1.0 has no way to write.
fn allowed(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() && !matches!(c, '\n' | '\t') { '\u{fffd}' } else { c })
        .collect()
}
