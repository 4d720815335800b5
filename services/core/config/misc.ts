/** docs/misc.yaml: money, costs and the running of the system; nothing in it changes what the network is. */
import { z } from "zod";
import type { CommonRules, InstrumentRules, RulesOf, TradeRules } from "../account/trade_rules.ts";
import { Costs, Margin, slippageModel } from "./costs_config.ts";
import { DirtConfig } from "./dirt_config.ts";
import { CurrencyName, instrumentOf, Instruments, TimeZoneName } from "./instruments_config.ts";
import { Gate } from "./gate.ts";
import { needsAtr } from "./heads.ts";
import { type Frozen, loadYaml } from "./load_yaml.ts";
import type { ModelConfig } from "./model_config.ts";
import { Risk } from "./risk.ts";
import { VenueConfig } from "./venue_config.ts";

/** What an account may be called: its name becomes part of keys. */
export const AccountName = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,31}$/, {
  error: "must be 1 to 32 small letters, digits, _ or - and start with a letter or digit",
});

const Account = z.strictObject({
  name: AccountName.default("paper").meta({
    unit: "",
    description: "The account's name in every key; another name is a new account.",
  }),
  cash_per_lane: z.number().min(1).max(1e9).multipleOf(0.01).default(100_000).meta({
    unit: "quote currency",
    description: "Cash that each symbol starts with. Lanes never share money.",
  }),
  currency: CurrencyName.default("USD").meta({
    unit: "",
    description: "Currency of prices and cash. An instrument that is quoted in another one is refused.",
  }),
});

const column = (what: string) =>
  z.string().min(1).max(200).optional().meta({
    unit: "",
    description: `Name of the column that holds ${what}, where it is not found by itself.`,
  });

/** Which column of a file holds what; what is not named is detected. */
const Columns = z.strictObject({
  time: column("the date or the whole time"),
  time_of_day: column("the time of the day, where `time` holds the date alone"),
  open: column("the open"),
  high: column("the high"),
  low: column("the low"),
  close: column("the close"),
  volume: column("the volume"),
  symbol: column("the symbol"),
});
export type ColumnMap = Readonly<z.output<typeof Columns>>;

const Feed = z.strictObject({
  bootstrap_share: z.number().min(0.05).max(0.95).default(0.8).meta({
    unit: "share of the bars",
    description: "How much of a recorded history is there to learn from before the first live bar.",
  }),
  max_lead_bars: z.int().min(1).max(100_000).default(256).meta({
    unit: "bars",
    description:
      "How far the feed may run ahead of the decisions; it waits then, so that nothing unread is lost.",
  }),
  columns: Columns.prefault({}).meta({
    unit: "",
    description: "Names of a file's columns; --columns comes before it.",
  }),
  timezone: TimeZoneName.default("UTC").meta({
    unit: "",
    description:
      "Whose clock a file's times without a zone show. In the hour that a clock is put forward over, they " +
      "count an hour later; in the hour that comes twice, the one that goes on in the order of the rows. A date " +
      "without a time is a day's name and stays midnight UTC.",
  }),
  strict: z.boolean().default(false).meta({
    unit: "",
    description:
      "A file is refused whole at its first row that is unreadable, not positive, high below low, doubled " +
      "or unordered, whatever dirt says.",
  }),
});

const Archive = z.strictObject({
  redis_mb: z.int().min(16).max(1_000_000).default(512).meta({
    unit: "MB",
    description:
      "What Redis may hold; what is older and was read by all who need it moves into files, which replay, restart and the " +
      "page read. Where too much is not read yet, core waits with the next bars.",
  }),
  every_ms: z.int().min(100).max(3_600_000).default(1_000).meta({
    unit: "ms",
    description: "How often core looks for entries to move.",
  }),
});

