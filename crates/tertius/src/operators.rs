//! People who may sign in to the pages: added, listed and removed, and what was done by whom.
//!
//! What a role may see is said in [`crate::disclosure`]; how sign-ins, sessions and the trail are kept, in the ledger.

use crate::error::Result;
use crate::workspace::Workspace;
use model::Time;

pub use ledger::operators::{
    Audited, Operator, Operators, Role, SESSION, random_token, same_token,
};

impl Workspace {
    /// The operators, for a server.
    pub fn operators(&self) -> Result<Operators> {
        self.must_exist()?;
        Ok(Operators::open(self.dir())?)
    }

    /// Adds somebody who may sign in. Fails where the name is taken or can't be one, or the password is too short.
    pub fn add_operator(&self, name: &str, role: Role, password: &str) -> Result<Operator> {
        let (mut operators, now) = (self.operators()?, Time::now());
        operators.add(name, role, password, now)?;
        Ok(Operator { name: name.to_owned(), role, created: now })
    }

    /// Gives somebody another password; who is signed in by that name is signed out.
    pub fn set_operator_password(&self, name: &str, password: &str) -> Result<()> {
        Ok(self.operators()?.set_password(name, password, Time::now())?)
    }

    /// Removes somebody; who is signed in by that name is signed out.
    pub fn remove_operator(&self, name: &str) -> Result<()> {
        Ok(self.operators()?.remove(name, Time::now())?)
    }

    /// Who may sign in, by name.
    pub fn list_operators(&self) -> Result<Vec<Operator>> {
        Ok(self.operators()?.list()?)
    }

    /// The newest `limit` lines of the audit trail, newest first.
    pub fn audit(&self, limit: usize) -> Result<Vec<Audited>> {
        Ok(self.operators()?.audited(limit)?)
    }
}
