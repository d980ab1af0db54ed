//! Commits from the output of `git log`: NUL-ended fields, which no field can hold.

use super::trailers::{self, Said};
use crate::Options;
use crate::pipeline::{Block, Parsed, Parser};
use crate::split::Framing;
use model::{Fault, Interaction, ProfileField, Rules, Time};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The option that makes git print what is read here: hash; name, address and time of author and committer; message.
pub(super) const FORMAT: &str =
    "--format=tformat:%H%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%B";

/// Fields of a commit.
pub(super) const FIELDS: usize = 8;

/// The committer of what is merged on GitHub's pages: a machine, which approves nothing.
const MACHINE: &str = "noreply@github.com";

/// The longest name that is kept.
const LONGEST_NAME: usize = 256;

pub(super) struct Log {
    network: String,
    rules: Rules,
}

impl Log {
    pub(super) fn new(network: Option<&str>, options: &Options) -> Log {
        let network = options.network.as_deref().or(network);
        Log { network: network.unwrap_or_default().to_owned(), rules: options.rules }
    }
}

/// When each account was seen under each name: first and last.
type Names<'a> = BTreeMap<(String, Cow<'a, str>), (Time, Time)>;

impl Parser for Log {
    fn framing(&self) -> Framing {
        Framing::Nul { fields: FIELDS }
    }

    fn parse(&self, block: &Block, out: &mut Parsed) {
        let mut names = Names::new();
        let fields: Vec<&[u8]> = block.bytes.split(|b| *b == 0).collect();
        for (number, fields) in (block.first..).zip(fields.chunks_exact(FIELDS)) {
            if let Err(fault) = self.commit(number, fields, &mut names, out) {
                out.reject(number, fault, &fields.join(&b' '));
            }
        }
        // The first and the last time are enough, and the same over all blocks wherever they were cut.
        for ((account, name), (first, last)) in names {
            let mut note = |at| {
                let field = ProfileField::Name;
                let batch = &mut out.batch;
                batch.profile(&self.network, &account, field, &name, at, &self.rules);
            };
            note(first);
            if last != first {
                note(last);
            }
        }
    }
}

impl Log {
    fn commit<'a>(
        &self,
        number: u64,
        fields: &[&'a [u8]],
        names: &mut Names<'a>,
        out: &mut Parsed,
    ) -> Result<(), Fault> {
        let &[hash, author_name, author, authored, committer_name, committer, committed, message] =
            fields
        else {
            return Err(Fault::new("", "is no commit"));
        };
        let hash = std::str::from_utf8(hash)
            .ok()
            .filter(|hash| matches!(hash.len(), 40 | 64))
            .filter(|hash| hash.bytes().all(|b| b.is_ascii_hexdigit()))
            .ok_or_else(|| Fault::new("hash", "is no commit's hash"))?;
        let author = address("author", author)?;
        let (authored, committed) =
            (time("author date", authored)?, time("commit date", committed)?);
        let message = String::from_utf8_lossy(message);
        let subject = message.lines().map(str::trim).find(|line| !line.is_empty());
        let id = format!("{hash}:post:{author}");
        let post = Interaction {
            id: Some(&id),
            object: Some(hash),
            text: subject,
            ..Interaction::new(authored, &self.network, "post", &author, None)
        };
        let posted = out.batch.push(&post, &self.rules);
        let mut people = vec![(author.clone(), String::from_utf8_lossy(author_name))];

        let mut acts: Vec<Act> = Vec::new();
        for line in trailers::read(&message, out) {
            let (author, other) = (author.clone(), line.address);
            people.push((other.clone(), Cow::Owned(line.name)));
            match line.said {
                Said::Coauthored => {
                    acts.push(Act("contribute", other.clone(), author.clone()));
                    acts.push(Act("contribute", author, other));
                }
                Said::Reviewed => acts.push(Act("review", other, author)),
                Said::Thanked => acts.push(Act("answer", author, other)),
                Said::Approved => acts.push(Act("endorse", other, author)),
            }
        }
        // A commit without a committer's address only lacks that one act.
        if let Ok(committer) = address("committer", committer)
            && committer != MACHINE
        {
            people.push((committer.clone(), String::from_utf8_lossy(committer_name)));
            acts.push(Act("endorse", committer, author));
        }
        acts.sort_by_key(Act::rank);
        for (i, act) in acts.iter().enumerate() {
            let Act(_, actor, target) = act;
            let said = acts[..i].iter().any(|before| before.1 == *actor && before.2 == *target);
            if said || actor == target {
                continue;
            }
            self.act(number, hash, committed, act, out);
        }
        if committed >= Time(0) && committed <= self.rules.latest {
            for (account, name) in people {
                seen(names, account, name, committed);
            }
        }
        posted
    }

