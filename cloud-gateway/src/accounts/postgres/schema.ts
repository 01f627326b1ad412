/**
 * Tables and functions of the accounts in PostgreSQL; the columns are those of sqlite/schema.ts. Every operation is one
 * function, so one statement and one round trip: nothing is read, thought about and written back over the network.
 *
 * Locks are taken in one order everywhere: `change_counter`, then boxes by their id, then what belongs to a box. A box
 * is locked by whatever changes its questions, counts or generation. The counter is held until its transaction ends, so
 * changes become visible in the order of their numbers, and whoever asks for "after n" misses none.
 */
const tables = `
CREATE TABLE store_age (
  one     boolean PRIMARY KEY DEFAULT true CHECK (one),
  age     bigint NOT NULL,
  seen_at bigint NOT NULL
);
INSERT INTO store_age (age, seen_at) VALUES (0, 0);

CREATE TABLE change_counter (
  one     boolean PRIMARY KEY DEFAULT true CHECK (one),
  changes bigint NOT NULL
);
INSERT INTO change_counter (changes) VALUES (0);

-- Not "box", which is a type of PostgreSQL's.
CREATE TABLE enrolled_box (
  box               text COLLATE "C" PRIMARY KEY,
  key               text NOT NULL,
  public_key        bytea NOT NULL CHECK (length(public_key) = 32),
  rotated_from      text,
  label             text NOT NULL,
  enrolled_at       bigint NOT NULL,
  revoked_at        bigint,
  tokens_per_minute bigint,
  tokens_per_day    bigint,
  streams           integer NOT NULL,
  generation        bigint NOT NULL DEFAULT 0,
  changed           bigint NOT NULL UNIQUE
);

CREATE TABLE code (
  hash              bytea PRIMARY KEY,
  label             text NOT NULL,
  tokens_per_minute bigint,
  tokens_per_day    bigint,
  streams           integer NOT NULL,
  expires_at        bigint NOT NULL,
  used_box          text,
  used_key          text
);

CREATE TABLE process (
  process  text PRIMARY KEY,
  beat_age bigint NOT NULL
);

CREATE TABLE question (
  box               text COLLATE "C" NOT NULL,
  rid               text NOT NULL,
  epoch             integer NOT NULL,
  digest            text NOT NULL,
  process           text NOT NULL,
  alias             text NOT NULL,
  reserved_at       bigint NOT NULL,
  reserved_age      bigint NOT NULL,
  reserved          bigint NOT NULL,
  target            text,
  prompt_tokens     bigint NOT NULL,
  completion_tokens bigint NOT NULL DEFAULT 0,
  energy            bigint NOT NULL DEFAULT 0,
  cost              bigint NOT NULL DEFAULT 0,
  outcome           text,
  PRIMARY KEY (box, rid)
);
CREATE INDEX question_open ON question (box, process) WHERE outcome IS NULL;
CREATE INDEX question_age ON question (reserved_age);

CREATE TABLE spent (
  box    text COLLATE "C" NOT NULL,
  length bigint NOT NULL,
  start  bigint NOT NULL,
  tokens bigint NOT NULL,
  PRIMARY KEY (box, length, start)
);
CREATE INDEX spent_start ON spent (length, start);

CREATE TABLE usage (
  box               text COLLATE "C" NOT NULL,
  day               text COLLATE "C" NOT NULL,
  target            text COLLATE "C" NOT NULL,
  answers           bigint NOT NULL,
  prompt_tokens     bigint NOT NULL,
  completion_tokens bigint NOT NULL,
  estimated_tokens  bigint NOT NULL,
  cost              bigint NOT NULL,
  energy            bigint NOT NULL,
  PRIMARY KEY (day, box, target)
);
`

const times = `
-- Milliseconds since 1970 by the database's clock: the replicas' clocks have no say.
CREATE FUNCTION now_ms() RETURNS bigint LANGUAGE sql VOLATILE AS
  $$ SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint $$;

-- windows.ts: the age grows with the clock, by half a lease at most from beat to beat.
CREATE FUNCTION age_ms(lease bigint) RETURNS bigint LANGUAGE sql VOLATILE AS
  $$ SELECT age + least(greatest(now_ms() - seen_at, 0), (lease + 1) / 2) FROM store_age $$;

CREATE FUNCTION advance_age(lease bigint) RETURNS bigint LANGUAGE sql VOLATILE AS
  $$ UPDATE store_age SET age = age + least(greatest(now_ms() - seen_at, 0), (lease + 1) / 2), seen_at = now_ms()
     RETURNING age $$;

CREATE FUNCTION next_change() RETURNS bigint LANGUAGE sql VOLATILE AS
  $$ UPDATE change_counter SET changes = changes + 1 RETURNING changes $$;

CREATE FUNCTION is_live(of_process text, lease bigint) RETURNS boolean LANGUAGE sql VOLATILE AS
  $$ SELECT EXISTS (SELECT FROM process WHERE process = of_process AND beat_age > age_ms(lease) - lease) $$;
`

