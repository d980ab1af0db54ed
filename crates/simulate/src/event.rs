//! One thing that happens in a world, as plain numbers.

use model::Visibility;

/// Where it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Network {
    /// Public, large.
    Twitter,
    /// Public, smaller.
    Mastodon,
    /// The firm's forum: read by its members.
    Discourse,
    /// Private.
    Mail,
    /// The firm's chat: private.
    Slack,
}

impl Network {
    /// Every network, in order of number.
    pub const ALL: [Network; 5] =
        [Network::Twitter, Network::Mastodon, Network::Discourse, Network::Mail, Network::Slack];

    /// As accounts and rows write it.
    pub fn name(self) -> &'static str {
        ["twitter", "mastodon", "discourse", "mail", "slack"][self as usize]
    }

    /// Who is meant to see what happens there.
    pub fn visibility(self) -> Visibility {
        match self {
            Network::Twitter | Network::Mastodon => Visibility::Public,
            Network::Discourse => Visibility::Community,
            Network::Mail | Network::Slack => Visibility::Private,
        }
    }

    pub(crate) const fn bit(self) -> u8 {
        1 << self as u8
    }
}

macro_rules! verbs {
    ($($name:ident $word:expr,)*) => {
        /// What is done; the meanings are those of [`model::VERBS`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        #[allow(missing_docs, reason = "the meanings stand in model::VERBS")]
        pub enum Verb {
            $($name,)*
        }

        impl Verb {
            /// Every verb that worlds use, in order of number.
            pub const ALL: &[Verb] = &[$(Verb::$name),*];

            /// As rows write it.
            pub fn name(self) -> &'static str {
                [$($word),*][self as usize]
            }
        }
    };
}

verbs! {
    Post "post",
    Reshare "reshare",
    Quote "quote",
    Reply "reply",
    Answer "answer",
    Mention "mention",
    Like "like",
    Follow "follow",
    Endorse "endorse",
    Review "review",
    Invite "invite",
    Refer "refer",
    Attend "attend",
    Contribute "contribute",
    Message "message",
    Meet "meet",
    Undo "undo",
}

/// An account: whose it is, where, and whether it is a second one there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountRef(u32);

impl AccountRef {
    /// The account of nobody: a row without a target.
    pub const NOBODY: AccountRef = AccountRef(u32::MAX);

    /// The account of a person (by number) on a network.
    pub fn new(person: u32, network: Network) -> AccountRef {
        AccountRef(person << 4 | (network as u32) << 1)
    }

    /// The second account of the same person on the same network.
    pub fn second(self) -> AccountRef {
        AccountRef(self.0 | 1)
    }

    /// Number of the person, or of the house, bot, desk or fake that it belongs to.
    pub fn person(self) -> u32 {
        self.0 >> 4
    }

    /// The network.
    pub fn network(self) -> Network {
        Network::ALL[((self.0 >> 1) as usize & 7).min(4)]
    }

    /// Whether it is a second account.
    pub fn is_second(self) -> bool {
        self.0 & 1 == 1
    }
}

/// How a post is worded, beside its topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Wording {
    /// In own words.
    Own,
    /// The same words as others of the same scheme.
    Copied,
    /// Praise that says that it was paid for.
    Disclosed,
    /// Praise that was paid for and does not say so.
    Paid,
    /// An attack.
    Hostile,
    /// A question.
    Question,
    /// A help-desk bot's.
    Canned,
}

/// One thing that happens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Event {
    /// Microseconds since 1970, UTC, in whole seconds.
    pub at: i64,
    /// Where. Actor and target are accounts there.
    pub network: Network,
    /// What.
    pub verb: Verb,
    /// Who.
    pub actor: AccountRef,
    /// Toward whom, or [`AccountRef::NOBODY`].
    pub target: AccountRef,
    /// The row's own id, not 0. One row has it, but for a reply that also mentions the same person: two rows, two ids.
    pub id: u64,
    /// The post concerned (published, reshared, liked), or the row that an undo takes back; 0 for none.
    pub object: u64,
    /// The post replied to or quoted; of a reshare the row that brought it, where it was not the post itself; 0 for none.
    pub parent: u64,
    /// Its topic, 0 to [`crate::TOPICS`] - 1.
    pub topic: u8,
    /// Whether it talks of the brand.
    pub brand: bool,
    /// -1 hostile, 0 neutral, 1 friendly.
    pub tone: i8,
    /// How it is worded.
    pub wording: Wording,
    /// Hidden: the post of brand talk that excited this one, or the answer that moved somebody to contribute; 0 for none.
    pub cause: u64,
}
