/** What must be right of the configuration before orders may go to a venue: told before anything is started, and by each replica. Pure. */
import type { VenueKeys } from "../config/environment.ts";
import { branchHeads, type Heads } from "../config/heads.ts";
import { ConfigError } from "../config/load_yaml.ts";
import type { MiscConfig } from "../config/misc.ts";
import { liveSentence } from "../config/venue_config.ts";
import type { FeedStatus } from "../contracts/feed_status.ts";

export interface VenueWish {
  readonly misc: Pick<MiscConfig, "venue" | "account">;
  /** Whether `--live` was given. */
  readonly isLive: boolean;
  readonly keys: VenueKeys | null;
  readonly feed: Pick<FeedStatus, "feed" | "plannedLiveBars" | "symbols">;
  readonly heads: Heads;
}

/** What can be told without asking the venue. @throws {ConfigError} With every fault. */
export function checkWish({ misc: { venue, account }, isLive, keys, feed, heads }: VenueWish): void {
  const faults: string[] = [];
  if (venue.broker === "paper") {
    if (isLive) faults.push("--live must come with venue.broker ccxt in misc.yaml: it is paper");
    return refuse(faults);
  }
  if (keys === null) {
    faults.push(
      "RLTRADER_VENUE_KEY and RLTRADER_VENUE_SECRET must hold the account's keys: they are not set",
    );
  }
  const sentence = liveSentence(venue, account.name);
  if (!venue.sandbox && !isLive) {
    faults.push("real money needs --live beside venue.sandbox false: it is not given");
  }
  if (!venue.sandbox && venue.confirm_live !== sentence) {
    faults.push(`venue.confirm_live must be "${sentence}": it is "${venue.confirm_live}"`);
  }
  if (venue.sandbox && isLive) {
    faults.push("--live must come with venue.sandbox false, as it means real money: it is true");
  }
  if (feed.plannedLiveBars !== null) {
    faults.push(
      `orders must follow a market in real time, ccxt:EXCHANGE or ticks:redis: the feed is ${feed.feed}`,
    );
  }
  if (branchHeads(heads).isTrailing) {
    faults.push(
      "heads.stop.stop_kind must be fixed: a stop that rests at the venue does not follow the price",
    );
  }
  if (branchHeads(heads).actions.includes("short")) {
    faults.push("heads.action.values must not hold short: a spot market has none to sell");
  }
  refuse(faults);
}

function refuse(faults: readonly string[]): void {
  if (faults.length > 0) throw new ConfigError("the venue", faults);
}
