//! A draw as columns of numbers, as a snapshot takes them: for benchmarks that replay hundreds of draws.
//!
//! Keys are those that the written files have once they are ingested. Rows that were undone are left out, and undos with them.

use crate::event::{AccountRef, Event, Network, Verb};
use crate::names::write_post;
use crate::world::World;
use model::{Acts, keys};

/// Accounts that a person may have: one a network, and a second one on twitter.
const EACH: usize = 6;

impl World {
    /// One draw, with the follows among them or without.
    pub fn acts(&self, draw: u64, follows: bool) -> Acts {
        let mut acts = Acts {
            networks: Network::ALL.iter().map(|network| network.name().to_owned()).collect(),
            verbs: Verb::ALL.iter().map(|verb| verb.name().to_owned()).collect(),
            ..Acts::default()
        };
        let mut text = String::new();
        let keys = self.account_keys();
        let mut known = (0, 0);
        let mut last = 0;
        let mut push = |event: &Event| {
            if event.verb == Verb::Undo {
                // An undo comes right after the row that it takes back.
                if last == event.object {
                    pop(&mut acts);
                }
                return;
            }
            last = event.id;
            let mut post = |post: u64| match post {
                0 => 0,
                post if post == known.0 => known.1,
                post => {
                    text.clear();
                    write_post(event.network, post, &mut text);
                    known = (post, keys::post(event.network.name(), &text));
                    known.1
                }
            };
            acts.at.push(event.at);
            acts.network.push(event.network as u16);
            acts.verb.push(event.verb as u16);
            acts.actor.push(keys[place(event.actor)]);
            let target = event.target;
            acts.target.push(if target == AccountRef::NOBODY { 0 } else { keys[place(target)] });
            acts.parent.push(post(event.parent));
            acts.object.push(post(event.object));
            // A reshare is a post too, by which others name it that passed it on from there.
            acts.own.push(if event.verb == Verb::Reshare { post(event.id) } else { 0 });
            acts.weight.push(1.0);
            acts.visibility.push(event.network.visibility() as u8);
        };
        if follows {
            self.follow_events(&mut push);
        }
        self.play(draw, &mut push);
        acts
    }

    /// The key of an account, as every other part of the program has it.
    pub fn account_key(&self, account: AccountRef) -> u64 {
        self.account_keys()[place(account)]
    }

    fn account_keys(&self) -> &[u64] {
        self.keys.get_or_init(|| {
            let mut keys = vec![0; self.people.len() * EACH];
            let mut id = String::new();
            for person in 0..self.people.len() as u32 {
                let first = Network::ALL.map(|network| AccountRef::new(person, network));
                for account in first.into_iter().chain([first[0].second()]) {
                    id.clear();
                    self.write_account(account, &mut id);
                    keys[place(account)] =
                        (keys::account(account.network().name(), &id) >> 64) as u64;
                }
            }
            keys
        })
    }
}

fn place(account: AccountRef) -> usize {
    let column = if account.is_second() { EACH - 1 } else { account.network() as usize };
    account.person() as usize * EACH + column
}

fn pop(acts: &mut Acts) {
    acts.at.pop();
    acts.network.pop();
    acts.verb.pop();
    acts.actor.pop();
    acts.target.pop();
    acts.parent.pop();
    acts.object.pop();
    acts.own.pop();
    acts.weight.pop();
    acts.visibility.pop();
}
