//! A simulated world as definitions see it.

use influence::definition::{Side, Standing};
use influence::plan::Inputs;
use influence::signals::{self, Options};
use influence::{Definition, Error, Fit, Membership, Plan, Projector, Scorecard};
use model::{Acts, Time};
use simulate::{Role, World};
use std::collections::BTreeMap;

/// A world with everybody's accounts joined and their roles known.
#[derive(Debug)]
pub struct Stage {
    world: World,
    membership: Membership,
    /// Role by person key.
    roles: BTreeMap<u64, Role>,
}

/// Largest residual of a walk: far below what a score shows.
const RESIDUAL: f64 = 1e-9;

impl Stage {
    /// The stage of a world.
    pub fn new(world: World) -> Stage {
        let (mut pairs, mut roles) = (Vec::new(), BTreeMap::new());
        for (number, person) in world.people().iter().enumerate() {
            let accounts = world.accounts(number as u32);
            let keys: Vec<u64> = accounts.into_iter().map(|one| world.account_key(one)).collect();
            let Some(id) = keys.iter().min().copied() else { continue };
            roles.insert(id, person.role);
            pairs.extend(keys.into_iter().map(|key| (key, id)));
        }
        Stage { world, membership: Membership::new(pairs), roles }
    }

    /// The same where the firm's own accounts and its bot are known as such, so that what they do speaks for nobody.
    pub fn with_firm_known(mut self) -> Stage {
        let schemes = self.world.schemes();
        let accounts = schemes.house.into_iter().chain(schemes.system);
        let keys: Vec<u64> = (accounts.flat_map(|one| self.world.accounts(one)))
            .map(|account| self.world.account_key(account))
            .collect();
        self.membership = self.membership.muting(keys);
        self
    }

    /// The person behind an account.
    pub fn person_of(&self, account: u64) -> u64 {
        self.membership.person_of(account)
    }

    /// Real people, in order of key.
    pub fn people(&self) -> impl Iterator<Item = u64> + '_ {
        self.roles.iter().filter(|(_, role)| role.is_person()).map(|(person, _)| *person)
    }

    /// The world.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The last moment of the window.
    pub fn as_of(&self) -> Time {
        Time(self.world.config().end.0 - 1)
    }

    /// Scores what happened in one draw of the window under `fit`, or under one made now. House accounts, bots and fake
    /// accounts are known as such and not scored.
    ///
    /// # Errors
    /// The definition can't be computed.
    pub fn score(
        &self,
        definition: &Definition,
        acts: &Acts,
        fit: &mut Option<Fit>,
        intervals: bool,
    ) -> Result<Scorecard, Error> {
        self.score_as_of(definition, self.as_of(), acts, fit, intervals)
    }

    /// The same as of another moment.
    ///
    /// # Errors
    /// The definition can't be computed.
    pub fn score_as_of(
        &self,
        definition: &Definition,
        as_of: Time,
        acts: &Acts,
        fit: &mut Option<Fit>,
        intervals: bool,
    ) -> Result<Scorecard, Error> {
        let mut projector = Projector::new(&definition.projection, as_of, &self.membership)?;
        if intervals {
            projector = projector.with_clusters();
        }
        if definition.needs_actions() {
            projector = projector.with_actions();
        }
        projector.add(acts)?;
        let snapshot = projector.finish()?;
        let communities = match &fit {
            Some(fit) => fit.communities().cloned(),
            None => definition.needs_communities().then(|| snapshot.communities().clone()),
        };
        let (mut options, mut columns) = (Vec::new(), Vec::new());
        for signal in &definition.signals {
            let mut own: Options = signal.options()?;
            (own.residual, own.communities) = (RESIDUAL, communities.clone());
            columns.push(signals::compute(&signal.name, &snapshot, &own)?.values);
            options.push(own);
        }
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let roles = || snapshot.people().iter().map(|person| self.roles.get(person));
        let inputs = Inputs {
            snapshot: &snapshot.id(),
            as_of: snapshot.as_of(),
            people: snapshot.people(),
            columns: &columns,
            engagers: snapshot.engagers(),
            interactions: snapshot.received(),
            admitted: &roles().map(|role| admits(definition, role)).collect::<Vec<_>>(),
            barred: &roles()
                .map(|role| !role.is_some_and(|role| role.is_person()))
                .collect::<Vec<_>>(),
        };
        let plan = Plan::bind(definition, inputs)?;
        let fit = match fit {
            Some(fit) => fit,
            None => {
                let made = plan.fit()?;
                fit.insert(match communities {
                    Some(communities) => made.with_communities(communities)?,
                    None => made,
                })
            }
        };
        let spread = match intervals {
            true => plan.spread(fit, &snapshot, &options)?,
            false => None,
        };
        plan.score_within(fit, spread.as_ref())
    }
}

fn admits(definition: &Definition, role: Option<&Role>) -> bool {
    let (side, role) = match role {
        Some(Role::Employee) => (Side::Inside, "employee"),
        Some(Role::Partner) => (Side::Edge, "partner"),
        Some(Role::Customer) => (Side::Outside, "customer"),
        Some(Role::Prospect) => (Side::Outside, "prospect"),
        _ => (Side::Outside, "public"),
    };
    definition.population.admits(&[Standing { side, role, organisation: "" }])
}
