/** JSON logs, one object a line, on standard output: files in development, the cluster's collector in k3s. */
import { pino } from "pino";

export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A log that names its process in every line. @param write Takes one line. */
export function createLog(process: string, level: string, write: (line: string) => void): Log {
  return pino({ level, base: { process }, timestamp: pino.stdTimeFunctions.isoTime }, { write });
}

/** The level of a line that such a log wrote; null for a level below information. */
export function levelOf(line: string): "info" | "warn" | "error" | null {
  const { level } = JSON.parse(line) as { level: number };
  return level >= 50 ? "error" : level >= 40 ? "warn" : level >= 30 ? "info" : null;
}

/** A log that says nothing. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
