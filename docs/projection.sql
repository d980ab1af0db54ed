-- From interactions to ties: what a projection means, as one statement (DuckDB's dialect).
--
-- Reads   interactions(id, "at", network, verb, actor, target, object, visibility, weight, ...)   as `export interactions`
--             writes it; actor and target are `network:id`
--         people(person, account)          one row for each account that is known; others are their own person
--         mute(person)                     the firm's own accounts and systems, which are no people: what they do speaks for nobody
--         layers(network, verb, weight, stated_by_post)   one row for each network and verb that occur and whose weight
--             is above 0: that of the key `network:verb`, else that of `verb`
-- With    $as_of       a time, such as '2026-01-31 09:30:00+00'
--         $window      seconds
--         $half_life   seconds, or NULL for none
--         $visibility  the levels that count, such as ['public', 'community']
--         $returned    the verbs that count only where something of weight goes the other way, such as ['reply']; [] for none
-- Gives   ties(source, target, strength, interactions, first, last)   source acted, target is credited
--
-- Sums are of 64-bit integers in units of 2^-32, so no order of rows matters. The weight of one layer of one
-- pair stays below 2^31; Tertius refuses more. Superseded rows (two contents under one id) are in no export.

WITH
asked AS (SELECT CAST($as_of AS TIMESTAMPTZ) AS as_of),
-- An undo by the same actor counts from its own time, a delete for all times, even from after $as_of.
taken_back AS (
    SELECT DISTINCT network, actor, object AS id
    FROM interactions, asked
    WHERE verb = 'delete' OR (verb = 'undo' AND "at" <= as_of)
),
held AS (
    SELECT i.*, epoch_us(as_of) - epoch_us(i."at") AS age
    FROM interactions AS i CROSS JOIN asked
    ANTI JOIN taken_back AS t ON t.network = i.network AND t.actor = i.actor AND t.id = i.id
    WHERE i."at" <= as_of
      AND epoch_us(as_of) - epoch_us(i."at") < $window * 1000000.0
      AND i.target IS NOT NULL
      AND list_contains($visibility, i.visibility)
),
-- Accounts become people; what people do toward themselves makes no tie.
rows_between_people AS (
    SELECT coalesce(s.person, h.actor) AS source,
           coalesce(t.person, h.target) AS target,
           h.network, h.verb, h."at", h.object, l.weight AS w, l.stated_by_post,
           CAST(round(h.weight
               * CASE WHEN $half_life IS NULL THEN 1.0
                      ELSE pow(2.0, -h.age / ($half_life * 1000000.0)) END
               * 4294967296.0) AS BIGINT) AS x
    FROM held AS h
    JOIN layers AS l ON l.network = h.network AND l.verb = h.verb
    LEFT JOIN people AS s ON s.account = h.actor
    LEFT JOIN people AS t ON t.account = h.target
    ANTI JOIN mute AS m ON m.person = coalesce(s.person, h.actor)
    WHERE l.weight > 0
      AND coalesce(s.person, h.actor) <> coalesce(t.person, h.target)
),
-- What must be returned counts only toward somebody who did something for its actor.
answered AS (
    SELECT *
    FROM rows_between_people AS r
    WHERE NOT list_contains($returned, r.verb)
       OR EXISTS (SELECT 1 FROM rows_between_people AS back
                  WHERE back.source = r.target AND back.target = r.source AND back.x > 0)
),
-- What one record states twice (a reply that also mentions the same person) counts once, as its strongest verb.
counted AS (
    SELECT *
    FROM answered
    QUALIFY NOT stated_by_post
         OR rank() OVER (PARTITION BY stated_by_post, network, source, target, "at", object
                         ORDER BY w DESC, verb) = 1
),
layer_sums AS (
    SELECT source, target, network, verb, any_value(w) AS w,
           sum(x) / 4294967296.0 AS x,
           count(*) AS interactions, min("at") AS first, max("at") AS last
    FROM counted
    GROUP BY source, target, network, verb
)
SELECT source, target,
       CAST(ln(1 + sum(w * x ORDER BY verb, network)) AS FLOAT) AS strength,
       CAST(sum(interactions) AS BIGINT) AS interactions,
       min(first) AS first,
       max(last) AS last
FROM layer_sums
GROUP BY source, target
HAVING strength > 0
ORDER BY source, target;
