/** The UI process: serves the page and its event stream, and reads Redis. Writes nothing, anywhere.
 *
 * Permissions: `--allow-net=<host>:<port>,<redis host>:<redis port>`
 * `--allow-read=ui,docs/model_config.yaml,docs/misc.yaml` (and the archive, and the CA file that RLTRADER_REDIS_CA names; and the net address of RLTRADER_METRICS)
 * `--allow-env --allow-sys=hostname` (what ioredis and pino load lists the whole environment and asks for the host's name). */
import { fileURLToPath } from "node:url";
import { readEnvironment } from "../services/core/config/environment.ts";
import { instrumentOf } from "../services/core/config/instruments_config.ts";
import { loadConfigs } from "../services/core/config/load_configs.ts";
import { certificateOf } from "../services/core/redis/certificate.ts";
import { systemClock } from "../services/core/runtime/clock.ts";
import { helpText, mustBe, parseOptions } from "../services/core/runtime/command_line.ts";
import { endOfInput } from "../services/core/runtime/end_of_input.ts";
import { createLog, levelOf } from "../services/core/runtime/log.ts";
import { archiveOption, configOptions, parentOption } from "../services/core/runtime/process_options.ts";
import { writeText } from "../services/core/runtime/write_text.ts";
import { pageMetrics } from "../services/core/telemetry/page_metrics.ts";
import type { ProcessMetrics } from "../services/core/telemetry/process_metrics.ts";
import { Telemetry } from "../services/core/telemetry/telemetry.ts";
import { loadClientAssets } from "./client_assets.ts";
import { readyLine } from "../services/core/runtime/ready_line.ts";
import { pageSettings, stateSetup } from "./page_settings.ts";
import { UiServer } from "./ui_server.ts";

const STOP_MS = 800;
const options = {
  port: {
    help: "Port of the page. Default: ui.port of --misc.",
    value: "PORT",
    check: mustBe.integer(0, 65_535),
  },
  host: {
    help: "Address to listen on; another than loopback shows the page to others.",
    value: "ADDRESS",
    default: "127.0.0.1",
  },
  "further-ports": {
    help: "Where --port is taken, try so many behind it, then take any that is free. Default: none of that.",
    value: "N",
    check: mustBe.integer(0, 100),
  },
  ...archiveOption,
  ...configOptions,
  ...parentOption,
  json: { help: "At its end print one JSON document on stdout: its address. Logs go to stderr." },
} as const;

const printError = (line: string) => writeText(Deno.stderr, line);
const print = (line: string) => writeText(Deno.stdout, line);

async function serve(signal: AbortSignal, stop: (reason: string) => void): Promise<void> {
  const { port, host, archive, config, misc, json, ...told } = parseOptions(Deno.args, options);
  if (told["end-with-parent"]) void endOfInput(Deno).then(() => stop("the parent ended"));
  const environment = readEnvironment((name) => Deno.env.get(name));
  const written: { metrics: ProcessMetrics | null } = { metrics: null };
  const log = createLog("ui", environment.logLevel, (line) => {
    (json ? printError : print)(line);
    const level = levelOf(line);
    if (level !== null) written.metrics?.logged(level);
  });
  const [assets, configs, certificate] = await Promise.all([
    loadClientAssets(fileURLToPath(new URL(".", import.meta.url))),
    loadConfigs({ config, misc }),
    certificateOf(environment),
  ]);
  const { config: modelConfig, misc: miscConfig } = configs;
  const server = UiServer.listen({
    host,
    ports: portsFrom(port === undefined ? miscConfig.ui.port : Number(port), told["further-ports"]),
    assets,
    settings: pageSettings(modelConfig, miscConfig),
    states: stateSetup(modelConfig),
    calendarOf: (symbol) => instrumentOf(miscConfig.instruments, symbol)?.calendar ?? "from-data",
    ...(environment.uiToken === null ? {} : { token: environment.uiToken }),
    clock: systemClock,
    log,
  });
  await using telemetry = new Telemetry({
    ...{ process: "ui", id: "ui", clock: systemClock, needsRedis: false },
    address: environment.metrics,
    serve: Deno.serve,
    residentBytes: () => Deno.memoryUsage().rss,
    redis: () => ({ isUp: server.state.shared.redis.state === "connected", lost: server.redisLosses }),
    linesDropped: () => 0,
    activity: () => "showing",
  });
  written.metrics = telemetry.metrics;
  pageMetrics(telemetry.registry, () => server.hub.pageCount);
  telemetry.readyUnless(() => null); // it says itself what it lacks
  if (telemetry.url !== undefined) log.info({ metricsUrl: telemetry.url }, "metrics are served");
  // For a supervisor, whatever the level of the log: it cannot know which port was free.
  if (told["end-with-parent"]) print(readyLine({ page: server.url, metrics: telemetry.url ?? null }));
  try {
    await server.followRedis({ url: environment.redisUrl, ...certificate, archive }, signal);
  } finally {
    await server[Symbol.asyncDispose]();
    if (json) print(`${JSON.stringify({ process: "ui", url: server.url }, null, 2)}\n`);
  }
}

function portsFrom(first: number, further: string | undefined): number[] {
  if (further === undefined) return [first];
  return [...Array.from({ length: 1 + Number(further) }, (_, index) => first + index), 0];
}

if (Deno.args.includes("--help")) {
  print(helpText("ui", "The page of RL Trader. Reads only.", options));
} else {
  const stop = new AbortController();
  const askToStop = (reason: string) => {
    stop.abort(new DOMException(reason, "AbortError"));
    setTimeout(() => Deno.exit(0), STOP_MS);
  };
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(name, () => askToStop(`${name} received`));
  }
  try {
    await serve(stop.signal, askToStop);
    Deno.exit(0);
  } catch (cause) {
    printError(`ui: ${(cause as Error).message}\n`);
    Deno.exit(1);
  }
}
