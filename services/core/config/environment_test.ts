import assert from "node:assert/strict";
import { readEnvironment } from "./environment.ts";

const read = (variables: Record<string, string>) => readEnvironment((name) => variables[name]);

Deno.test("readEnvironment() has a default for everything; an empty variable counts as not set", () => {
  const defaults = {
    redisUrl: "redis://127.0.0.1:6379",
    redisCaFile: null,
    logLevel: "info",
    venueKeys: null,
    metrics: null,
    uiToken: null,
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
    RLTRADER_METRICS: "0.0.0.0:9464",
    RLTRADER_UI_TOKEN: "0123456789abcdef",
  };
  assert.deepEqual(read(set), {
    redisUrl: "rediss://u:p@host:6380",
    redisCaFile: "/ca.pem",
    logLevel: "debug",
    venueKeys: { key: "k", secret: "s", password: null },
    metrics: { host: "0.0.0.0", port: 9_464 },
    uiToken: "0123456789abcdef",
  });
});

Deno.test("readEnvironment() names all faults at once and never a secret's value", () => {
  assert.throws(
    () =>
      read({
        REDIS_URL: "http://user:hunter2@host",
        RLTRADER_LOG_LEVEL: "loud",
        RLTRADER_UI_TOKEN: "hunter2",
      }),
    (error: Error) => {
      assert.equal(error.name, "ConfigError");
      assert.match(error.message, /REDIS_URL must be a redis:\/\//);
      assert.match(error.message, /RLTRADER_LOG_LEVEL must be one of debug, .*: it is "loud"/);
      assert.match(error.message, /RLTRADER_UI_TOKEN must have 16 characters or more: it has 7/);
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

Deno.test("readEnvironment() takes an address for metrics, and refuses what is none", () => {
  const metrics = (text: string) => read({ RLTRADER_METRICS: text }).metrics;
  assert.deepEqual(metrics("127.0.0.1:0"), { host: "127.0.0.1", port: 0 });
  assert.deepEqual(metrics("[::]:9464"), { host: "::", port: 9_464 });
  assert.deepEqual(metrics("core.local:65535"), { host: "core.local", port: 65_535 });
  for (const text of ["9464", ":9464", "127.0.0.1", "127.0.0.1:65536", "::1:9464", "http://a:1", "a b:1"]) {
    assert.throws(() => metrics(text), { message: /RLTRADER_METRICS must be HOST:PORT, .*: it is "/ }, text);
  }
});
