-- Published definitions. A published version is never changed.
CREATE TABLE skald.definitions (
    name text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    digest text NOT NULL,
    document json NOT NULL,            -- canonical JSON, byte for byte
    published_at timestamptz NOT NULL,
    PRIMARY KEY (name, version)
);
