/** What happens before the first trade: set-up, history, first model; then live. */
import type { FeedStatus } from "../../services/core/contracts/feed_status.ts";
import type { LearningPoint, SharedView } from "../live/messages.ts";
import { count, duration, megabytes, plural } from "./format.ts";

type Step = SharedView["setup"][number];
type StepState = Step["state"];

const SHAPES: Record<StepState, string> = {
  waiting: "○",
  running: "◐",
  done: "●",
  skipped: "–",
  failed: "■",
};

interface StartupProps {
  setup: readonly Step[];
  feed: FeedStatus | null;
  /** What the trainer says that it is doing. */
  trainer: string | null;
  learning: LearningPoint | null;
}

export function StartupSteps({ setup, feed, trainer, learning }: StartupProps) {
  const done = isSetUp(setup, feed);
  return (
    <div class="startup">
      <ol class="phases">
        <Phase state={setupState(setup, done)} title="Set-up" text={setupText(setup, done)} />
        <Phase state={phaseState(feed, "bootstrapping")} title="History" text={historyText(feed)} />
        <Phase
          state={phaseState(feed, "waiting")}
          title="First model"
          text={modelText(feed, trainer, learning)}
        />
        <Phase
          state={phaseState(feed, "live")}
          title="Live"
          text="The chart starts with the first live bar."
        />
      </ol>
      {!done && setup.length > 0 && <SetupTable setup={setup} />}
    </div>
  );
}

/** Every step with its bytes and seconds. */
export function SetupTable({ setup }: { setup: readonly Step[] }) {
  return (
    <ul class="setup-steps">
      {setup.map((step) => (
        <li key={step.name} class={`step-${step.state}`}>
          <span class="shape" aria-hidden="true">{SHAPES[step.state]}</span>
          <span class="step-title">{step.title}</span>
          <span class="step-detail">{step.detail}</span>
          <Bytes step={step} />
          <span class="step-state">
            {step.state === "running" || step.state === "done" ? duration(step.seconds * 1_000) : step.state}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Bytes({ step: { doneBytes, totalBytes, state, title } }: { step: Step }) {
  if (doneBytes === null || totalBytes === null || totalBytes === 0) return <span class="step-bytes" />;
  return (
    <span class="step-bytes">
      {state === "running" && <progress value={doneBytes} max={totalBytes} aria-label={title} />}
      <span>{megabytes(doneBytes)} / {megabytes(totalBytes)} MB</span>
    </span>
  );
}

function Phase({ state, title, text }: { state: StepState; title: string; text: string }) {
  return (
    <li class={`phase step-${state}`}>
      <span class="shape" aria-hidden="true">{SHAPES[state]}</span>
      <div>
        <strong>{title}</strong> <span class="phase-state">{state}</span>
        <p>{text}</p>
      </div>
    </li>
  );
}

/** Whether nothing is left to build. Services start as soon as they can, so a feed may come before that. */
export function isSetUp(setup: readonly Step[], feed: FeedStatus | null): boolean {
  return setup.length === 0 ? feed !== null : setup.every(isOver);
}

function isOver({ state }: Step): boolean {
  return state === "done" || state === "skipped";
}

function setupState(setup: readonly Step[], done: boolean): StepState {
  if (setup.some(({ state }) => state === "failed")) return "failed";
  if (done) return "done";
  return setup.length === 0 ? "waiting" : "running";
}

export function setupText(setup: readonly Step[], done: boolean): string {
  const failed = setup.find(({ state }) => state === "failed");
  if (failed !== undefined) return `${failed.title} failed: ${failed.detail}`;
  if (done) {
    const longest = Math.max(...setup.map(({ seconds }) => seconds)); // steps run beside each other: no sum
    return setup.length === 0
      ? "Nothing to build."
      : `${plural(setup.length, "step")}, the longest ${duration(longest * 1_000)}.`;
  }
  if (setup.length === 0) return "No process has reported yet.";
  return `${count(setup.filter(isOver).length)} of ${
    plural(setup.length, "step")
  }; only the first start takes long.`;
}

const ORDER = ["bootstrapping", "waiting", "live", "ended"] as const;

function phaseState(feed: FeedStatus | null, phase: typeof ORDER[number]): StepState {
  if (feed === null) return "waiting";
  const now = ORDER.indexOf(feed.state);
  const at = ORDER.indexOf(phase);
  return now > at ? "done" : now === at ? "running" : "waiting";
}

function historyText(feed: FeedStatus | null): string {
  if (feed === null) return "Past bars to learn from.";
  return `${plural(feed.bootstrapBars, "bar")} a symbol${feed.state === "bootstrapping" ? " so far" : ""}.`;
}

function modelText(feed: FeedStatus | null, trainer: string | null, learning: LearningPoint | null): string {
  if (feed === null || feed.state === "bootstrapping") return "Learned from history; must pass the gate.";
  const updates = learning === null ? "" : `, ${plural(learning.updates, "update")}`;
  return trainer === null ? "The trainer has not reported yet." : `Trainer: ${trainer}${updates}.`;
}
