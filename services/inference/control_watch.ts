/** The account's control as it was read last. It may lag: a commit under another one is refused by the ledger, so looking
 * again then is all that exactness needs; looking now and then is for showing it while no bar comes. */
import type { Control } from "../core/contracts/control.ts";
import type { Ledger } from "../core/redis/ledger.ts";
import type { Clock } from "../core/runtime/clock.ts";
import type { Log } from "../core/runtime/log.ts";

export interface ControlWatchParts {
  readonly account: string;
  readonly ledger: Pick<Ledger, "control">;
  readonly clock: Clock;
  readonly log: Log;
  readonly everyMs: number;
  /** Told of every control that is another one than before. */
  readonly onChange: (control: Control | null) => void;
}

export class ControlWatch {
  readonly #parts: ControlWatchParts;
  #current: Control | null = null;

  constructor(parts: ControlWatchParts) {
    this.#parts = parts;
  }

  /** Null where nobody ever said that the account may not trade. */
  get current(): Control | null {
    return this.#current;
  }

  /** Looks now. @throws {ContractError} If what is stored breaks its contract. */
  async refresh(): Promise<void> {
    const { account, ledger, log, onChange } = this.#parts;
    const control = await ledger.control(account);
    if (control?.revision === this.#current?.revision) return;
    this.#current = control;
    log.info({ account, control }, "control changed");
    onChange(control);
  }

  /** Looks now and then until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, everyMs, log } = this.#parts;
    while (!signal.aborted) {
      await this.refresh().catch((cause) => log.warn({ err: cause }, "cannot look at the control"));
      await clock.wait(everyMs, signal);
    }
  }
}
