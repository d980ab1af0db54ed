//! Activity lists of the SNAP collection, such as `higgs-activity_time.txt`: `userA userB unix RT|MT|RE`.
//!
//! A reshared (RT), mentioned (MT) or replied to (RE) B, so A is the actor. Fields are parted by spaces or tabs; blank lines and
//! lines that begin with `#` are passed over. There are no post ids in it: equal lines are one interaction.

use crate::about::{About, Connector, NETWORK, shared};
use crate::deliver::Deliver;
use crate::pipeline::{self, Block, Parsed, Parser, each_line};
use crate::sample::Sample;
use crate::source::Source;
use crate::split::Framing;
use crate::{Error, Options, fields};
use model::{Fault, Interaction, Rules, Time, Visibility};

/// Reads SNAP activity.
pub struct SnapActivity;

const ABOUT: About = About {
    name: "snap-activity",
    category: "files",
    doc: "Timed activity lists of the SNAP collection: who reshared, mentioned or replied to whom.",
    input: "Lines of `userA userB unix RT`, parted by spaces or tabs: userA reshared (RT), mentioned (MT) or replied to (RE) \
        userB at so many seconds since 1970.",
    verbs: &[shared("reshare", 1.0), shared("mention", 0.15), shared("reply", 0.2)],
    visibility: Visibility::Public,
    network: Some("twitter"),
    options: &[NETWORK],
};

impl Connector for SnapActivity {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn fits(&self, sample: &Sample, _: &Options) -> bool {
        sample
            .data_lines()
            .any(|(_, line)| std::str::from_utf8(line).is_ok_and(|line| fields_of(line).is_ok()))
    }

    fn read(
        &self,
        source: Source,
        options: &Options,
        deliver: &mut Deliver<'_>,
    ) -> Result<(), Error> {
        let network = options.network.as_deref();
        let parser = Lines {
            network: network.or(ABOUT.network).unwrap_or_default().to_owned(),
            rules: options.rules,
        };
        pipeline::run(source, &parser, options, deliver)
    }
}

struct Lines {
    network: String,
    rules: Rules,
}

impl Parser for Lines {
    fn framing(&self) -> Framing {
        Framing::Lines
    }

    fn parse(&self, block: &Block, out: &mut Parsed) {
        each_line(block, out, |_, line, out| match line.starts_with('#') {
            true => Ok(()),
            false => self.row(line, out),
        });
    }
}

impl Lines {
    fn row(&self, line: &str, out: &mut Parsed) -> Result<(), Fault> {
        let (actor, target, at, verb) = fields_of(line)?;
        let row = Interaction::new(at, &self.network, verb, actor, Some(target));
        out.batch.push(&row, &self.rules)
    }
}

/// Actor, target, time and verb of a line.
fn fields_of(line: &str) -> Result<(&str, &str, Time, &'static str), Fault> {
    let mut parts = line.split_ascii_whitespace();
    let (Some(actor), Some(target), Some(unix), Some(code), None) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
    else {
        let count = line.split_ascii_whitespace().count();
        return Err(Fault::new("", format!("has {count} fields; write `userA userB unix RT`")));
    };
    let at = unix
        .parse()
        .map_err(|_| {
            format!("{:?} is no whole number of seconds since 1970", model::time::shorten(unix))
        })
        .and_then(fields::seconds)
        .map_err(|reason| Fault::new("unix", reason))?;
    let verb = match code {
        "RT" => "reshare",
        "MT" => "mention",
        "RE" => "reply",
        _ => {
            return Err(Fault::new(
                "verb",
                format!(
                    "{:?} is none of RT (reshare), MT (mention) and RE (reply)",
                    model::time::shorten(code)
                ),
            ));
        }
    };
    Ok((actor, target, at, verb))
}
