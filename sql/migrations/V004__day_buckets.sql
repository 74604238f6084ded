-- What a day's rows are by parts, so that a few late rows cost a few parts and not the whole day.

-- Digests of a day's rows by buckets of their keys, for days that may still change: 62 of a report and schema. Nothing is lost when a row of
-- it is, or all are: the day is compared whole once, and has them again.
CREATE TABLE _wh.day_buckets (
    schema_name   text NOT NULL,
    template_name text NOT NULL,
    day           date NOT NULL,
    digest        text NOT NULL,
    key_column    text NOT NULL,
    digests       bytea NOT NULL,
    PRIMARY KEY (schema_name, template_name, day),
    FOREIGN KEY (schema_name, template_name, day) REFERENCES _wh.ledger ON UPDATE CASCADE ON DELETE CASCADE
);
-- Hashes do not compress.
ALTER TABLE _wh.day_buckets ALTER COLUMN digests SET STORAGE EXTERNAL;
COMMENT ON TABLE _wh.day_buckets IS 'digests of the days'' rows by buckets of their keys: a day of which few buckets changed is read and compared in part';
COMMENT ON COLUMN _wh.day_buckets.digest IS 'of the rows that the buckets are of; they count for nothing unless it is the ledger''s';
COMMENT ON COLUMN _wh.day_buckets.key_column IS 'by which rows fall into buckets';
COMMENT ON COLUMN _wh.day_buckets.digests IS 'eight bytes a bucket';
