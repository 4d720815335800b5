/** Which version decided when, and what it would decide: the one that a challenger has to beat. */
import type { Learner, QNet } from "../../core/model/native_types.ts";
import type { LearnerPolicy } from "../learner_policy.ts";

/** Every adopted version, with the bar after which it decides. */
export class ChampionTimeline {
  readonly #adopted: { readonly version: string; readonly afterMs: number }[] = [];

  /** Adoptions come in the order of their bars. */
  adopted(version: string, afterMs: number): void {
    this.#adopted.push({ version, afterMs });
  }

  /** The version that decides a bar; null before the first one. */
  at(barMs: number): string | null {
    return this.#adopted.findLast(({ afterMs }) => afterMs < barMs)?.version ?? null;
  }

  /** What served when a version was first adopted, whoever its parent is: a stored one comes from elsewhere. One that is served
   * again does not follow what had followed it, so whoever goes back twice goes further back. Null where nothing served. */
  before(version: string): string | null {
    const first = this.#adopted.findIndex((adoption) => adoption.version === version);
    return this.#adopted[first - 1]?.version ?? null;
  }
}

export interface Champion {
  readonly version: string;
  readonly policy: Pick<LearnerPolicy, "weigh">;
}

export interface ChampionsParts {
  readonly timeline: ChampionTimeline;
  readonly openModel: (version: string) => Promise<QNet>;
  readonly makePolicy: (net: Pick<Learner, "forward" | "evaluate">) => Pick<LearnerPolicy, "weigh">;
}

/** Opens one champion at a time. */
export class Champions {
  readonly #parts: ChampionsParts;
  #opened: (Champion & { readonly net: QNet }) | null = null;

  constructor(parts: ChampionsParts) {
    this.#parts = parts;
  }

  /** Who decides a bar; null for nobody yet. @throws {ModelStoreError} If the version is not there any more. */
  async at(barMs: number): Promise<Champion | null> {
    const { timeline, openModel, makePolicy } = this.#parts;
    const version = timeline.at(barMs);
    if (version === null || this.#opened?.version === version) return version === null ? null : this.#opened;
    this.#opened?.net.close();
    const net = await openModel(version);
    this.#opened = { version, net, policy: makePolicy(asLearner(net)) };
    return this.#opened;
  }
}

/** A served network, asked as a learner is. */
function asLearner(net: QNet): Pick<Learner, "forward" | "evaluate"> {
  return {
    forward(features) {
      const out = new Float32Array(features.length / net.inputs * net.outputs);
      net.forward(features, out);
      return out;
    },
    evaluate(features, _rowOfPoint, classes, scalars) {
      const out = new Float32Array(classes.length);
      net.evaluate(features, classes, scalars, out);
      return out;
    },
  };
}
