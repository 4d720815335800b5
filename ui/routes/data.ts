/** What pages ask for beside their event stream: a lane's past, as JSON, and tables as CSV. Reads only. */
import { type Context, Hono } from "hono";
import { compress } from "hono/compress";
import { type CsvColumns, csvLine } from "../components/csv.ts";
import { DECISION_CSV } from "../components/decision_csv.ts";
import { FILL_CSV } from "../components/fill_csv.ts";
import { type History, HistoryAwayError } from "../history/history.ts";
import { stateAt } from "../history/state_history.ts";

const MOST_BARS = 5_000;
const MOST_FRAMES = 200;
const MOST_ROWS = 2_000;
/** The last time that a stream's id may have. */
const MOST_MS = Number.MAX_SAFE_INTEGER;

export function dataRoutes(history: History): Hono {
  const data = new Hono();
  data.use(compress());
  data.use(async (context, next) => {
    await next();
    context.header("cache-control", "no-store");
  });

  data.get("/lane/:symbol", async (context) => {
    const throughMs = wholeNumber(context, "through", 0, MOST_MS, MOST_MS);
    const count = wholeNumber(context, "count", 1, MOST_BARS, 500);
    return context.json(await history.read(symbolOf(context), (lane) => lane.through(throughMs, count)));
  });

  data.get("/replay/:symbol", async (context) => {
    const atMs = wholeNumber(context, "at", 0, MOST_MS, MOST_MS);
    const found = await history.read(
      symbolOf(context),
      async (lane) => ({ place: await lane.place(atMs), extent: await lane.extent() }),
    );
    return context.json(found);
  });

  data.get("/frames/:symbol", async (context) => {
    const fromMs = wholeNumber(context, "from", 0, MOST_MS, 0);
    const count = wholeNumber(context, "count", 1, MOST_FRAMES, 1);
    return context.json(await history.read(symbolOf(context), (lane) => lane.frames(fromMs, count)));
  });

  data.get("/state/:symbol", async (context) => {
    const symbol = symbolOf(context);
    const atMs = wholeNumber(context, "at", 0, MOST_MS, MOST_MS);
    const { states } = history;
    if (states === null) return context.json({ error: "No feature is configured." }, 404);
    return context.json(await history.read(symbol, (lane) => stateAt(lane, symbol, states, atMs)));
  });

  data.get("/decisions/:symbol", async (context) => {
    const beforeMs = wholeNumber(context, "before", 0, MOST_MS, MOST_MS);
    const count = wholeNumber(context, "count", 1, MOST_ROWS, 500);
    return context.json(
      await history.read(symbolOf(context), (lane) => lane.decisionsBefore(beforeMs, count)),
    );
  });

  data.get("/decisions/:symbol/csv", (context) => {
    const { lane, symbol, fromMs, toMs } = spanOf(context, history);
    return csvFile(`decisions-${symbol}`, DECISION_CSV, lane.decisions(fromMs, toMs));
  });

  data.get("/fills/:symbol/csv", (context) => {
    const { lane, symbol, fromMs, toMs } = spanOf(context, history);
    return csvFile(`fills-${symbol}`, FILL_CSV, lane.fills(fromMs, toMs));
  });

  data.onError((cause, context) => {
    if (cause instanceof RangeError) return context.json({ error: cause.message }, 400);
    if (cause instanceof HistoryAwayError) return context.json({ error: cause.message }, 503);
    throw cause;
  });
  data.notFound((context) => context.json({ error: "There is nothing here." }, 404));
  return data;
}

function symbolOf(context: Context): string {
  return context.req.param("symbol") ?? "";
}

/** A stretch of a lane's past: all of it, where the address names no end. @throws As {@link History.lane} does. */
function spanOf(context: Context, history: History) {
  const symbol = symbolOf(context);
  return {
    symbol,
    lane: history.lane(symbol),
    fromMs: wholeNumber(context, "from", 0, MOST_MS, 0),
    toMs: wholeNumber(context, "to", 0, MOST_MS, MOST_MS),
  };
}

/** A table as a file, sent as it is read. */
function csvFile<Row>(
  name: string,
  columns: CsvColumns<Row>,
  chunks: AsyncIterable<readonly Row[]>,
): Response {
  const lines = async function* () {
    yield csvLine(Object.keys(columns));
    for await (const rows of chunks) {
      yield rows.map((row) => csvLine(Object.values(columns).map((valueOf) => valueOf(row)))).join("");
    }
  };
  return new Response(ReadableStream.from(lines()).pipeThrough(new TextEncoderStream()), {
    headers: {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": `attachment; filename="${name.replaceAll("/", "-")}.csv"`,
    },
  });
}

/** @throws {RangeError} If the address says something else. */
function wholeNumber(context: Context, name: string, least: number, most: number, fallback: number): number {
  const text = context.req.query(name);
  if (text === undefined) return fallback;
  const value = /^[0-9]{1,16}$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw new RangeError(
    `Cannot read the past as ${name} must be a whole number from ${least} to ${most}: it is ${
      text.slice(0, 40)
    }`,
  );
}
