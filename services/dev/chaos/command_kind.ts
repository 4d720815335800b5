/** What a Redis command is about: its name, and the pattern of its key or the function that it calls. */
import "../../core/redis/acl.ts"; // loads every contract
import { declaredKeys } from "../../core/contracts/define.ts";

const PATTERNS = declaredKeys().map(({ pattern }) => ({
  pattern,
  expression: new RegExp(`^${pattern.split("*").map(escaped).join("[^:]*?")}$`),
}));
/** What a connection begins with. */
const GREETINGS = ["HELLO", "AUTH", "CLIENT", "SELECT", "INFO", "PING", "FUNCTION"];
/** Enough for the first stream of an XREAD, and for the symbol of a commit. */
export const ARGUMENTS = 14;

/** E.g. `XADD market:bars:*:*`, `FCALL commit`, `MULTI`. @param args The first {@link ARGUMENTS} or more of the command. */
export function commandKind(args: readonly string[]): string {
  const name = args[0]!.toUpperCase();
  if (name === "FCALL") return `FCALL ${args[1]!.split("_").at(-1)}`;
  const key = name === "XREAD" ? args[args.findIndex((arg) => arg.toUpperCase() === "STREAMS") + 1] : args[1];
  return key === undefined || GREETINGS.includes(name) ? name : `${name} ${patternOf(key)}`;
}

/** Whose bar an `FCALL commit` is: its first argument after the keys. */
export function committedSymbol(args: readonly string[]): string {
  return args[3 + Number(args[2])]!;
}

/** Whether it only opens a connection. */
export function isGreeting(kind: string): boolean {
  return GREETINGS.includes(kind.split(" ", 1)[0]!);
}

/** Whether it changes what Redis holds. */
export function isWrite(kind: string): boolean {
  return /^(?:FCALL|SET|DEL|HSET|HDEL|XADD|XTRIM|EXEC)\b/.test(kind);
}

function patternOf(key: string): string {
  return PATTERNS.find(({ expression }) => expression.test(key))?.pattern ?? "?";
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