const Lease = z.strictObject({
  ttl_ms: z.int().min(200).max(60_000).default(2_000).meta({
    unit: "ms",
    description:
      "How long a replica leads its symbols without renewing; after a crash another one takes over then.",
  }),
  renew_ms: z.int().min(50).max(20_000).default(250).meta({
    unit: "ms",
    description: "How often it renews; at most half of ttl_ms, so that one lost renewal does no harm.",
  }),
}).refine(({ ttl_ms, renew_ms }) => renew_ms * 2 <= ttl_ms, {
  path: ["renew_ms"],
  error: "must be at most half of ttl_ms",
});

const Live = z.strictObject({
  history_bars: z.int().min(10).max(1_000_000).default(2_000).meta({
    unit: "bars",
    description: "History of each symbol that is asked for before the first live bar.",
  }),
  gap_deadline_ms: z.int().min(100).max(3_600_000).default(10_000).meta({
    unit: "ms",
    description:
      "How long a symbol's later bars wait for a missing one to be filled in; then it is recorded as missing for good.",
  }),
  tick_grace_ms: z.int().min(0).max(60_000).default(500).meta({
    unit: "ms",
    description: "How long after a bar's end its ticks still count; every bar from ticks is so much later.",
  }),
  tick_ahead_ms: z.int().min(0).max(60_000).default(1_000).meta({
    unit: "ms",
    description:
      "How far a tick's time may be ahead of its arrival; one that is further ahead is quarantined.",
  }),
});

const Exchange = z.strictObject({
  sandbox: z.boolean().default(true).meta({
    unit: "",
    description:
      "Read the exchange's test servers, whose prices are not the market's. False reads the real market data. Orders go by venue.sandbox.",
  }),
  settle_ms: z.int().min(0).max(60_000).default(2_000).meta({
    unit: "ms",
    description: "How long after its end a candle may still change; polled bars are so much later.",
  }),
  request_timeout_ms: z.int().min(500).max(120_000).default(10_000).meta({
    unit: "ms",
    description: "How long the exchange may take to answer.",
  }),
  stale_after_ms: z.int().min(1_000).max(3_600_000).default(60_000).meta({
    unit: "ms",
    description: "A websocket that says nothing for so long is opened again.",
  }),
  most_retry_ms: z.int().min(500).max(600_000).default(30_000).meta({
    unit: "ms",
    description: "The longest wait between two attempts; waits double up to it, with jitter.",
  }),
  clock_warn_ms: z.int().min(0).max(60_000).default(500).meta({
    unit: "ms",
    description: "A larger difference between this machine's clock and the exchange's is logged.",
  }),
  clock_refuse_ms: z.int().min(0).max(600_000).default(5_000).meta({
    unit: "ms",
    description: "A larger difference is refused: late data could pass for fresh.",
  }),
  ccxt: z.record(z.string(), z.unknown()).default({}).meta({
    unit: "",
    description:
      "More options for ccxt's exchange, as ccxt names them: a proxy, other addresses. For market data and orders.",
  }),
}).refine(({ clock_warn_ms, clock_refuse_ms }) => clock_warn_ms <= clock_refuse_ms, {
  path: ["clock_warn_ms"],
  error: "must be at most clock_refuse_ms",
});

const delayMs = (least: number, most: number, fallback: number, description: string) =>
  z.int().min(least).max(most).default(fallback).meta({ unit: "ms", description });

