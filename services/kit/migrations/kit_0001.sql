-- Which logs (Kafka clusters) this service has met. A log never met before starts at offset 0.
CREATE TABLE logs (
    log_id     text        PRIMARY KEY,
    first_seen timestamptz NOT NULL DEFAULT now()
);

-- The fence: the next offset to apply. Written in the same transaction as the effects of the records before it.
CREATE TABLE consumer_offsets (
    log_id      text   NOT NULL,
    topic       text   NOT NULL,
    partition   int    NOT NULL,
    next_offset bigint NOT NULL CHECK (next_offset >= 0),
    fingerprint bytea,
    PRIMARY KEY (log_id, topic, partition)
);
COMMENT ON COLUMN consumer_offsets.fingerprint IS 'of the record at next_offset - 1: proves on return that the log is the same';

-- The business day each partition has reached, moved by clock events only.
CREATE TABLE partition_days (
    partition int  PRIMARY KEY,
    day       date NOT NULL
);

-- One row per applied event: a repetition is dropped, the same id with another body is refused.
CREATE TABLE receipts (
    event_key bytea PRIMARY KEY,
    digest    bytea NOT NULL
);

-- Events to publish. Marking happens per batch, so that publishing does not rewrite every row.
CREATE TABLE outbox_batches (
    batch_id     bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at   timestamptz NOT NULL DEFAULT now(),
    rows         int         NOT NULL,
    published_at timestamptz
);
CREATE INDEX outbox_batches_unpublished ON outbox_batches (batch_id) WHERE published_at IS NULL;

CREATE TABLE outbox (
    batch_id  bigint NOT NULL,
    position  int    NOT NULL,
    topic     text   NOT NULL,
    partition int,
    key       bytea  NOT NULL,
    event_id  text   NOT NULL,
    value     bytea  NOT NULL,
    PRIMARY KEY (batch_id, position)
);
COMMENT ON COLUMN outbox.partition IS 'null: the partition of the key';

-- Records that could not be applied, with everything needed to inspect, repair and replay them.
CREATE TABLE dead_letters (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    log_id      text        NOT NULL,
    topic       text        NOT NULL,
    partition   int         NOT NULL,
    "offset"    bigint      NOT NULL,
    key         bytea,
    value       bytea,
    headers     jsonb       NOT NULL DEFAULT '[]',
    field       text        NOT NULL,
    reason      text        NOT NULL,
    state       text        NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'retried', 'discarded')),
    recorded_at timestamptz NOT NULL DEFAULT now(),
    resolved_at timestamptz,
    resolved_by text,
    UNIQUE (log_id, topic, partition, "offset")
);
CREATE INDEX dead_letters_open ON dead_letters (recorded_at) WHERE state = 'open';

-- Answers to HTTP requests that carried an Idempotency-Key, so that a retry gets the same answer.
CREATE TABLE idempotency_keys (
    principal      text        NOT NULL,
    key            text        NOT NULL,
    request_digest bytea       NOT NULL,
    status         int,
    body           bytea,
    created_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (principal, key)
);
