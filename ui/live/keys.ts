/** Keys of the keyboard: each widget says which it answers to, and the help lists them. Browser only. */
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

export interface KeyBinding {
  /** As `KeyboardEvent.key` has them, or `g` and a letter for two keys in a row; any of them acts. */
  readonly keys: readonly string[];
  /** What it does, in words for the help. */
  readonly what: string;
  readonly act: () => void;
}

/** What takes keys as text or as its own value. */
const FIELDS = 'input:not([type="radio"], [type="checkbox"]), select, textarea, [contenteditable]';
/** So long may the second key of two take. */
const CHORD_MS = 2_000;

/** All that is answered to now, in the order in which it came. */
export const keyBindings = signal<readonly KeyBinding[]>([]);

let startedMs = -Infinity;

/** Listens for the life of the page. */
export function startKeys(): void {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTaken(event)) return;
    const isSecond = performance.now() - startedMs < CHORD_MS;
    startedMs = event.key === "g" && !isSecond ? performance.now() : -Infinity;
    const pressed = isSecond ? `g ${event.key}` : event.key;
    const found = keyBindings.value.find(({ keys }) => keys.includes(pressed));
    if (found === undefined || (isOpenDialog() && pressed !== "?")) return;
    event.preventDefault();
    found.act();
  });
}

/** Answers to keys while the widget is there. */
export function useKeys(bindings: readonly KeyBinding[]): void {
  const latest = useRef(bindings);
  latest.current = bindings;
  const names = JSON.stringify(bindings.map(({ keys, what }) => [keys, what]));
  useEffect(() => {
    const added = latest.current.map(({ keys, what }, index) => ({
      keys,
      what,
      act: () => latest.current[index]?.act(), // what the widget drew last
    }));
    keyBindings.value = [...keyBindings.value, ...added];
    return () => {
      keyBindings.value = keyBindings.value.filter((binding) => !added.includes(binding));
    };
  }, [names]);
}

/** Whether the key belongs to a field, or to a control that answers to it itself. */
function isTaken({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false;
  const takers = key === " " ? `${FIELDS}, button, summary, a` : FIELDS;
  return target.closest(takers) !== null;
}

function isOpenDialog(): boolean {
  return document.querySelector("dialog[open]") !== null;
}
