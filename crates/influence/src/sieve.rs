//! Which rows count and in which layer: the part of a projection that looks at one row at a time.

use crate::error::{Error, Kind};
use crate::fold::{Layer, Layers, MOST_LAYERS, ONE};
use crate::projection::Projection;
use model::{Acts, Time, Visibility, verb};

/// A projection as of a time, with the networks and layers met so far.
#[derive(Debug)]
pub(crate) struct Sieve {
    projection: Projection,
    as_of: i64,
    from: i64,
    pub networks: Vec<String>,
    layers: Vec<Layer>,
}

/// What a verb means to a snapshot besides ties.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Post,
    Reshare,
    Follow,
    Unfollow,
    Other,
}

/// One run of rows as the sieve reads it.
pub(crate) struct Sight<'a> {
    pub acts: &'a Acts,
    networks: Vec<u16>,
    roles: Vec<Role>,
    /// Layer by (network, verb) of this run; looked up when first met.
    layers: Vec<u16>,
}

/// A layer not looked up yet, and one without weight.
const UNKNOWN: u16 = u16::MAX;
const NO_LAYER: u16 = u16::MAX - 1;

/// What every row has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub at: i64,
    pub network: u16,
    pub role: Role,
    /// Whether it lies in the window.
    pub recent: bool,
}

impl Sight<'_> {
    /// Pairs of a network and a verb that the run can name.
    pub fn cells(&self) -> usize {
        self.layers.len()
    }

    /// The pair of a row, below [`Sight::cells`].
    #[inline]
    pub fn cell(&self, row: usize) -> usize {
        self.acts.network[row] as usize * self.acts.verbs.len() + self.acts.verb[row] as usize
    }
}

impl Sieve {
    pub fn new(projection: &Projection, as_of: Time) -> Result<Sieve, Error> {
        projection.check()?;
        Ok(Sieve {
            projection: projection.clone(),
            as_of: as_of.0,
            from: projection.from(as_of).0,
            networks: Vec::new(),
            layers: Vec::new(),
        })
    }

    /// Prepares a run of rows; whatever is said about columns is checked here, once.
    pub fn sight<'a>(&mut self, acts: &'a Acts) -> Result<Sight<'a>, Error> {
        let rows = acts.len();
        let lengths = [
            acts.network.len(),
            acts.verb.len(),
            acts.actor.len(),
            acts.target.len(),
            acts.object.len(),
            acts.parent.len(),
            acts.weight.len(),
            acts.visibility.len(),
        ];
        let own = acts.own.len();
        let past = |codes: &[u16], names: usize| codes.iter().any(|code| *code as usize >= names);
        if lengths.iter().any(|length| *length != rows)
            || (own != rows && own != 0)
            || past(&acts.network, acts.networks.len())
            || past(&acts.verb, acts.verbs.len())
        {
            return Err(Error::new(
                Kind::Snapshot,
                "the columns of a run of interactions differ in length or name an unknown network or verb; \
                 check the ledger with verify",
            ));
        }
        let networks =
            (acts.networks.iter()).map(|name| self.network(name)).collect::<Result<_, _>>()?;
        let roles = acts
            .verbs
            .iter()
            .map(|name| match name.as_str() {
                "post" => Role::Post,
                "reshare" => Role::Reshare,
                "follow" => Role::Follow,
                "unfollow" => Role::Unfollow,
                _ => Role::Other,
            })
            .collect();
        Ok(Sight {
            acts,
            networks,
            roles,
            layers: vec![UNKNOWN; acts.networks.len() * acts.verbs.len()],
        })
    }

    fn network(&mut self, name: &str) -> Result<u16, Error> {
        if let Some(known) = self.networks.iter().position(|known| known == name) {
            return Ok(known as u16);
        }
        if self.networks.len() >= 60_000 {
            return Err(Error::new(
                Kind::Snapshot,
                "more than 60,000 networks; join some under one name when ingesting",
            ));
        }
        self.networks.push(name.to_owned());
        Ok(self.networks.len() as u16 - 1)
    }

    /// What `row` has to say at all; `None` if it lies ahead or its visibility is not declared.
    #[inline]
    pub fn seen(&self, sight: &Sight<'_>, row: usize) -> Option<Seen> {
        let acts = sight.acts;
        let at = acts.at[row];
        let level = Visibility::from_code(acts.visibility[row]);
        (at <= self.as_of && self.projection.visibility.has(level)).then(|| Seen {
            at,
            network: sight.networks[acts.network[row] as usize],
            role: sight.roles[acts.verb[row] as usize],
            recent: at > self.from,
        })
    }

    /// The layer of `row` and its decayed weight in units of 2^-32; `None` if it can make no tie.
    #[inline]
    pub fn weigh(
        &mut self,
        sight: &mut Sight<'_>,
        row: usize,
        at: i64,
    ) -> Result<Option<(u16, u64)>, Error> {
        let acts = sight.acts;
        if acts.target[row] == 0 {
            return Ok(None);
        }
        let (network, verb) = (acts.network[row] as usize, acts.verb[row] as usize);
        let cell = sight.cell(row);
        if sight.layers[cell] == UNKNOWN {
            sight.layers[cell] = self.layer(sight.networks[network], &acts.verbs[verb])?;
        }
        let layer = sight.layers[cell];
        if layer == NO_LAYER {
            return Ok(None);
        }
        let weight = acts.weight[row];
        if weight == 1.0 && self.projection.half_life.is_none() {
            return Ok(Some((layer, ONE as u64)));
        }
        if !(0.0..=1e6).contains(&weight) {
            return Err(Error::new(
                Kind::Snapshot,
                format!("an interaction weighs {weight}; weights lie between 0 and 1,000,000"),
            ));
        }
        let decay = self.projection.decay(self.as_of.saturating_sub(at));
        Ok(Some((layer, libm::round(weight * decay * ONE) as u64)))
    }

    fn layer(&mut self, network: u16, verb: &str) -> Result<u16, Error> {
        let known = |layer: &Layer| layer.network == network && layer.verb == verb;
        if let Some(known) = self.layers.iter().position(known) {
            return Ok(known as u16);
        }
        let weight = self.projection.weight(&self.networks[network as usize], verb);
        if weight <= 0.0 {
            return Ok(NO_LAYER);
        }
        if self.layers.len() >= MOST_LAYERS {
            return Err(Error::new(
                Kind::Snapshot,
                "more than 1,024 layers (verbs times networks) have weight; \
                 name fewer verbs in the projection, or join networks when ingesting",
            ));
        }
        self.layers.push(Layer {
            network,
            verb: verb.to_owned(),
            weight,
            stated: verb::stated_by_post(verb),
            returned: self.projection.returned.iter().any(|one| one == verb),
        });
        Ok(self.layers.len() as u16 - 1)
    }

    /// The layers met, ready for folding.
    pub fn layers(&self) -> Layers {
        Layers::new(self.layers.clone(), &self.networks)
    }

    pub fn projection(&self) -> &Projection {
        &self.projection
    }

    pub fn as_of(&self) -> i64 {
        self.as_of
    }
}
