/** Health, quarantine and the progress of the set-up. */
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
  /** Figures worth showing: decisions, lag, updates a second. */
  figures: z.record(z.string(), z.number()),
});
export type Heartbeat = z.infer<typeof Heartbeat>;
/** A hash: process id → heartbeat. A process is taken for gone when its heartbeat is older than 5 s. */
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
