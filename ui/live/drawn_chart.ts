/** A chart in its place: its code is loaded in the browser alone, it follows the signals that it draws, and it goes with its
 * component. */
import { effect } from "@preact/signals";
import type { RefObject } from "preact";
import { type MutableRef, useEffect, useRef } from "preact/hooks";

export interface DrawnChart<Chart> {
  /** Where it is drawn. */
  readonly box: RefObject<HTMLDivElement>;
  /** Null until its code has come. */
  readonly plot: MutableRef<Chart | null>;
}

/** @param load Gives what makes the chart.  @param draw Runs again whenever a signal that it reads has changed.
 * @param of Another chart is made when one of these is another. */
export function useDrawnChart<Chart extends Disposable>(
  load: () => Promise<(place: HTMLDivElement) => Chart>,
  draw: (chart: Chart, place: HTMLDivElement) => void,
  of: readonly unknown[] = [],
): DrawnChart<Chart> {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<Chart | null>(null);
  useEffect(() => {
    let gone = false;
    let stop = () => {};
    void load().then((make) => {
      if (gone || box.current === null) return;
      const place = box.current;
      const made = make(place);
      plot.current = made;
      const stopFollowing = effect(() => draw(made, place));
      stop = () => {
        stopFollowing();
        made[Symbol.dispose]();
      };
    });
    return () => {
      gone = true;
      stop();
    };
  }, of);
  return { box, plot };
}
