import assert from "node:assert/strict";
import { readEnvironment } from "./environment.ts";

const read = (variables: Record<string, string>) => readEnvironment((name) => variables[name]);

Deno.test("readEnvironment() has a default for everything; an empty variable counts as not set", () => {
  const defaults = {
    redisUrl: "redis://127.0.0.1:6379",
    redisCaFile: null,
    logLevel: "info",
    venueKeys: null,
  };
  assert.deepEqual(read({}), defaults);
  assert.deepEqual(read({ REDIS_URL: "", RLTRADER_LOG_LEVEL: "" }), defaults);
});

Deno.test("readEnvironment() takes what is set", () => {
  const set = {
    REDIS_URL: "rediss://u:p@host:6380",
    RLTRADER_REDIS_CA: "/ca.pem",
    RLTRADER_LOG_LEVEL: "debug",
    RLTRADER_VENUE_KEY: "k",
    RLTRADER_VENUE_SECRET: "s",
  };
  assert.deepEqual(read(set), {
    redisUrl: "rediss://u:p@host:6380",
    redisCaFile: "/ca.pem",
    logLevel: "debug",
    venueKeys: { key: "k", secret: "s", password: null },
  });
});

Deno.test("readEnvironment() names all faults at once and never a secret's value", () => {
  assert.throws(
    () => read({ REDIS_URL: "http://user:hunter2@host", RLTRADER_LOG_LEVEL: "loud" }),
    (error: Error) => {
      assert.equal(error.name, "ConfigError");
      assert.match(error.message, /REDIS_URL must be a redis:\/\//);
      assert.match(error.message, /RLTRADER_LOG_LEVEL must be one of debug, .*: it is "loud"/);
      assert.doesNotMatch(error.message, /hunter2/);
      return true;
    },
  );
  assert.throws(() => read({ REDIS_URL: "redis://host", RLTRADER_REDIS_CA: "/ca.pem" }), {
    message: /RLTRADER_REDIS_CA must come with a rediss:\/\//,
  });
  assert.throws(() => read({ RLTRADER_VENUE_SECRET: "hunter2" }), (error: Error) => {
    assert.match(error.message, /RLTRADER_VENUE_KEY and RLTRADER_VENUE_SECRET must be set together/);
    return !error.message.includes("hunter2");
  });
});
