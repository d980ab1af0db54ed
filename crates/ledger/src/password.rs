//! Passwords as they are stored: argon2id (RFC 9106), 19 MiB and 2 passes on one lane, with 16 random bytes of salt each.
//!
//! The costs stand beside each hash, so that they can be raised later and older hashes still be read.

use crate::error::{Error, Kind};
use crate::secrets;
use argon2::{Algorithm, Argon2, Params, Version};

/// Characters of a password, at least.
pub const SHORTEST: usize = 12;
/// Bytes of a password, at most.
const LONGEST: usize = 1_024;

/// KiB of memory, passes over it, lanes.
type Costs = (u32, u32, u32);
const COSTS: Costs = (19 << 10, 2, 1);

/// What is kept of a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub(crate) salt: [u8; 16],
    pub(crate) costs: Costs,
    pub(crate) hash: [u8; 32],
}

impl Stored {
    /// Hashes a password that somebody chose. Fails where it is too short to withstand guessing, or too long.
    pub fn of(password: &str) -> Result<Stored, Error> {
        let refuse = |what: String| Err(Error::new(Kind::Refused, what));
        if password.chars().count() < SHORTEST {
            return refuse(format!(
                "a password has at least {SHORTEST} characters; several words are easily kept in mind"
            ));
        }
        if password.len() > LONGEST {
            return refuse(format!("a password has at most {LONGEST} bytes"));
        }
        let salt = secrets::random_bytes()?;
        Ok(Stored { salt, costs: COSTS, hash: hash(password, &salt, COSTS)? })
    }

    /// Whether it is this password; takes the same time whatever differs.
    pub fn is(&self, password: &str) -> Result<bool, Error> {
        let given = hash(&password[..floor(password)], &self.salt, self.costs)?;
        Ok(blake3::Hash::from(given) == blake3::Hash::from(self.hash))
    }

    /// One that no password has: to take as long for a name that is unknown as for one that is known.
    pub fn nobody() -> Stored {
        Stored { salt: [0; 16], costs: COSTS, hash: [0; 32] }
    }
}

/// Where to cut what no stored password can be as long as.
fn floor(password: &str) -> usize {
    let mut end = password.len().min(LONGEST + 1);
    while !password.is_char_boundary(end) {
        end -= 1;
    }
    end
}

fn hash(password: &str, salt: &[u8], (memory, passes, lanes): Costs) -> Result<[u8; 32], Error> {
    let failed = |error: argon2::Error| {
        Error::new(Kind::Damaged, format!("a password can't be hashed: {error}"))
    };
    let params = Params::new(memory, passes, lanes, Some(32)).map_err(failed)?;
    let mut out = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password.as_bytes(), salt, &mut out)
        .map_err(failed)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_again_and_no_other_is() {
        let stored = Stored::of("correct horse battery").unwrap();
        assert!(stored.is("correct horse battery").unwrap());
        assert!(!stored.is("correct horse batter").unwrap());
        assert!(!stored.is("").unwrap());
        assert!(!Stored::nobody().is("").unwrap());
        assert_ne!(stored, Stored::of("correct horse battery").unwrap());
    }

    #[test]
    fn what_can_be_guessed_or_costs_too_much_is_refused() {
        assert!(Stored::of("short").is_err());
        assert!(Stored::of(&"x".repeat(LONGEST + 1)).is_err());
        let longest = "\u{e9}".repeat(LONGEST / 2);
        let stored = Stored::of(&longest).unwrap();
        assert!(stored.is(&longest).unwrap());
        assert!(!stored.is(&format!("{longest}x")).unwrap());
    }

    #[test]
    fn the_hash_is_that_of_the_reference() {
        // From the tests of the reference implementation: argon2id, version 19, 64 MiB, 2 passes, 1 lane.
        let found = hash("password", b"somesalt", (1 << 16, 2, 1)).unwrap();
        let expected = "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7";
        assert_eq!(blake3::Hash::from(found).to_hex().as_str(), expected);
    }
}
