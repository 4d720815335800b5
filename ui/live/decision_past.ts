/** A symbol's decisions, newest first: what the event stream brings before what was loaded of the past. Browser only. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { DecisionRow } from "./messages.ts";
import { useRecent } from "./page_signals.ts";

export interface DecisionPast {
  readonly rows: readonly DecisionRow[];
  readonly hasOlder: boolean;
  readonly isLoading: boolean;
  /** Why nothing older came; null where all is well. */
  readonly fault: string | null;
  readonly loadOlder: () => void;
}

const CHUNK = 500;
/** A table of more rows is slow to look at. */
const MOST_ROWS = 5_000;

export function useDecisionPast(symbol: string): DecisionPast {
  const { decisions } = useRecent();
  const [rows, setRows] = useState<readonly DecisionRow[]>(decisions);
  const [hasOlder, setHasOlder] = useState(false);
  const [isLoading, setIsLoading] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const shown = useRef(symbol);
  const load = async (beforeMs: number | null) => {
    setIsLoading(true);
    try {
      const query = new URLSearchParams({ count: String(CHUNK) });
      if (beforeMs !== null) query.set("before", String(beforeMs));
      const answer = await fetch(`/data/decisions/${encodeURIComponent(symbol)}?${query}`);
      const body = await answer.json();
      if (!answer.ok) throw new Error(body.error);
      if (shown.current !== symbol) return;
      const older = body as DecisionRow[];
      setRows((held) => merged(held, older));
      setHasOlder(older.length === CHUNK);
      setFault(null);
    } catch (cause) {
      setFault((cause as Error).message);
    } finally {
      setIsLoading(false);
    }
  };
  useEffect(() => {
    shown.current = symbol;
    setRows([]);
    if (symbol !== "") void load(null);
  }, [symbol]);
  useEffect(() => {
    const ours = decisions.filter((row) => row.symbol === symbol);
    if (ours.length > 0) setRows((held) => merged(held, ours));
  }, [decisions, symbol]);
  return {
    rows,
    hasOlder: hasOlder && rows.length < MOST_ROWS,
    isLoading,
    fault,
    loadOlder: () => void load(rows.at(-1)?.barMs ?? null),
  };
}

/** Both together, newest first, each bar once. */
function merged(held: readonly DecisionRow[], added: readonly DecisionRow[]): readonly DecisionRow[] {
  const known = new Set(held.map(({ barMs }) => barMs));
  const fresh = added.filter(({ barMs }) => !known.has(barMs));
  if (fresh.length === 0) return held;
  return [...held, ...fresh].sort((a, b) => b.barMs - a.barMs).slice(0, MOST_ROWS);
}
