//! The firm file: which role is on which side, and what is the firm's own.

use crate::event::Network;
use crate::names::FORUM;
use crate::world::World;

/// `firm.toml`.
pub(super) fn firm(world: &World) -> String {
    let list = |person: Option<u32>| {
        let accounts = person.map(|person| world.accounts(person)).unwrap_or_default();
        let names: Vec<String> = accounts
            .into_iter()
            .map(|account| format!("\"{}\"", world.account_name(account)))
            .collect();
        names.join(", ")
    };
    let (house, systems) = (list(world.schemes().house), list(world.schemes().system));
    let forum = Network::Discourse.name();
    format!(
        "# A simulated firm: nobody in it exists.\n\
         name = \"Acme\"\n\
         sides = {{ inside = [\"employee\"], edge = [\"partner\", \"contractor\", \"alumnus\"], outside = [\"customer\", \"prospect\", \"public\"] }}\n\
         house = [{house}]\n\
         systems = [{systems}]\n\
         brand = {{ names = [\"Acme\", \"Acme Flow\"], hashtags = [\"acme\"], links = [\"acme.example\"] }}\n\
         places = [\"{forum}:{FORUM}\"]\n"
    )
}
