"""The projection as SQL: `docs/projection.sql` in DuckDB over the exports gives the exported ties.

Also counts posts and followers from the exported interactions, for the signals that are not made of ties.
"""

import datetime
import time
import tomllib

import duckdb
import numpy as np

MAKES_NO_TIES = {"post", "follow", "unfollow", "undo", "delete"}
STATED_BY_POST = {"reshare", "quote", "reply", "answer", "mention"}
UNITS = {"m": 60, "h": 3_600, "d": 86_400, "w": 604_800}

# Rows that hold at the moment asked for: not later, and not taken back by their own actor.
LIVE = """
    create or replace table live as
    select i.* from interactions i, asked
    where i."at" <= asked.as_of
      and not exists (
        select 1 from interactions u
        where u.verb in ('undo', 'delete') and u.network = i.network and u.object = i.id and u.actor = i.actor
          and (u.verb = 'delete' or u."at" <= asked.as_of))
"""

POSTS = """
    with posts as (
        select network, object, arg_min(actor, ("at", actor)) as author, min("at") as published
        from live, asked
        where verb = 'post' and object is not null and visibility in ('public', 'community')
          and "at" > asked.as_of - asked."window"
        group by network, object
        having any_value(asked.as_of) - min("at") > interval 48 hours),
    reshared as (
        select distinct p.network, p.object
        from posts p
        join live r on r.verb = 'reshare' and r.network = p.network and r.object = p.object
                   and r.visibility in ('public', 'community')
        join people author on author.account = p.author
        join people sharer on sharer.account = r.actor
        where author.person <> sharer.person and sharer.person not in (select person from mute))
    select people.person, count(*) as posts, count(reshared.object) as reshared
    from posts
    join people on people.account = posts.author
    left join reshared using (network, object)
    group by people.person
"""

FOLLOWERS = """
    with last as (
        select network, actor, target, arg_max(verb, ("at", verb)) as verb
        from live
        where verb in ('follow', 'unfollow') and visibility in ('public', 'community')
        group by network, actor, target)
    select followed.person, count(distinct follower.person) as followers
    from last
    join people followed on followed.account = last.target
    join people follower on follower.account = last.actor
    where last.verb = 'follow' and followed.person <> follower.person
    group by followed.person
"""


class Tables:
    """The exports as tables, with what a definition asks for."""

    def __init__(self, interactions, people, definition):
        asked = tomllib.loads(definition.read_text(encoding="utf-8"))
        self.base = duckdb.connect()
        self.base.execute("set threads = 2")
        self.base.execute("set timezone = 'UTC'")
        self.base.execute(f"""create table interactions as select * from read_parquet('{interactions}')""")
        self.base.execute(f"""create table people as
            select person::varchar as person, unnest(string_split(accounts, ' ')) as account
            from read_parquet('{people}')""")
        self.base.execute(f"""create table mute as
            select distinct person::varchar as person from read_parquet('{people}') where side in ('house', 'system')""")
        self._layers(asked)
        window = asked["projection"]["window"]
        seconds = int(window[:-1]) * UNITS[window[-1]]
        self.base.execute(f"""create table asked as
            select max("at") as as_of, to_seconds({seconds}) as "window" from interactions""")
        self.base.execute("create table visible as select unnest($levels) as visibility", {"levels": asked["visibility"]})

    def _layers(self, asked):
        """The weight of each (network, verb) that occurs; `network:verb` beats `verb`."""
        weights = asked["projection"]["layers"]
        self.base.execute("create table layers (network varchar, verb varchar, weight double, stated_by_post boolean)")
        met = self.base.execute("select distinct network, verb from interactions").fetchall()
        for network, verb in met:
            weight = weights.get(f"{network}:{verb}", weights.get(verb, 0.0))
            if weight > 0 and verb not in MAKES_NO_TIES:
                row = [network, verb, weight, verb in STATED_BY_POST]
                self.base.execute("insert into layers values (?, ?, ?, ?)", row)

    def posts(self):
        """Settled posts and how many of them somebody else passed on, by person."""
        self.base.execute(LIVE)
        rows = self.base.execute(POSTS).fetchall()
        return {person: (posts, reshared) for person, posts, reshared in rows}

    def followers(self):
        """Distinct followers, by person."""
        self.base.execute(LIVE)
        return dict(self.base.execute(FOLLOWERS).fetchall())


def ties(report, data, tables, statement, exported):
    """Runs the statement and holds every tie of it against the exported one."""
    started = time.perf_counter()
    newest, window = tables.base.execute("select epoch_us(as_of), epoch(\"window\") from asked").fetchone()
    as_of = datetime.datetime.fromtimestamp(0, datetime.timezone.utc) + datetime.timedelta(microseconds=newest)
    levels = [level for (level,) in tables.base.execute("select visibility from visible").fetchall()]
    asked = {"as_of": as_of, "window": window, "half_life": None, "visibility": levels, "returned": []}
    stated = tables.base.sql(statement.read_text(encoding="utf-8"), params=asked).to_arrow_table()
    tables.base.register("stated", stated)
    tables.base.execute(f"create or replace view exported as select * from read_parquet('{exported}')")
    joined = tables.base.execute("""
        select e.strength::double as ours, s.strength::double as theirs,
               e.interactions::double as our_count, s.interactions::double as their_count,
               epoch_us(e."first") = epoch_us(s."first") and epoch_us(e."last") = epoch_us(s."last") as times
        from exported e full join stated s
          on e.source::varchar = s.source::varchar and e.target::varchar = s.target::varchar
    """).fetchnumpy()
    ours, theirs, our_count, their_count = (
        np.ma.filled(np.ma.asarray(joined[name]).astype(float), np.nan)
        for name in ("ours", "theirs", "our_count", "their_count")
    )
    # Both are 32-bit numbers. A logarithm whose last bits lie on a boundary may be rounded to either side of it.
    across = (ours != theirs) & (np.abs(ours - theirs) <= np.spacing(ours.astype(np.float32)))
    if across.sum() <= len(ours) / 100_000:
        theirs = np.where(across, ours, theirs)
    report.equal(data, "ties: strength", "duckdb", ours, theirs, started)
    report.equal(data, "ties: interactions", "duckdb", our_count, their_count, started)
    differing = int((~np.ma.filled(joined["times"], False).astype(bool)).sum())
    report.line(differing == 0, data, "ties: first and last", "duckdb", f"{differing} differ", started)