const boxes = `
-- Null, or why this key may not have that box.
CREATE FUNCTION refusal_of(present enrolled_box, wanted_key text) RETURNS text LANGUAGE sql IMMUTABLE AS
  $$ SELECT CASE WHEN present.key <> wanted_key THEN 'box-taken'
                 WHEN present.revoked_at IS NOT NULL THEN 'box-revoked' END $$;

CREATE FUNCTION enrol(a_box text, a_key text, a_public_key bytea, a_label text,
  a_per_minute bigint, a_per_day bigint, a_streams integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  present enrolled_box;
  number bigint := next_change();
BEGIN
  INSERT INTO enrolled_box (box, key, public_key, label, enrolled_at, tokens_per_minute, tokens_per_day, streams, changed)
    VALUES (a_box, a_key, a_public_key, a_label, now_ms(), a_per_minute, a_per_day, a_streams, number)
    ON CONFLICT (box) DO NOTHING;
  SELECT * INTO present FROM enrolled_box WHERE box = a_box;
  RETURN refusal_of(present, a_key);
END $$;

CREATE FUNCTION register(a_hash bytea, a_box text, a_key text, a_public_key bytea, a_label text)
  RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  number bigint;
  given code;
  present enrolled_box;
  refused text;
BEGIN
  -- Whoever guesses writes nothing and is waited for by nobody.
  IF NOT EXISTS (SELECT FROM code WHERE hash = a_hash) THEN RETURN 'code-unknown'; END IF;
  number := next_change();
  SELECT * INTO given FROM code WHERE hash = a_hash FOR UPDATE;
  IF NOT FOUND THEN RETURN 'code-unknown'; END IF;
  IF given.used_box IS NOT NULL AND (given.used_box <> a_box OR given.used_key <> a_key) THEN
    RETURN 'code-used';
  END IF;
  IF given.expires_at <= now_ms() THEN RETURN 'code-expired'; END IF;
  SELECT * INTO present FROM enrolled_box WHERE box = a_box FOR UPDATE;
  IF FOUND THEN
    refused := refusal_of(present, a_key);
    IF refused IS NOT NULL OR given.used_box IS NOT NULL THEN RETURN refused; END IF;
    UPDATE enrolled_box SET tokens_per_minute = given.tokens_per_minute, tokens_per_day = given.tokens_per_day,
      streams = given.streams, changed = number,
      label = coalesce(nullif(given.label, ''), nullif(a_label, ''), label) WHERE box = a_box;
  ELSE
    INSERT INTO enrolled_box (box, key, public_key, label, enrolled_at, tokens_per_minute, tokens_per_day, streams, changed)
      VALUES (a_box, a_key, a_public_key, coalesce(nullif(given.label, ''), a_label), now_ms(),
        given.tokens_per_minute, given.tokens_per_day, given.streams, number);
  END IF;
  UPDATE code SET used_box = a_box, used_key = a_key WHERE hash = a_hash;
  RETURN NULL;
END $$;

CREATE FUNCTION rotate(a_box text, a_from text, a_to text, a_public_key bytea) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  number bigint := next_change();
  present enrolled_box;
BEGIN
  SELECT * INTO present FROM enrolled_box WHERE box = a_box FOR UPDATE;
  IF NOT FOUND OR present.revoked_at IS NOT NULL THEN RETURN false; END IF;
  IF present.key = a_to THEN RETURN a_from = a_to OR present.rotated_from IS NOT DISTINCT FROM a_from; END IF;
  IF present.key <> a_from THEN RETURN false; END IF;
  UPDATE enrolled_box SET key = a_to, public_key = a_public_key, rotated_from = a_from, changed = number WHERE box = a_box;
  RETURN true;
END $$;

CREATE FUNCTION revoke_box(a_box text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE number bigint := next_change();
BEGIN
  UPDATE enrolled_box SET revoked_at = now_ms(), changed = number WHERE box = a_box AND revoked_at IS NULL;
  RETURN EXISTS (SELECT FROM enrolled_box WHERE box = a_box);
END $$;

CREATE FUNCTION set_quota(a_box text, a_per_minute bigint, a_per_day bigint, a_streams integer)
  RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE number bigint := next_change();
BEGIN
  UPDATE enrolled_box SET tokens_per_minute = a_per_minute, tokens_per_day = a_per_day, streams = a_streams, changed = number
    WHERE box = a_box;
  RETURN FOUND;
END $$;

-- One row for each connection, in the order of the array; generation null: refused.
CREATE FUNCTION connect_boxes(wanted text[]) RETURNS TABLE (place bigint, generation bigint, refused text)
  LANGUAGE plpgsql AS $$
DECLARE
  one record;
  number bigint;
BEGIN
  FOR one IN SELECT w.box COLLATE "C" AS box, w.place FROM unnest(wanted) WITH ORDINALITY AS w (box, place)
    ORDER BY 1, 2 LOOP
    place := one.place;
    refused := NULL;
    number := next_change();
    UPDATE enrolled_box AS b SET generation = b.generation + 1, changed = number
      WHERE b.box = one.box AND b.revoked_at IS NULL RETURNING b.generation INTO generation;
    IF NOT FOUND THEN
      generation := NULL;
      refused := CASE WHEN EXISTS (SELECT FROM enrolled_box AS b WHERE b.box = one.box) THEN 'box-revoked' ELSE 'box-unknown' END;
    END IF;
    RETURN NEXT;
  END LOOP;
END $$;
`