export const MiscConfig = z.strictObject({
  account: Account.prefault({}).meta({ unit: "", description: "The account, on paper or at the venue." }),
  costs: Costs.prefault({}).meta({
    unit: "",
    description: "What a trade costs, in trading and in learning alike.",
  }),
  margin: Margin.prefault({}).meta({
    unit: "",
    description: "How much may be borrowed to trade with, and what that costs.",
  }),
  risk: Risk.prefault({}).meta({
    unit: "",
    description:
      "What the executor lets through, whatever the network wants. Every rule goes by bar time, but for stale data.",
  }),
  feed: Feed.prefault({}).meta({ unit: "", description: "How bars come in." }),
  live: Live.prefault({}).meta({ unit: "", description: "Markets without an end: ticks and exchanges." }),
  exchange: Exchange.prefault({}).meta({ unit: "", description: "How exchanges are read." }),
  venue: VenueConfig.prefault({}).meta({ unit: "", description: "Where orders go." }),
  archive: Archive.prefault({}).meta({ unit: "", description: "What of the past stays in Redis." }),
  dirt: DirtConfig.prefault({}).meta({
    unit: "",
    description: "What is done with dirty input: repair it; quarantine = put it aside with its reason, in " +
      "system:quarantine, and go on without it; or halt the symbol there. All of it is counted.",
  }),
  instruments: Instruments.meta({
    unit: "",
    description: "What is known of symbols beside their bars.",
  }),
  lease: Lease.prefault({}).meta({ unit: "", description: "Which replica leads a symbol." }),
  gate: Gate.prefault({}).meta({
    unit: "",
    description: "What a candidate model must pass before it is served.",
  }),
  runner: z.strictObject({
    deadline_ms: delayMs(10, 60_000, 2_000, "Longest wait for a forward pass; after it no order is made."),
  }).prefault({}).meta({ unit: "", description: "Who evaluates the network." }),
  model_poll_ms: delayMs(10, 60_000, 250, "How often inference looks for a newer model."),
  ui: z.strictObject({
    port: z.int().min(1).max(65_535).default(8_080).meta({ unit: "", description: "Port of the page." }),
  }).prefault({}).meta({ unit: "", description: "The page." }),
}).superRefine(({ account, instruments }, context) => {
  if (!CurrencyName.safeParse(account.currency).success) return;
  instruments.forEach(({ quote = account.currency }, index) => {
    if (quote === account.currency) return;
    const message = `must be account.currency, ${account.currency}, as nothing converts`;
    context.addIssue({ code: "custom", path: ["instruments", index, "quote"], message });
  });
});
export type MiscConfig = Frozen<z.output<typeof MiscConfig>>;

/** Reads docs/misc.yaml or another file of its kind. @throws {ConfigError} With every fault. */
export function loadMiscConfig(file: string): Promise<MiscConfig> {
  return loadYaml(file, MiscConfig);
}

/** The rules of trading that hold for every symbol, as `accountStep` takes them. */
export function commonRules({ account, costs, margin }: MiscConfig): CommonRules {
  return {
    takerBps: costs.taker_bps,
    makerBps: costs.maker_bps,
    minFee: costs.min_fee,
    halfSpreadBps: costs.half_spread_bps,
    slippage: slippageModel(costs.slippage),
    entry: costs.entry,
    borrowBps: costs.borrow_bps_per_year,
    marginBps: margin.bps_per_year,
    maxLeverage: margin.max_leverage,
    maintenanceMargin: margin.maintenance,
    cooldownBars: costs.cooldown_bars,
    stopCooldownBars: costs.stop_cooldown_bars,
    cash: account.cash_per_lane,
  };
}

/** The rules of trading of each symbol. */
export function tradeRules(config: MiscConfig): RulesOf {
  const common = commonRules(config);
  const made = new Map<string, TradeRules>();
  return (symbol) => {
    const known = made.get(symbol);
    if (known !== undefined) return known;
    const rules = { ...common, ...instrumentRules(config, symbol) };
    made.set(symbol, rules);
    return rules;
  };
}

/** Whether the average true range is followed: stops and takes are placed by it, and slippage may be a share of it. */
export function followsRange(
  { heads }: Pick<ModelConfig, "heads">,
  { costs }: Pick<MiscConfig, "costs">,
): boolean {
  return needsAtr(heads) || costs.slippage.model === "atr_share";
}

/** One that is not described has steps as fine as money. */
function instrumentRules({ instruments }: MiscConfig, symbol: string): InstrumentRules {
  const { tick = 1e-8, lot = 1e-8, min_notional: minNotional = 0, multiplier = 1 } =
    instrumentOf(instruments, symbol) ?? {};
  return { tick, lot, minNotional, multiplier };
}