    fn act(&self, number: u64, hash: &str, at: Time, act: &Act, out: &mut Parsed) {
        let Act(verb, actor, target) = act;
        let id = format!("{hash}:{verb}:{actor}:{target}");
        let row = Interaction {
            id: Some(&id),
            object: Some(hash),
            ..Interaction::new(at, &self.network, verb, actor, Some(target))
        };
        if let Err(fault) = out.batch.push(&row, &self.rules) {
            out.reject(number, fault, id.as_bytes());
        }
    }
}

/// Verb, actor, target.
struct Act(&'static str, String, String);

impl Act {
    /// Which of several between the same two people counts: the smallest, which has the largest default weight.
    fn rank(&self) -> usize {
        let order = ["answer", "endorse", "contribute", "review"];
        order.iter().position(|verb| *verb == self.0).unwrap_or(order.len())
    }
}

fn seen<'a>(names: &mut Names<'a>, account: String, name: Cow<'a, str>, at: Time) {
    let name = match name {
        Cow::Borrowed(name) => Cow::Borrowed(name.trim()),
        Cow::Owned(name) => Cow::Owned(name.trim().to_owned()),
    };
    if name.is_empty() || name.len() > LONGEST_NAME {
        return;
    }
    let (first, last) = names.entry((account, name)).or_insert((at, at));
    *first = at.min(*first);
    *last = at.max(*last);
}

/// An address as an account's id.
fn address(field: &str, bytes: &[u8]) -> Result<String, Fault> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Fault::new(field, "has an e-mail address that is not valid UTF-8"))?;
    let address = text.trim().to_lowercase();
    if address.is_empty() {
        return Err(Fault::new(field, "has no e-mail address, by which people are known"));
    }
    Ok(address)
}

