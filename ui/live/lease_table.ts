/** Who leads which symbol, as the ledger's functions write it: `replica|token|expiresMs`. */
import { ContractError, type DocumentMap } from "../../services/core/contracts/define.ts";
import { leaseKey } from "../../services/core/contracts/lane.ts";
import type { LeaseRow } from "./run_views.ts";

type Lease = Omit<LeaseRow, "symbol">;

const LEASE = /^([^|]*)\|([0-9]+)\|([0-9]+)$/;

export function leaseTable(account: string): DocumentMap<Lease> {
  return {
    key: leaseKey(account),
    contract: {
      name: "leases",
      access: { write: [], read: ["ui"] },
      encode: () => {
        throw new TypeError("Cannot write leases as the page reads alone");
      },
      decode: (key, text) => {
        const [, replica, token, expiresMs] = LEASE.exec(text) ?? [];
        if (replica === undefined) {
          throw new ContractError(
            key,
            "(field)",
            `it must be replica|token|expiresMs: it is ${text.slice(0, 80)}`,
          );
        }
        return { replica, token: Number(token), expiresMs: Number(expiresMs) };
      },
    },
  };
}
