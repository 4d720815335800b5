/** Scrubbing, stepping, playing, and how fast. */
import type { ReplaySession } from "../live/replay_session.ts";

const SPEEDS = [1, 2, 4, 10, 30, 100];

interface ReplayControlsProps {
  session: ReplaySession;
  /** Of the step that was reached, with its time zone. */
  date: string;
  onToggle: () => void;
}

export function ReplayControls({ session, date, onToggle }: ReplayControlsProps) {
  const extent = session.extent.value;
  const reachedMs = session.frame.value?.bar.openTimeMs ?? 0;
  const isPlaying = session.isPlaying.value;
  const scrub = (atMs: number) => {
    session.notice.value = null;
    session.pause();
    void session.goTo(atMs).then(() => session.notice.value = null);
  };
  return (
    <div class="replay-controls">
      <button type="button" aria-label="Bar before" onClick={() => void session.step(-1)}>◀︎</button>
      <button type="button" class="play" aria-pressed={isPlaying} onClick={onToggle}>
        <span aria-hidden="true">{isPlaying ? "❚❚" : "▶︎"}</span> {isPlaying ? "Pause" : "Play"}
      </button>
      <button type="button" aria-label="Next bar" onClick={() => void session.step(1)}>▶︎</button>
      <input
        type="range"
        aria-label="Bar"
        aria-valuetext={date}
        min={extent?.firstMs ?? 0}
        max={extent?.lastMs ?? 1}
        value={reachedMs}
        disabled={extent === null}
        onInput={(event) => scrub(event.currentTarget.valueAsNumber)}
      />
      <span class="replay-date">{date}</span>
      <label>
        <span class="sr-only">Bars a second</span>
        <select
          value={session.speed.value}
          onChange={(event) => session.speed.value = Number(event.currentTarget.value)}
        >
          {SPEEDS.map((speed) => <option key={speed} value={speed}>{speed} bars/s</option>)}
        </select>
      </label>
    </div>
  );
}
