/** Reads what has no stream to follow, or is so short that its newest entries are read again each time. */
import { ContractError, type Document } from "../../services/core/contracts/define.ts";
import { feedStatus } from "../../services/core/contracts/feed_status.ts";
import { learningStream } from "../../services/core/contracts/learning.ts";
import { currentModel, modelEventStream, modelMetadata } from "../../services/core/contracts/model.ts";
import { heartbeats, quarantineStream, setupSteps } from "../../services/core/contracts/system.ts";
import type { Store } from "../../services/core/redis/store.ts";
import type { Log } from "../../services/core/runtime/log.ts";
import type { DashboardState } from "./dashboard_state.ts";
import { LIMITS } from "./messages.ts";

/** Brings the shared parts of the state up to date. */
export async function pollDocuments(store: Store, state: DashboardState, log: Log): Promise<void> {
  const read = <T>(document: Document<T>) => readDocument(store, document, log);
  const [feed, current, steps, processes, events, learning, count, quarantined] = await Promise.all([
    read(feedStatus()),
    read(currentModel()),
    store.entries(setupSteps()),
    store.entries(heartbeats()),
    store.newest(modelEventStream(), LIMITS.modelEvents),
    store.newest(learningStream(), LIMITS.learningPoints),
    store.length(quarantineStream()),
    store.newest(quarantineStream(), LIMITS.quarantined),
  ]);
  const known = state.shared.model.metadata;
  const metadata = current === null || current === undefined || known?.version === current.version
    ? known
    : await read(modelMetadata(current.version)) ?? null;
  if (feed !== undefined) state.set("feed", feed);
  state.set(
    "setup",
    Array.from(steps, ([name, step]) => ({ name, ...step })).sort((a, b) => a.order - b.order),
  );
  state.set("processes", [...processes.values()].sort((a, b) => a.id.localeCompare(b.id, "en")));
  state.set("model", {
    current: current === undefined ? state.shared.model.current : current,
    metadata: current === null ? null : metadata,
    events: events.map(({ value }) => value).reverse(),
  });
  state.set("learning", learning.map(({ id, value }) => ({ id, ...value })));
  state.set("overview", state.overview());
  state.set("quarantine", { count, last: quarantined.map(({ value }) => value).reverse() });
  if (metadata !== null) state.set("strategy", metadata.strategy);
}

/** Undefined if what is stored breaks its contract: the page then keeps what it showed. */
async function readDocument<T>(store: Store, document: Document<T>, log: Log): Promise<T | null | undefined> {
  try {
    return await store.get(document);
  } catch (cause) {
    if (!(cause instanceof ContractError)) throw cause;
    log.warn({ key: document.key, reason: cause.message }, "cannot show a document");
    return undefined;
  }
}
