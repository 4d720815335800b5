/** What is stored of models: every verdict, what their metadata and bytes say, and how the candidate in the shadow decides. */
import {
  currentModel,
  gateState,
  modelBlobKey,
  modelEventStream,
  type ModelMetadata,
  modelMetadata,
  shadowStream,
} from "../../services/core/contracts/model.ts";
import { modelHold, modelHoldAnswer } from "../../services/core/contracts/model_hold.ts";
import type { Store } from "../../services/core/redis/store.ts";
import { reliabilityOf } from "./model_passport.ts";
import {
  type ModelRow,
  type ModelsView,
  type Reliability,
  RUN_LIMITS,
  type ShadowView,
} from "./run_views.ts";
import { StreamTail } from "./stream_tail.ts";

/** Versions whose bytes are looked into: those a person would compare. */
const MOST_OPENED = 40;
const SHADOW_SHOWN = 30;

interface Known {
  readonly metadata: ModelMetadata | null;
  readonly reliability: Reliability | null;
}

export class ModelsReader {
  readonly #events = new StreamTail(modelEventStream(), RUN_LIMITS.modelEvents);
  /** A version is its bytes, so what is known of it never changes. */
  readonly #known = new Map<string, Known>();

  async read(store: Store, symbols: readonly string[]): Promise<ModelsView> {
    await this.#events.poll(store);
    const [current, gate, hold, holdAnswer] = await Promise.all([
      store.get(currentModel()),
      store.get(gateState()),
      store.get(modelHold()),
      store.get(modelHoldAnswer()),
    ]);
    const events = this.#events.entries.toReversed();
    const stored = new Set(
      events.filter(({ value }) => value.outcome !== "refused").map(({ value }) => value.version),
    );
    for (const version of [...stored].slice(0, MOST_OPENED)) await this.#learn(store, version);
    const shadow = gate?.shadow ?? null;
    return {
      ...{ current, gate, hold, holdAnswer },
      shadow: shadow === null ? null : await readShadow(store, symbols, shadow),
      rows: events.map(({ id, value }): ModelRow => ({
        id,
        ...value,
        ...(this.#known.get(value.version) ?? { metadata: null, reliability: null }),
      })),
    };
  }

  async #learn(store: Store, version: string): Promise<void> {
    if (this.#known.has(version)) return;
    const metadata = await store.get(modelMetadata(version));
    const blob = metadata === null ? null : await store.getBytes(modelBlobKey(version));
    if (metadata === null) return; // its event came first
    this.#known.set(version, { metadata, reliability: blob === null ? null : reliabilityOrNull(blob) });
    for (const old of [...this.#known.keys()].slice(0, -2 * MOST_OPENED)) this.#known.delete(old);
  }
}

/** Bytes that cannot be read are the gate's and inference's to refuse; the page shows that there is no curve. */
function reliabilityOrNull(blob: Uint8Array): Reliability | null {
  try {
    return reliabilityOf(blob);
  } catch {
    return null;
  }
}

async function readShadow(
  store: Store,
  symbols: readonly string[],
  { version, afterMs, bars: wanted }: { version: string; afterMs: number; bars: number },
): Promise<ShadowView> {
  const read = symbols.map((symbol) => store.range(shadowStream(symbol), { from: `${afterMs + 1}-0` }));
  const decisions = (await Promise.all(read)).flat().map(({ value }) => value)
    .filter((decision) => decision.version === version)
    .sort((a, b) => b.barMs - a.barMs || a.symbol.localeCompare(b.symbol, "en"));
  return {
    ...{ version, afterMs, wanted },
    bars: new Set(decisions.map(({ barMs }) => barMs)).size,
    decisions: decisions.length,
    differing: decisions.filter(({ differs }) => differs).length,
    last: decisions.slice(0, SHADOW_SHOWN).map(({ symbol, barMs, choice, reason, differs }) => ({
      ...{ symbol, barMs, choice, reason, differs },
    })),
  };
}
