//! What random numbers are for: the second name of each stream. No two may be equal.

macro_rules! purposes {
    ($($name:ident)*) => {
        purposes!(@ 1u64; $($name)*);
    };
    (@ $n:expr;) => {};
    (@ $n:expr; $name:ident $($rest:ident)*) => {
        pub(crate) const $name: u64 = $n;
        purposes!(@ $n + 1; $($rest)*);
    };
}

purposes! {
    GROUPS TRAITS ROLES FOLLOWS FOLLOW_BACK TIES SCHEMES NAMES
    DRAW ARRIVALS POST CARRY REACT BRAND HOST ITEM JOIN PILOT FOLLOWED KEEN
    ROSTER CONSENT DELIVERY WORDS SAMPLE GIVE
}