const questions = `
-- Counts a question's usage and gives the rest of its reservation back, once. The box is locked by the caller.
CREATE FUNCTION close_question(q question, a_target text, a_prompt bigint, a_completion bigint, a_exact boolean,
  a_cost bigint, a_energy bigint, a_outcome text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE question SET outcome = a_outcome WHERE box = q.box AND rid = q.rid;
  UPDATE spent SET tokens = tokens + a_prompt + a_completion - q.reserved
    WHERE box = q.box AND ((length = 60000 AND start = q.reserved_at - q.reserved_at % 60000)
                        OR (length = 86400000 AND start = q.reserved_at - q.reserved_at % 86400000));
  -- Nobody was asked and nothing was used: no answer.
  IF a_target IS NULL THEN RETURN; END IF;
  INSERT INTO usage AS u VALUES (q.box, to_char(to_timestamp(q.reserved_at / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD'),
      a_target, 1, a_prompt, a_completion, CASE WHEN a_exact THEN 0 ELSE a_prompt + a_completion END, a_cost, a_energy)
    ON CONFLICT (day, box, target) DO UPDATE SET answers = u.answers + 1,
      prompt_tokens = u.prompt_tokens + excluded.prompt_tokens,
      completion_tokens = u.completion_tokens + excluded.completion_tokens,
      estimated_tokens = u.estimated_tokens + excluded.estimated_tokens,
      cost = u.cost + excluded.cost, energy = u.energy + excluded.energy;
END $$;

-- As far as the last beat knew it.
CREATE FUNCTION close_lost(q question) RETURNS void LANGUAGE sql AS $$
  SELECT close_question(q, coalesce(q.target, q.alias), q.prompt_tokens, q.completion_tokens, false, q.cost, q.energy,
    'lost') $$;

CREATE FUNCTION spent_in(a_box text, a_length bigint, now bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT coalesce((SELECT tokens FROM spent WHERE box = a_box AND length = a_length
    AND start = now - now % a_length), 0) $$;

CREATE FUNCTION refused(code text, after bigint) RETURNS jsonb LANGUAGE sql IMMUTABLE AS
  $$ SELECT jsonb_build_object('state', 'refused', 'code', code, 'retryAfterMs', after) $$;

CREATE FUNCTION reserve(a_box text, a_generation bigint, a_rid text, a_digest text, a_epoch integer, a_process text,
  a_alias text, a_prompt bigint, a_max bigint, lease bigint) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  limits enrolled_box;
  q question;
  now bigint;
  age bigint;
  tokens bigint := a_prompt + a_max;
BEGIN
  SELECT * INTO limits FROM enrolled_box WHERE box = a_box FOR UPDATE;
  IF NOT FOUND OR limits.revoked_at IS NOT NULL OR limits.generation <> a_generation THEN
    RETURN jsonb_build_object('state', 'fenced');
  END IF;
  SELECT * INTO q FROM question WHERE box = a_box AND rid = a_rid;
  IF FOUND THEN
    IF q.outcome IS NULL AND NOT is_live(q.process, lease) THEN
      PERFORM close_lost(q);
      q.outcome := 'lost';
    END IF;
    IF q.outcome IS NULL OR a_epoch <> q.epoch + 1 OR a_digest <> q.digest THEN
      RETURN jsonb_build_object('state', 'known', 'digest', q.digest, 'epoch', q.epoch, 'process', q.process,
        'live', q.outcome IS NULL, 'settled', q.outcome IS NOT NULL);
    END IF;
  END IF;
  now := now_ms();
  age := age_ms(lease);
  IF (SELECT count(*) FROM question JOIN process USING (process)
      WHERE box = a_box AND outcome IS NULL AND beat_age > age - lease) >= limits.streams THEN
    RETURN refused('too-many-asks', 1000);
  END IF;
  IF spent_in(a_box, 86400000, now) + tokens > limits.tokens_per_day THEN
    RETURN refused('quota-day', 86400000 - now % 86400000);
  END IF;
  IF spent_in(a_box, 60000, now) + tokens > limits.tokens_per_minute THEN
    RETURN refused('quota-minute', 60000 - now % 60000);
  END IF;
  -- A question that is written lives; its process may not have beaten yet.
  IF NOT is_live(a_process, lease) THEN
    INSERT INTO process AS p VALUES (a_process, age)
      ON CONFLICT (process) DO UPDATE SET beat_age = greatest(p.beat_age, excluded.beat_age);
  END IF;
  INSERT INTO question (box, rid, epoch, digest, process, alias, reserved_at, reserved_age, reserved, prompt_tokens)
    VALUES (a_box, a_rid, a_epoch, a_digest, a_process, a_alias, now, age, tokens, a_prompt)
    ON CONFLICT (box, rid) DO UPDATE SET epoch = excluded.epoch, process = excluded.process, alias = excluded.alias,
      reserved_at = excluded.reserved_at, reserved_age = excluded.reserved_age, reserved = excluded.reserved,
      prompt_tokens = excluded.prompt_tokens, target = NULL, completion_tokens = 0, energy = 0, cost = 0,
      outcome = NULL;
  INSERT INTO spent AS s VALUES (a_box, 60000, now - now % 60000, tokens),
      (a_box, 86400000, now - now % 86400000, tokens)
    ON CONFLICT (box, length, start) DO UPDATE SET tokens = s.tokens + excluded.tokens;
  RETURN jsonb_build_object('state', 'reserved');
END $$;

CREATE FUNCTION settle(a_box text, a_rid text, a_epoch integer, a_process text, a_target text, a_outcome text,
  a_prompt bigint, a_completion bigint, a_exact boolean, a_energy bigint, a_cost bigint)
  RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE q question;
BEGIN
  PERFORM FROM enrolled_box WHERE box = a_box FOR UPDATE;
  SELECT * INTO q FROM question WHERE box = a_box AND rid = a_rid AND epoch = a_epoch AND process = a_process
    AND outcome IS NULL;
  IF NOT FOUND THEN RETURN false; END IF;
  PERFORM close_question(q, CASE WHEN a_target IS NULL AND a_prompt + a_completion + a_cost + a_energy = 0 THEN NULL
    ELSE coalesce(a_target, q.target, q.alias) END, a_prompt, a_completion, a_exact, a_cost, a_energy, a_outcome);
  RETURN true;
END $$;

CREATE FUNCTION beat(a_process text, notes jsonb, lease bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE age bigint := advance_age(lease);
BEGIN
  INSERT INTO process VALUES (a_process, age) ON CONFLICT (process) DO UPDATE SET beat_age = excluded.beat_age;
  UPDATE question q SET target = n.target, prompt_tokens = n.prompt, completion_tokens = n.completion,
      energy = n.energy, cost = n.cost
    FROM jsonb_to_recordset(notes) AS n (box text, rid text, epoch integer, target text, prompt bigint,
      completion bigint, energy bigint, cost bigint)
    WHERE q.box = n.box AND q.rid = n.rid AND q.epoch = n.epoch AND q.process = a_process AND q.outcome IS NULL;
END $$;

CREATE FUNCTION settle_dead(lease bigint) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  found_one record;
  q question;
  settled integer := 0;
  edge bigint := age_ms(lease) - lease;
BEGIN
  FOR found_one IN SELECT box, rid FROM question WHERE outcome IS NULL
    AND NOT EXISTS (SELECT FROM process p WHERE p.process = question.process AND p.beat_age > edge)
    ORDER BY box, rid LOOP
    PERFORM FROM enrolled_box WHERE box = found_one.box FOR UPDATE;
    -- Another replica may have been faster, or its process have come back.
    SELECT * INTO q FROM question WHERE box = found_one.box AND rid = found_one.rid AND outcome IS NULL;
    CONTINUE WHEN NOT FOUND OR is_live(q.process, lease);
    PERFORM close_lost(q);
    settled := settled + 1;
  END LOOP;
  RETURN settled;
END $$;

CREATE FUNCTION prune(lease bigint, codes_ms bigint, minutes_ms bigint, days_ms bigint, questions_ms bigint)
  RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  age bigint := advance_age(lease);
  now bigint := now_ms();
BEGIN
  DELETE FROM process WHERE beat_age <= age - lease;
  DELETE FROM code WHERE expires_at <= now - codes_ms;
  DELETE FROM spent WHERE (length = 60000 AND start <= now - minutes_ms) OR (length = 86400000 AND start <= now - days_ms);
  DELETE FROM question WHERE reserved_age <= age - questions_ms AND outcome IS NOT NULL;
END $$;
`

