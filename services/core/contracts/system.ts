/** Health, quarantine, the last lines of the logs, and the progress of the set-up. */
import { z } from "zod";
import { defineDocument, defineStream } from "./define.ts";

export const Heartbeat = z.strictObject({
  process: z.enum(["core", "trainer", "inference", "ui"]),
  /** `inference-1`. */
  id: z.string(),
  pid: z.int().positive(),
  startedMs: z.int().nonnegative(),
  atMs: z.int().nonnegative(),
  /** What it is doing, in a few words for people. */
  activity: z.string(),
  memoryMb: z.number().nonnegative(),
  /** Figures worth showing: decisions, lag, updates a second. Metrics that say the same are read from here. */
  figures: z.record(z.string(), z.number()),
  /** Where its metrics and probes can be asked, e.g. `http://127.0.0.1:9464/`; absent where they are off. */
  metricsUrl: z.string().optional(),
});
export type Heartbeat = z.infer<typeof Heartbeat>;
/** A process whose heartbeat is older is taken for gone. */
export const GONE_MS = 5_000;
/** A hash: process id → heartbeat. Core forgets one after an hour of silence. */
export const heartbeats = defineDocument(
  "heartbeat",
  { write: ["core", "trainer", "inference", "dev"], read: ["core", "ui", "dev"] },
  () => "system:heartbeats",
  Heartbeat,
);

/** An input that broke its contract, kept with its reason. */
export const Quarantined = z.strictObject({
  process: z.string(),
  /** Where it came from: a stream key and entry id, or a file and line. */
  source: z.string(),
  entry: z.string(),
  reason: z.string(),
  /** The input itself, cut to 2,000 characters. */
  content: z.string(),
  atMs: z.int().nonnegative(),
});
export type Quarantined = z.infer<typeof Quarantined>;
/** The oldest entries above it are dropped. */
export const QUARANTINE_LENGTH = 10_000;
/** Ids are the server's. Core reads what it wrote before, so as not to write it again. */
export const quarantineStream = defineStream(
  "quarantine",
  { write: ["core", "trainer", "inference", "dev"], read: ["core", "ui", "dev"] },
  () => "system:quarantine",
  Quarantined,
);

/** A line of a process's log, so that the page can show the last minutes of all of them together. */
export const LogLine = z.strictObject({
  /** `inference-1`. */
  process: z.string(),
  level: z.enum(["info", "warn", "error"]),
  message: z.string(),
  /** The line's other fields as JSON, cut to 2,000 characters. */
  fields: z.string(),
  atMs: z.int().nonnegative(),
});
export type LogLine = z.infer<typeof LogLine>;
/** The oldest lines above it are dropped: the files and the cluster's collector keep them all. */
export const LOG_LENGTH = 5_000;
/** Ids are the server's. */
export const logStream = defineStream(
  "log",
  { write: ["core", "trainer", "inference"], read: ["ui", "dev"] },
  () => "system:log",
  LogLine,
);

export const SetupStep = z.strictObject({
  order: z.int().nonnegative(),
  title: z.string(),
  state: z.enum(["waiting", "running", "done", "skipped", "failed"]),
  doneBytes: z.number().nonnegative().nullable(),
  totalBytes: z.number().nonnegative().nullable(),
  detail: z.string(),
  seconds: z.number().nonnegative(),
});
export type SetupStep = z.infer<typeof SetupStep>;
/** A hash: step name → progress. */
export const setupSteps = defineDocument(
  "set-up",
  { write: ["dev"], read: ["ui", "core", "dev"] },
  () => "system:setup",
  SetupStep,
);
