//! What people and accounts are called, and how rows write ids. All names are invented; likeness is chance.

use crate::chance::Chance;
use crate::event::{AccountRef, Network};
use crate::groups::Bond;
use crate::people::Role;
use crate::purpose;
use crate::world::World;
use std::fmt::Write as _;

const FIRST: [&str; 48] = [
    "Ada", "Amir", "Anouk", "Bela", "Bruno", "Carla", "Chidi", "Dana", "Davor", "Elif", "Emil",
    "Esra", "Farah", "Felix", "Gita", "Goran", "Hanna", "Hugo", "Ines", "Ivo", "Jana", "Joao",
    "Kaito", "Kim", "Lars", "Leila", "Luca", "Maja", "Marek", "Mina", "Nadia", "Nils", "Olga",
    "Omar", "Paula", "Petr", "Rania", "Rolf", "Sana", "Sven", "Tara", "Tomas", "Uma", "Vera",
    "Wanda", "Yusuf", "Zara", "Zoltan",
];
const LAST: [&str; 60] = [
    "Abara", "Acosta", "Adler", "Baker", "Banerjee", "Berg", "Bianchi", "Castro", "Chen", "Cohen",
    "Dahl", "Dias", "Dubois", "Eriksen", "Farkas", "Ferrari", "Fischer", "Garcia", "Ghosh",
    "Gruber", "Haas", "Hansen", "Ito", "Ivanov", "Jansen", "Kaya", "Keller", "Khan", "Kowalski",
    "Lang", "Lopez", "Maier", "Marin", "Mbeki", "Moreau", "Nagy", "Nakamura", "Novak", "Okafor",
    "Olsen", "Park", "Pereira", "Popov", "Quist", "Rahman", "Reyes", "Rossi", "Sato", "Silva",
    "Singh", "Soto", "Tanaka", "Toth", "Varga", "Vega", "Vogel", "Weber", "Yilmaz", "Young",
    "Zhou",
];

/// Where posts of the firm's forum are.
pub(crate) const FORUM: &str = "community.acme.example";

impl World {
    /// First and last name of a real person; two who look like one have the same.
    pub fn name(&self, person: u32) -> (&'static str, &'static str) {
        let like = self.schemes.lookalikes.iter().find(|(_, other)| *other == person);
        let number = like.map_or(person, |(one, _)| *one);
        let mut chance = Chance::of(self.config.seed, purpose::NAMES, u64::from(number));
        (FIRST[chance.below(FIRST.len())], LAST[chance.below(LAST.len())])
    }

    /// The organisation that somebody works for, where that is the firm or one of its partners.
    pub fn organisation(&self, person: u32) -> Option<String> {
        let group = self.groups.get(self.people[person as usize].group as usize)?;
        match group.bond {
            Bond::Team(_) => Some("Acme".to_owned()),
            Bond::Partner(number) => {
                let name = LAST[number as usize % LAST.len()];
                let kind = ["Works", "Systems", "Partners", "Supply", "Labs"]
                    [number as usize / LAST.len() % 5];
                let more = number as usize / (LAST.len() * 5);
                Some(if more == 0 {
                    format!("{name} {kind}")
                } else {
                    format!("{name} {kind} {more}")
                })
            }
            Bond::Community => None,
        }
    }

    /// Writes an account's id within its network.
    pub fn write_account(&self, account: AccountRef, out: &mut String) {
        let (person, network) = (account.person(), account.network());
        let role = self.people[person as usize].role;
        // Writing to a string can't fail.
        let _ = match (role, network) {
            (Role::House, Network::Mastodon) => write!(out, "acme@fedi.example"),
            (Role::House, _) => write!(out, "acme"),
            (Role::System, _) => write!(out, "helpbot"),
            (_, Network::Twitter) => {
                let second = u64::from(account.is_second()) * 7_000_000_000;
                write!(out, "{}", 20_000_000 + u64::from(person) * 17 + second)
            }
            (_, Network::Slack) => write!(out, "U{person:07}"),
            (_, network) => {
                let (first, last) = self.name(person);
                let start = out.len();
                let written = match network {
                    Network::Mastodon => write!(out, "{first}.{last}{person}@fedi.example"),
                    Network::Discourse => write!(out, "{first}_{last}{person}"),
                    _ if role == Role::Employee => {
                        write!(out, "{first}.{last}.{person}@acme.example")
                    }
                    _ => write!(out, "{first}.{last}.{person}@mail.example"),
                };
                out[start..].make_ascii_lowercase();
                written
            }
        };
    }

    /// An account's id within its network.
    pub fn account_id(&self, account: AccountRef) -> String {
        let mut id = String::new();
        self.write_account(account, &mut id);
        id
    }

    /// An account as `network:id`.
    pub fn account_name(&self, account: AccountRef) -> String {
        format!("{}:{}", account.network().name(), self.account_id(account))
    }

    /// Every account of a person.
    pub fn accounts(&self, person: u32) -> Vec<AccountRef> {
        let mut accounts: Vec<AccountRef> = Network::ALL
            .into_iter()
            .filter(|network| self.is_on(person, *network))
            .map(|network| AccountRef::new(person, network))
            .collect();
        if self.has_second(person) {
            accounts.push(AccountRef::new(person, Network::Twitter).second());
        }
        accounts
    }
}

/// Writes the id of a post as rows do.
pub(crate) fn write_post(network: Network, post: u64, out: &mut String) {
    if network == Network::Discourse {
        out.push_str(FORUM);
        out.push('/');
    }
    write_hex(post, out);
}

/// Sixteen digits. The formatter of the standard library takes several times as long.
pub(crate) fn write_hex(number: u64, out: &mut String) {
    let digits: [u8; 16] = std::array::from_fn(|place| {
        b"0123456789abcdef"[(number >> (60 - 4 * place)) as usize & 15]
    });
    out.push_str(std::str::from_utf8(&digits).unwrap_or_default());
}
