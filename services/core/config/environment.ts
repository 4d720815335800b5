/** Every environment variable that the project knows. Does not read the environment itself: `main.ts` hands a getter in. */
import { ConfigError } from "./load_yaml.ts";

/** What is known of a variable. */
export interface Variable {
  readonly name: string;
  readonly purpose: string;
  /** What holds where it is not set, in words; null = nothing. */
  readonly fallback: string | null;
  /** Never printed. */
  readonly secret: boolean;
}

/** Shorter ones could be guessed. */
const SHORTEST_TOKEN = 16;
const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = typeof LOG_LEVELS[number];

/** The variables that services and set-up read. */
export const VARIABLES = [
  {
    name: "REDIS_URL",
    purpose: "Redis or Valkey server, redis:// or rediss:// with TLS; user and password belong into it.",
    fallback: "redis://127.0.0.1:6379",
    secret: true,
  },
  {
    name: "RLTRADER_REDIS_CA",
    purpose: "PEM file of the authority that signed the server's certificate, for rediss://.",
    fallback: null,
    secret: false,
  },
  {
    name: "RLTRADER_CACHE",
    purpose: "Absolute folder for LibTorch, the Redis server and build outputs.",
    fallback: "$XDG_CACHE_HOME/rltrader, else $HOME/.cache/rltrader",
    secret: false,
  },
  {
    name: "XDG_CACHE_HOME",
    purpose: "The user's cache folder, where RLTRADER_CACHE is not set.",
    fallback: null,
    secret: false,
  },
  {
    name: "HOME",
    purpose: "The user's folder, where no cache folder is set.",
    fallback: null,
    secret: false,
  },
  {
    name: "LIBTORCH",
    purpose: "A LibTorch folder (include/ and lib/) to use instead of obtaining one.",
    fallback: null,
    secret: false,
  },
  {
    name: "RLTRADER_VENUE_KEY",
    purpose: "API key of the account at the venue, for venue.broker ccxt; inference alone reads it.",
    fallback: null,
    secret: true,
  },
  {
    name: "RLTRADER_VENUE_SECRET",
    purpose: "Secret that belongs to the key.",
    fallback: null,
    secret: true,
  },
  {
    name: "RLTRADER_VENUE_PASSWORD",
    purpose: "Password that some exchanges ask for beside key and secret.",
    fallback: null,
    secret: true,
  },
  {
    name: "RLTRADER_UI_TOKEN",
    purpose:
      "Locks the page: it asks for this token, 16 characters or more, and keeps a cookie. Without it the page is open.",
    fallback: null,
    secret: true,
  },
  {
    name: "RLTRADER_LOG_LEVEL",
    purpose: `Least severe line that is logged: ${LOG_LEVELS.join(", ")}.`,
    fallback: "info",
    secret: false,
  },
  {
    name: "RLTRADER_METRICS",
    purpose: "HOST:PORT on which a process answers /metrics, /healthz and /readyz; port 0 takes a free one.",
    fallback: null,
    secret: false,
  },
] as const satisfies readonly Variable[];
type Name = typeof VARIABLES[number]["name"];

/** What signs requests to a venue. Never in a log or a message. */
export interface VenueKeys {
  readonly key: string;
  readonly secret: string;
  readonly password: string | null;
}

/** What a service reads of them. */
export interface Environment {
  readonly redisUrl: string;
  readonly redisCaFile: string | null;
  readonly logLevel: LogLevel;
  /** Null where none are set. */
  readonly venueKeys: VenueKeys | null;
  /** Where metrics and probes are served; null for nowhere. */
  readonly metrics: ListenAddress | null;
  /** Locks the page; null leaves it open. */
  readonly uiToken: string | null;
}

export interface ListenAddress {
  readonly host: string;
  /** 0 chooses a free one. */
  readonly port: number;
}

/** Reads what a service needs. An empty variable counts as not set.
 * @throws {ConfigError} With every fault; the value of a secret is never in it. */
export function readEnvironment(get: (name: Name) => string | undefined): Environment {
  const faults: string[] = [];
  const read = (name: Name) => get(name) || null;
  const redisUrl = read("REDIS_URL") ?? fallbackOf("REDIS_URL");
  if (!isRedisUrl(redisUrl)) {
    faults.push("REDIS_URL must be a redis:// or rediss:// address: it is not (value not shown)");
  }
  const redisCaFile = read("RLTRADER_REDIS_CA");
  if (redisCaFile !== null && isRedisUrl(redisUrl) && !redisUrl.startsWith("rediss:")) {
    faults.push(
      `RLTRADER_REDIS_CA must come with a rediss:// address in REDIS_URL: it is ${
        JSON.stringify(redisCaFile)
      }`,
    );
  }
  const level = read("RLTRADER_LOG_LEVEL") ?? fallbackOf("RLTRADER_LOG_LEVEL");
  const logLevel = LOG_LEVELS.find((known) => known === level);
  if (logLevel === undefined) {
    faults.push(`RLTRADER_LOG_LEVEL must be one of ${LOG_LEVELS.join(", ")}: it is ${JSON.stringify(level)}`);
  }
  const [key, secret] = [read("RLTRADER_VENUE_KEY"), read("RLTRADER_VENUE_SECRET")];
  if ((key === null) !== (secret === null)) {
    faults.push("RLTRADER_VENUE_KEY and RLTRADER_VENUE_SECRET must be set together: one of them is not");
  }
  const password = read("RLTRADER_VENUE_PASSWORD");
  const metricsText = read("RLTRADER_METRICS");
  const metrics = metricsText === null ? null : listenAddress(metricsText);
  if (metricsText !== null && metrics === null) {
    faults.push(
      `RLTRADER_METRICS must be HOST:PORT, such as 127.0.0.1:9464 or [::]:9464: it is ${
        JSON.stringify(metricsText)
      }`,
    );
  }
  const uiToken = read("RLTRADER_UI_TOKEN");
  if (uiToken !== null && uiToken.length < SHORTEST_TOKEN) {
    faults.push(
      `RLTRADER_UI_TOKEN must have ${SHORTEST_TOKEN} characters or more: it has ${uiToken.length} (value not shown)`,
    );
  }
  if (faults.length > 0 || logLevel === undefined) throw new ConfigError("the environment", faults);
  const venueKeys = key === null || secret === null ? null : { key, secret, password };
  return { redisUrl, redisCaFile, logLevel, venueKeys, metrics, uiToken };
}

/** Null if it is none. */
function listenAddress(text: string): ListenAddress | null {
  const [, bracketed, plain, digits] =
    /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+)):([0-9]{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  return host === undefined || port > 65_535 ? null : { host, port };
}

function fallbackOf(name: Name): string {
  return VARIABLES.find((variable) => variable.name === name)?.fallback ?? "";
}

function isRedisUrl(text: string): boolean {
  return /^rediss?:\/\/./.test(text) && URL.canParse(text);
}
