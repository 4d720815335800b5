/** A store whose server can go away: meanwhile every read waits, as with Redis. Knows just the reads that the UI does. */
import type { Store, StreamReader } from "../../services/core/redis/store.ts";

export class OutageStore {
  readonly #store: Store;
  #back: PromiseWithResolvers<void> | null = null;

  constructor(store: Store) {
    this.#store = store;
  }

  goAway(): void {
    this.#back ??= Promise.withResolvers();
  }

  comeBack(): void {
    this.#back?.resolve();
    this.#back = null;
  }

  /** The store as readers see it. */
  asStore(): Store {
    const waiting = <T extends object>(target: T): T =>
      new Proxy(target, {
        get: (inner, name) => {
          const member = Reflect.get(inner, name);
          if (typeof member !== "function") return member;
          if (name === "openReader") return () => waiting<StreamReader>(member.call(inner));
          if (typeof name === "symbol") return member.bind(inner);
          return async (...args: unknown[]) => {
            await this.#back?.promise;
            return member.apply(inner, args);
          };
        },
      });
    return waiting(this.#store);
  }
}
