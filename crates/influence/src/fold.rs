//! From the rows of one pair of people to their tie.
//!
//! `x = sum of round(weight * decay * 2^32)` per layer in 64-bit integers, so that no order of rows matters, then
//! `s = ln(1 + sum of w * x / 2^32)` over the layers in order of (verb, network), stored in 32 bits. What one record
//! states twice counts once: among rows of one pair with equal (network, at, object) whose verbs one post can state,
//! only those of the verb with the largest layer weight (then the smallest name) are kept.
//!
//! The bound: one layer of one pair holds less than 2^31 of weight; more is an error, never a wrong sum.

use crate::error::{Error, Kind};

/// One row that counts, in 32 bytes. The order of fields is the order of sorting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Record {
    /// Number of the person who acted, then of the one toward whom.
    pub pair: u64,
    /// Microseconds since 1970.
    pub at: i64,
    /// Key of the post concerned; 0 for none.
    pub object: u64,
    /// Layer (10 bits), visibility (2), decayed weight in units of 2^-32 (52).
    pub value: u64,
}

/// As many layers as a record can name.
pub(crate) const MOST_LAYERS: usize = 1 << 10;
/// 1 in the fixed point of sums.
pub(crate) const ONE: f64 = 4_294_967_296.0;
const WEIGHT_BITS: u32 = 52;

impl Record {
    pub fn new(
        source: u32,
        target: u32,
        at: i64,
        object: u64,
        layer: u16,
        visibility: u8,
        fixed: u64,
    ) -> Record {
        Record {
            pair: u64::from(source) << 32 | u64::from(target),
            at,
            object,
            value: u64::from(layer) << (WEIGHT_BITS + 2)
                | u64::from(visibility & 3) << WEIGHT_BITS
                | fixed,
        }
    }

    pub fn source(&self) -> u32 {
        (self.pair >> 32) as u32
    }

    pub fn target(&self) -> u32 {
        self.pair as u32
    }

    pub fn layer(&self) -> usize {
        (self.value >> (WEIGHT_BITS + 2)) as usize
    }

    fn visibility(&self) -> u32 {
        (self.value >> WEIGHT_BITS) as u32 & 3
    }

    fn fixed(&self) -> i64 {
        (self.value & ((1 << WEIGHT_BITS) - 1)) as i64
    }
}

impl AsRef<Record> for Record {
    fn as_ref(&self) -> &Record {
        self
    }
}

/// A layer that rows were seen in.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    /// Index of the network's name.
    pub network: u16,
    pub verb: String,
    pub weight: f64,
    /// Whether one post can state the verb beside others.
    pub stated: bool,
    /// Whether its rows count only where something goes the other way.
    pub returned: bool,
}

/// The layers of a snapshot with what their folding needs.
#[derive(Debug)]
pub(crate) struct Layers {
    pub list: Vec<Layer>,
    /// Place of each layer in the order of addition: by verb, then network's name.
    place: Vec<u16>,
    /// The layer at each place.
    order: Vec<u16>,
    /// Precedence of each layer among what one post states: by weight, largest first, then verb.
    precedence: Vec<u16>,
}

impl Layers {
    pub fn new(list: Vec<Layer>, networks: &[String]) -> Layers {
        let sorted = |by: &dyn Fn(&Layer, &Layer) -> std::cmp::Ordering| {
            let mut order: Vec<u16> = (0..list.len() as u16).collect();
            order.sort_by(|a, b| by(&list[*a as usize], &list[*b as usize]));
            order
        };
        let name = |layer: &Layer| &networks[layer.network as usize];
        let order = sorted(&|a, b| a.verb.cmp(&b.verb).then_with(|| name(a).cmp(name(b))));
        let by_weight = sorted(&|a, b| {
            b.weight
                .total_cmp(&a.weight)
                .then_with(|| a.verb.cmp(&b.verb))
                .then_with(|| name(a).cmp(name(b)))
        });
        let inverse = |order: &[u16]| {
            let mut places = vec![0; order.len()];
            for (place, layer) in order.iter().enumerate() {
                places[*layer as usize] = place as u16;
            }
            places
        };
        Layers { place: inverse(&order), precedence: inverse(&by_weight), order, list }
    }