fn time(field: &str, bytes: &[u8]) -> Result<Time, Fault> {
    std::str::from_utf8(bytes)
        .ok()
        .and_then(|text| text.trim().parse().ok())
        .map(Time::from_unix)
        .ok_or_else(|| Fault::new(field, "is no number of seconds since 1970"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connectors::git::read_log;
    use model::Batch;
    use std::ops::ControlFlow;

    const HASH: &str = "0123456789abcdef0123456789abcdef01234567";

    fn commit(author: &str, committer: &str, message: &str) -> String {
        format!("{HASH}\0Ann\0{author}\x001700000000\0Cat\0{committer}\x001700000100\0{message}\0")
    }

    fn read(log: &str) -> Batch {
        let options = Options::new(Rules::at(Time::from_unix(1_800_000_000)));
        let mut all: Option<Batch> = None;
        read_log(log.as_bytes(), &options, &mut |mut chunk| {
            match &mut all {
                None => all = Some(chunk.batch),
                Some(all) => all.rejects.append(&mut chunk.batch.rejects),
            }
            ControlFlow::Continue(())
        })
        .unwrap();
        all.unwrap()
    }

    /// `verb actor>target` of each row but the post.
    fn acts(log: &str) -> Vec<String> {
        let batch = read(log);
        (0..batch.len())
            .filter(|row| batch.verb.get(*row) != Some("post"))
            .map(|row| {
                format!(
                    "{} {}>{}",
                    batch.verb.get(row).unwrap(),
                    batch.actor_id.get(row).unwrap(),
                    batch.target_id.get(row).unwrap()
                )
            })
            .collect()
    }

    #[test]
    fn a_commit_is_a_post_of_its_author() {
        let batch = read(&commit("Ann@X.org", "ann@x.org", "Subject\n\nBody\n"));
        assert_eq!(batch.len(), 1);
        assert_eq!(batch.verb.get(0), Some("post"));
        assert_eq!(batch.network.get(0), Some("git"));
        assert_eq!(batch.actor_id.get(0), Some("ann@x.org"));
        assert_eq!(batch.object.get(0), Some(HASH));
        assert_eq!(batch.text.get(0), Some("Subject"));
        assert_eq!(batch.at[0], 1_700_000_000_000_000);
    }

    #[test]
    fn credit_flows_to_whoever_the_act_is_owed_to() {
        for (trailer, expected) in [
            ("Reviewed-by: Bob <bob@x.org>", vec!["review bob@x.org>ann@x.org"]),
            ("tested-by: Bob <BOB@x.org> # on arm", vec!["review bob@x.org>ann@x.org"]),
            ("Acked-by: Bob <bob@x.org>", vec!["endorse bob@x.org>ann@x.org"]),
            ("Reported-by: Bob <bob@x.org>", vec!["answer ann@x.org>bob@x.org"]),
            ("Thanks-to: Bob <bob@x.org>", vec!["answer ann@x.org>bob@x.org"]),
            (
                "Co-authored-by: Bob <bob@x.org>",
                vec!["contribute bob@x.org>ann@x.org", "contribute ann@x.org>bob@x.org"],
            ),
            ("Signed-off-by: Bob <bob@x.org>", vec![]),
            ("Reviewed-by: Ann <ann@x.org>", vec![]),
            ("Reviewed-by: Bob", vec![]),
        ] {
            let log = commit("ann@x.org", "ann@x.org", &format!("Subject\n\n{trailer}\n"));
            assert_eq!(acts(&log), expected, "{trailer}");
        }
    }

    #[test]
    fn a_committer_who_is_not_the_author_endorses() {
        let log = commit("ann@x.org", "cat@x.org", "Subject\n");
        assert_eq!(acts(&log), ["endorse cat@x.org>ann@x.org"]);
        assert!(acts(&commit("ann@x.org", MACHINE, "Subject\n")).is_empty());
    }

    #[test]
    fn what_a_commit_says_twice_of_two_people_counts_once() {
        let message = "Subject\n\nAcked-by: Cat <cat@x.org>\nReviewed-by: Cat <cat@x.org>\nReviewed-by: Cat <cat@x.org>\n";
        let log = commit("ann@x.org", "cat@x.org", message);
        assert_eq!(acts(&log), ["endorse cat@x.org>ann@x.org"]);
    }

    #[test]
    fn names_are_noted_when_first_and_last_seen() {
        let early = commit("ann@x.org", "ann@x.org", "One").replace("1700000100", "1600000000");
        let batch = read(&format!("{early}{}", commit("ann@x.org", "ann@x.org", "Two")));
        let noted: Vec<(&str, &str, i64)> = batch
            .profiles
            .iter()
            .map(|profile| (&*profile.id, &*profile.value, profile.at.0 / 1_000_000))
            .collect();
        assert_eq!(
            noted,
            [
                ("ann@x.org", "Ann", 1_600_000_000),
                ("ann@x.org", "Ann", 1_700_000_100),
                ("ann@x.org", "Cat", 1_600_000_000),
                ("ann@x.org", "Cat", 1_700_000_100),
            ]
        );
    }

    #[test]
    fn broken_records_are_rejected_by_themselves() {
        let good = commit("ann@x.org", "ann@x.org", "Subject");
        for (bad, field) in [
            (commit("", "ann@x.org", "x"), "author"),
            (good.replace(HASH, "HEAD"), "hash"),
            (good.replace("1700000000", "soon"), "author date"),
            (good.replace("1700000000", "-5"), "at"),
            ("half\0a\0record".to_owned(), ""),
        ] {
            let batch = read(&format!("{good}{bad}"));
            assert_eq!(batch.len(), 1, "{field}");
            let rejects: Vec<(u64, &str)> =
                batch.rejects.iter().map(|reject| (reject.line, &*reject.fault.field)).collect();
            assert_eq!(rejects, [(2, field)]);
        }
    }
}