const smallQuotas = `
ALTER FUNCTION reserve(text, bigint, text, text, integer, text, text, bigint, bigint, bigint) RENAME TO reserve_within;

-- What is larger than the whole quota of a span fits in no span: it is told apart from a quota that is used up.
CREATE FUNCTION reserve(a_box text, a_generation bigint, a_rid text, a_digest text, a_epoch integer, a_process text,
  a_alias text, a_prompt bigint, a_max bigint, lease bigint) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  reserved jsonb := reserve_within(a_box, a_generation, a_rid, a_digest, a_epoch, a_process, a_alias, a_prompt, a_max,
    lease);
BEGIN
  IF reserved->>'code' IN ('quota-day', 'quota-minute') AND EXISTS (SELECT FROM enrolled_box WHERE box = a_box
    AND (a_prompt + a_max > tokens_per_day OR a_prompt + a_max > tokens_per_minute)) THEN
    RETURN refused('quota-too-small', NULL);
  END IF;
  RETURN reserved;
END $$;
`

/** What is old is so by the store's age: a clock that was decades ahead for a minute has made nothing old. */
const forgetByAge = `
CREATE FUNCTION stored_age() RETURNS bigint LANGUAGE sql VOLATILE AS $$ SELECT age FROM store_age $$;

-- When something was first counted, and when a code was found to have expired.
ALTER TABLE spent ADD COLUMN age bigint NOT NULL DEFAULT stored_age();
DROP INDEX spent_start;
CREATE INDEX spent_age ON spent (length, age);
ALTER TABLE code ADD COLUMN expired_age bigint;

CREATE OR REPLACE FUNCTION prune(lease bigint, codes_ms bigint, minutes_ms bigint, days_ms bigint, questions_ms bigint)
  RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  present bigint := advance_age(lease);
  now bigint := now_ms();
BEGIN
  DELETE FROM process WHERE beat_age <= present - lease;
  UPDATE code SET expired_age = CASE WHEN expires_at <= now THEN present END
    WHERE (expires_at <= now) <> (expired_age IS NOT NULL);
  DELETE FROM code WHERE expired_age <= present - codes_ms;
  DELETE FROM spent WHERE (length = 60000 AND age <= present - minutes_ms) OR (length = 86400000 AND age <= present - days_ms);
  DELETE FROM question WHERE reserved_age <= present - questions_ms AND outcome IS NOT NULL;
END $$;
`