    /// What a row that counts gives to the sum in the logarithm.
    pub fn part(&self, row: &Record) -> f64 {
        self.list[row.layer()].weight * (row.fixed() as f64 / ONE)
    }
}

/// What a tie is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sum {
    pub strength: f32,
    pub interactions: u32,
    pub first: i64,
    pub last: i64,
    /// Bit `v` is set where a row of the visibility with code `v` counted.
    pub seen: u8,
}

/// Room to fold one pair after another.
#[derive(Debug)]
pub(crate) struct Folder<'a> {
    layers: &'a Layers,
    /// Sum per place; 0 between pairs.
    sums: Vec<i64>,
    /// Places with rows.
    touched: Vec<u16>,
    /// Best precedence per network, within a run of rows at one time about one object.
    best: Vec<(u16, u16)>,
    /// Sums whose strength was computed last.
    memo: [(f64, f32); MEMO],
}

const MEMO: usize = 256;

impl<'a> Folder<'a> {
    pub fn new(layers: &'a Layers) -> Folder<'a> {
        Folder {
            layers,
            sums: vec![0; layers.list.len()],
            touched: Vec::new(),
            best: Vec::new(),
            memo: [(0.0, 0.0); MEMO],
        }
    }

    /// Calls `each` with the rows that count; `pair` is sorted and holds one pair only.
    pub fn counted<R: AsRef<Record>>(&mut self, pair: &[R], mut each: impl FnMut(&R)) {
        let key = |row: &R| (row.as_ref().at, row.as_ref().object);
        for run in pair.chunk_by(|a, b| key(a) == key(b)) {
            if let [row] = run {
                each(row);
                continue;
            }
            let layers = self.layers;
            let of = |row: &R| {
                let code = row.as_ref().layer();
                let layer = &layers.list[code];
                (layer.stated, layer.network, layers.precedence[code])
            };
            self.best.clear();
            self.best.extend(
                run.iter()
                    .map(of)
                    .filter(|(stated, ..)| *stated)
                    .map(|(_, network, precedence)| (network, precedence)),
            );
            self.best.sort_unstable();
            self.best.dedup_by_key(|(network, _)| *network);
            for row in run {
                let (stated, network, precedence) = of(row);
                let best = self.best.binary_search(&(network, precedence));
                if !stated || best.is_ok() {
                    each(row);
                }
            }
        }
    }

    /// The tie of one pair, `None` where its strength is 0. `pair` is sorted and not empty.
    pub fn tie<R: AsRef<Record>>(&mut self, pair: &[R]) -> Result<Option<Sum>, Error> {
        let mut sum =
            Sum { strength: 0.0, interactions: 0, first: i64::MAX, last: i64::MIN, seen: 0 };
        let (layers, mut sums, mut touched) =
            (self.layers, std::mem::take(&mut self.sums), std::mem::take(&mut self.touched));
        let mut overflow = false;
        self.counted(pair, |row| {
            let row = row.as_ref();
            let place = layers.place[row.layer()];
            if !touched.contains(&place) {
                touched.push(place);
            }
            let x = &mut sums[place as usize];
            match x.checked_add(row.fixed()) {
                Some(more) => *x = more,
                None => overflow = true,
            }
            sum.interactions = sum.interactions.saturating_add(1);
            sum.first = sum.first.min(row.at);
            sum.last = sum.last.max(row.at);
            sum.seen |= 1 << row.visibility();
        });
        touched.sort_unstable();
        let mut total = 0.0;
        for place in touched.drain(..) {
            let x = std::mem::take(&mut sums[place as usize]);
            let layer = layers.order[place as usize] as usize;
            total += layers.list[layer].weight * (x as f64 / ONE);
        }
        (self.sums, self.touched) = (sums, touched);
        if overflow {
            return Err(Error::new(
                Kind::Snapshot,
                "the interactions of one person toward another by one verb weigh more than 2,147,483,647 together; \
                 give them smaller weights",
            ));
        }
        // Most ties are one of few sums, and a logarithm costs more than a look.
        let memo = &mut self.memo[(total.to_bits() >> 40) as usize % MEMO];
        if memo.0 != total {
            *memo = (total, libm::log(1.0 + total) as f32);
        }
        sum.strength = memo.1;
        Ok((sum.strength > 0.0).then_some(sum))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layers() -> Layers {
        let layer = |network, verb: &str, weight, stated| Layer {
            network,
            verb: verb.into(),
            weight,
            stated,
            returned: false,
        };
        Layers::new(
            vec![
                layer(0, "reply", 0.5, true),
                layer(0, "mention", 0.25, true),
                layer(1, "mention", 0.25, true),
                layer(0, "like", 4.0, false),
                layer(0, "answer", 0.5, true),
            ],
            &["b".into(), "a".into()],
        )
    }

    fn row(at: i64, object: u64, layer: u16) -> Record {
        Record::new(1, 2, at, object, layer, 0, ONE as u64)
    }

    fn fold(mut rows: Vec<Record>) -> Option<Sum> {
        rows.sort_unstable();
        let layers = layers();
        Folder::new(&layers).tie(&rows).unwrap()
    }

    #[test]
    fn a_record_gives_back_what_it_was_made_of() {
        let row = Record::new(u32::MAX, 7, -5, 9, 1023, 2, (1 << 52) - 1);
        assert_eq!((row.source(), row.target(), row.layer()), (u32::MAX, 7, 1023));
        assert_eq!((row.visibility(), row.fixed()), (2, (1 << 52) - 1));
    }

    #[test]
    fn a_tie_is_the_logarithm_of_its_weighted_sum() {
        let sum = fold(vec![row(5, 0, 0), row(3, 0, 0), row(4, 0, 3)]).unwrap();
        assert_eq!(sum.strength, 6f64.ln() as f32);
        assert_eq!((sum.interactions, sum.first, sum.last), (3, 3, 5));
    }

    #[test]
    fn what_one_record_states_twice_counts_once_as_its_strongest_verb() {
        let twice = fold(vec![row(5, 9, 0), row(5, 9, 1)]);
        assert_eq!(twice, fold(vec![row(5, 9, 0)]));
        let equal_weights = fold(vec![row(5, 9, 0), row(5, 9, 4), row(5, 9, 4)]).unwrap();
        assert_eq!(equal_weights.interactions, 2, "answer comes before reply");
    }

    #[test]
    fn other_times_objects_networks_and_verbs_are_other_records() {
        for (other, interactions) in
            [(row(6, 9, 1), 2), (row(5, 8, 1), 2), (row(5, 9, 2), 2), (row(5, 9, 3), 2)]
        {
            let sum = fold(vec![row(5, 9, 0), other]).unwrap();
            assert_eq!(sum.interactions, interactions, "{other:?}");
        }
    }

    #[test]
    fn rows_of_weight_zero_make_no_tie() {
        assert_eq!(fold(vec![Record::new(1, 2, 5, 0, 0, 0, 0)]), None);
    }

    #[test]
    fn more_weight_than_fits_is_an_error_and_not_a_wrong_sum() {
        let layers = layers();
        let heavy = (0..2_148).map(|at| Record::new(1, 2, at, 0, 0, 0, (1e6 * ONE) as u64));
        let heavy: Vec<_> = heavy.collect();
        let mut folder = Folder::new(&layers);
        assert!(folder.tie(&heavy[..2_000]).unwrap().is_some());
        assert!(folder.tie(&heavy).unwrap_err().to_string().contains("smaller weights"));
        // The room is clean again afterwards.
        let one = folder.tie(&[row(1, 0, 0)]).unwrap().unwrap();
        assert_eq!(one.strength, 1.5f64.ln() as f32);
    }
}
