/** The ledger on a Redis server: each call is one Redis function, so each is atomic. */
import { createHash } from "node:crypto";
import type { Buffer } from "node:buffer";
import { type Control, controlDocument } from "../contracts/control.ts";
import type { Document } from "../contracts/define.ts";
import { type LaneRecord, laneRecord, leaseKey, replicaKey } from "../contracts/lane.ts";
import { accountTotal, type LaneTotal } from "../contracts/risk.ts";
import { VENUE_LENGTH } from "../contracts/venue.ts";
import type { Commit, CommitResult, LeaseRequest, Ledger, RefusalRule } from "./ledger.ts";
import ledgerSource from "./ledger.lua" with { type: "text" };
import {
  checkLeaseRequest,
  checkReplica,
  encodeCommit,
  encodeControl,
  totalsFrom,
} from "./ledger_requests.ts";
import type { RedisConnection } from "./redis_connection.ts";
import { wireArguments } from "./redis_wire.ts";

/** Names the library after its content: a changed function is another function. */
const LEDGER_VERSION = createHash("sha256").update(ledgerSource).digest("hex").slice(0, 12);
const LIBRARY = ledgerSource.replaceAll("VERSION", LEDGER_VERSION);

type Argument = string | number | Buffer;

/** Loads the ledger's functions into the server; harmless if they are there. */
export async function loadLedgerFunctions(connection: RedisConnection): Promise<void> {
  await connection.run(
    "load the ledger's functions",
    (client) => client.function("LOAD", "REPLACE", LIBRARY),
  );
}

/** Loads its functions when the server lacks them; its user needs the right to FUNCTION LOAD, or someone else does it. */
export class RedisLedger implements Ledger {
  readonly #connection: RedisConnection;

  constructor(options: { readonly connection: RedisConnection }) {
    this.#connection = options.connection;
  }

  async commit(commit: Commit): Promise<CommitResult> {
    const encoded = encodeCommit(commit);
    const { lane, decisions, fills, equity, total, leases, control, outbox } = encoded.keys;
    const lists = [encoded.decision, encoded.equity, ...encoded.fills].map(wireArguments);
    const intent = encoded.intent === null ? [] : wireArguments(encoded.intent);
    const keys = [lane, decisions, fills, equity, total, leases, control, outbox];
    const reply = await this.#call("commit", keys, [
      commit.symbol,
      commit.record.barMs,
      commit.expectedVersion,
      commit.record.fence,
      encoded.record,
      encoded.total,
      commit.control.revision,
      encoded.control,
      VENUE_LENGTH,
      intent.length,
      ...intent,
      encoded.fills.length,
      ...lists.flatMap((list) => [list.length, ...list]),
    ]) as string[];
    const [outcome, rule, reason] = reply;
    if (outcome === "committed" || outcome === "duplicate") return { outcome };
    return {
      outcome: "refused",
      rule: rule as RefusalRule,
      reason: `Cannot commit ${commit.account} ${commit.symbol} bar ${commit.record.barMs} as ${reason}`,
    };
  }

  load(account: string, symbol: string): Promise<LaneRecord | null> {
    return this.#read(laneRecord(account, symbol));
  }

  async totals(account: string): Promise<ReadonlyMap<string, LaneTotal>> {
    const { key } = accountTotal(account);
    const fields = await this.#connection.run(`read ${key}`, (client) => client.hgetall(key));
    return totalsFrom(account, Object.entries(fields));
  }

  control(account: string): Promise<Control | null> {
    return this.#read(controlDocument(account));
  }

  async steer(account: string, next: Control): Promise<boolean> {
    const { key } = controlDocument(account);
    const text = encodeControl(account, next);
    const [outcome, rule, reason] = await this.#call("steer", [key], [next.revision - 1, text]) as string[];
    if (outcome === "changed") return true;
    if (rule === "control") return false;
    throw new Error(`Cannot steer ${account} as ${reason}`);
  }

  async renewLeases(request: LeaseRequest): Promise<ReadonlyMap<string, number>> {
    const symbols = checkLeaseRequest(request);
    const { account, replica, ttlMs } = request;
    const keys = [leaseKey(account), replicaKey(account)];
    const reply = await this.#call("renew", keys, [replica, ttlMs, ...symbols]) as string[];
    const tokens = new Map<string, number>();
    for (let index = 0; index + 1 < reply.length; index += 2) {
      tokens.set(reply[index]!, Number(reply[index + 1]));
    }
    return tokens;
  }

  async releaseLeases({ account, replica }: { account: string; replica: string }): Promise<void> {
    checkReplica(replica);
    await this.#call("release", [leaseKey(account), replicaKey(account)], [replica]);
  }

  async #read<T>({ key, contract }: Document<T>): Promise<T | null> {
    const text = await this.#connection.run(`read ${key}`, (client) => client.get(key));
    return text === null ? null : contract.decode(key, text);
  }

  async #call(name: string, keys: readonly string[], args: readonly Argument[]): Promise<unknown> {
    const call = () =>
      this.#connection.run(
        `${name} ${keys[0]}`,
        (client) => client.fcall(`rltrader_${LEDGER_VERSION}_${name}`, keys.length, ...keys, ...args),
      );
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof Error) || !error.message.includes("Function not found")) throw error;
      await loadLedgerFunctions(this.#connection);
      return await call();
    }
  }
}