/** What arrived after its process had given it up. */
const giveBack = `
CREATE FUNCTION give_back(a_process text, known jsonb, lease bigint) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  found_one record;
  q question;
  given_back integer := 0;
  edge bigint := age_ms(lease) - lease;
BEGIN
  FOR found_one IN SELECT box, rid FROM question WHERE process = a_process AND outcome IS NULL AND reserved_age <= edge
    AND NOT EXISTS (SELECT FROM jsonb_to_recordset(known) AS k (box text, rid text)
      WHERE k.box = question.box AND k.rid = question.rid)
    ORDER BY box, rid LOOP
    PERFORM FROM enrolled_box WHERE box = found_one.box FOR UPDATE;
    SELECT * INTO q FROM question WHERE box = found_one.box AND rid = found_one.rid AND process = a_process
      AND outcome IS NULL AND reserved_age <= edge;
    CONTINUE WHEN NOT FOUND;
    PERFORM close_question(q, NULL, 0, 0, true, 0, 0, 'given-back');
    given_back := given_back + 1;
  END LOOP;
  RETURN given_back;
END $$;
`

/** Numbered by their place from 1; `migration` says how many have run. Never edited once released. */
export const migrations: readonly string[] = [
  tables + times + boxes + questions,
  smallQuotas,
  forgetByAge,
  giveBack,
]
