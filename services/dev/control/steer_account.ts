/** Halts and resumes an account: one change of its control in Redis, which every commit from then on is held to. */
import type { Control } from "../../core/contracts/control.ts";
import { type FeedStatus, feedStatus } from "../../core/contracts/feed_status.ts";
import { type Reconciliation, reconciliations } from "../../core/contracts/venue.ts";
import type { Ledger } from "../../core/redis/ledger.ts";
import type { Store } from "../../core/redis/store.ts";
import { NoRunError, type OpenRun } from "../open_run.ts";

/** Whose control it is. */
export interface SteeredRun {
  readonly run: Pick<OpenRun, "store" | "ledger" | "server">;
  readonly account: string;
  /** The configured account, which may not have traded yet. */
  readonly configured: string;
  readonly nowMs: number;
}

export interface HaltWish {
  readonly flatten: boolean;
  readonly reason: string;
}

/** What a lane holds, and what it has ordered before. */
export interface SteeredLane {
  readonly symbol: string;
  readonly quantity: string;
  /** Target of an order that was committed before and fills at the next open; null for none. */
  readonly pendingTarget: number | null;
}

export interface Steered {
  readonly account: string;
  /** Null where it was never steered. */
  readonly before: Control | null;
  readonly control: Control;
  readonly lanes: readonly SteeredLane[];
}

/** Raised for an account that is none of the run's. */
export class UnknownAccountError extends Error {
  override name = "UnknownAccountError";
}

/** Raised where venue and ledger differ and nobody says which is right, or the other way round. */
export class NotReconciledError extends Error {
  override name = "NotReconciledError";
}

/** Somebody who changes the control more often meanwhile is at fault. */
const MOST_RACES = 20;

/** Nothing is ordered from now on, but, with `flatten`, the way out. A halt that is there keeps its flattening.
 * @throws {NoRunError} @throws {UnknownAccountError} */
export function haltAccount(steered: SteeredRun, { flatten, reason }: HaltWish): Promise<Steered> {
  return steer(steered, "halt", (before) => ({
    state: "halted",
    flatten: flatten || (before?.state === "halted" && before.flatten),
    reason,
    resumes: before?.resumes ?? 0,
  }));
}

/** Trading goes on, and losses are counted from here.
 * @param accept Which is right where venue and ledger differ; null where they do not.
 * @throws {NoRunError} @throws {UnknownAccountError} @throws {NotReconciledError} */
export async function resumeAccount(
  steered: SteeredRun,
  reason: string,
  accept: Reconciliation["accept"] = null,
): Promise<Steered> {
  await checkAccount(steered, "resume");
  await acceptDifferences(steered, accept);
  return await steer(steered, "resume", (before) => ({
    state: "trading",
    flatten: false,
    reason,
    resumes: (before?.resumes ?? 0) + 1,
  }));
}

/** Writes the word on each lane that differs, for the replica that leads it. */
async function acceptDifferences(
  { run: { store }, account }: SteeredRun,
  accept: Reconciliation["accept"],
): Promise<void> {
  const map = reconciliations(account);
  const differing = [...await store.entries(map)].filter(([, { state }]) => state === "differs");
  if (accept === null && differing.length > 0) {
    const lines = differing.map(([symbol, { venue, ledger, strangers }]) =>
      `  ${symbol}: the venue holds ${venue}, the ledger ${ledger}${
        strangers.length === 0 ? "" : `, open orders there that are not ours: ${strangers.length}`
      }`
    );
    throw new NotReconciledError(
      `Cannot resume ${account} as somebody must say which is right, with --accept venue or --accept ledger:\n${
        lines.join("\n")
      }`,
    );
  }
  if (accept !== null && differing.length === 0) {
    throw new NotReconciledError(
      `Cannot accept the ${accept} of ${account} as venue and ledger must differ: they do not`,
    );
  }
  for (const [symbol, found] of differing) await store.setField(map, symbol, { ...found, accept });
}

async function steer(
  steered: SteeredRun,
  verb: string,
  change: (before: Control | null) => Pick<Control, "state" | "flatten" | "reason" | "resumes">,
): Promise<Steered> {
  const { run: { store, ledger }, account, nowMs } = steered;
  await checkAccount(steered, verb);
  for (let race = 0; race < MOST_RACES; race++) {
    const before = await ledger.control(account);
    const control: Control = {
      ...change(before),
      revision: (before?.revision ?? 0) + 1,
      by: "command line",
      atMs: nowMs,
      barMs: null,
    };
    if (!await ledger.steer(account, control)) continue;
    const feed = await feedOf(store);
    return { account, before, control, lanes: await lanesOf(feed, ledger, account) };
  }
  throw new Error(
    `Cannot ${verb} ${account} as its control must stand still: it changed ${MOST_RACES} times`,
  );
}

async function checkAccount(
  { run: { store, ledger, server }, account, configured }: SteeredRun,
  verb: string,
): Promise<void> {
  const feed = await feedOf(store);
  if (feed === null) {
    throw new NoRunError(`Cannot ${verb} ${account} as Redis at ${server} must hold a run: it holds none`);
  }
  if (account === configured || (await lanesOf(feed, ledger, account)).length > 0) return;
  throw new UnknownAccountError(
    `Cannot ${verb} ${account} as it must be an account of the run of ${feed.feed}: it has no lane there, and the run's own account ` +
      `is ${configured}`,
  );
}

function feedOf(store: Store): Promise<FeedStatus | null> {
  return store.get(feedStatus());
}

async function lanesOf(feed: FeedStatus | null, ledger: Ledger, account: string): Promise<SteeredLane[]> {
  const lanes: SteeredLane[] = [];
  for (const symbol of feed?.symbols ?? []) {
    const record = await ledger.load(account, symbol);
    if (record === null) continue;
    const { account: { quantity }, pending } = record.state;
    lanes.push({ symbol, quantity, pendingTarget: pending?.target ?? null });
  }
  return lanes;
}

/** For people. */
export function describeSteered({ account, before, control, lanes }: Steered): string {
  if (control.state === "trading") {
    const was = before?.state === "halted" ? `was halted: ${before.reason}` : "was not halted";
    return `${account} trades (it ${was}). Daily loss and drawdown count from here.`;
  }
  return [
    `${account} is halted: no order is made from now on${control.flatten ? ", but the way out" : ""}. ` +
    `Reason: ${control.reason}`,
    ...lanes.flatMap((lane) => describeLane(lane, control)),
    "deno task resume lets it trade again.",
  ].join("\n");
}

function describeLane({ symbol, quantity, pendingTarget }: SteeredLane, { flatten }: Control): string[] {
  const held = Number(quantity) === 0 ? [] : [
    flatten
      ? `  ${symbol} holds ${quantity}: its next bar orders the way out, which fills at the open after it`
      : `  ${symbol} holds ${quantity} and keeps it, with its stops (--flatten closes it)`,
  ];
  const pending = pendingTarget === null ? [] : [
    `  ${symbol} has an order to ${
      pendingTarget * 100
    } % of equity from before, which fills at the next open`,
  ];
  return [...held, ...pending];
}
