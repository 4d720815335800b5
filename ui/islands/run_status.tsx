/** Which strategy runs on which feed, how far it has come, and whether it may trade. */
import { Badge, type Tone } from "../components/badge.tsx";
import { isSetUp } from "../components/startup_steps.tsx";
import { GONE_MS, type SharedView } from "../live/messages.ts";
import { useNowMs, useShared } from "../live/page_signals.ts";

const VENUE_TITLES: Readonly<Record<string, string>> = {
  paper: "Simulated orders and money: nothing is sent to a venue",
  sandbox: "Orders go to the test servers of an exchange: play money",
  live: "Orders are real, and so is the money",
};

export default function RunStatus() {
  const feed = useShared("feed");
  const strategy = useShared("strategy");
  const { venue } = useShared("settings");
  const [tone, text] = runState(feed, useShared("setup"));
  const halted = haltOf(useShared("processes"), useNowMs());
  return (
    <section class="run-status" aria-label="Run">
      <div class="run-names">
        <strong class="strategy" title="Strategy">{strategy}</strong>
        <Badge tone={tone} title="State of the run">{text}</Badge>
        {halted !== null && <Badge tone="bad" title={halted}>Halted</Badge>}
        <span class="badge paper" title={VENUE_TITLES[venue.split(" ")[0]]}>{capitalised(venue)}</span>
      </div>
      <p class="feed-note">
        {feed === null ? "The feed is not known yet." : `${feed.feed} · ${feed.timeframe} · ${feed.note}`}
      </p>
    </section>
  );
}

function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** Why nothing may be traded, as a replica that lives says; null where it may. */
function haltOf(processes: SharedView["processes"], nowMs: number): string | null {
  const halted = processes.find(({ atMs, figures }) => figures.halted === 1 && nowMs - atMs <= GONE_MS);
  return halted?.activity ?? null;
}

function runState(feed: SharedView["feed"], setup: SharedView["setup"]): [Tone, string] {
  if (feed?.state === "live") return ["good", "Live"];
  if (feed?.state === "ended") return ["idle", "Feed ended"];
  if (setup.some(({ state }) => state === "failed")) return ["bad", "Set-up failed"];
  if (setup.length > 0 && !isSetUp(setup, feed)) return ["busy", "Setting up"];
  if (feed === null) return ["idle", "Waiting for the services"];
  return ["busy", feed.state === "bootstrapping" ? "Bootstrapping" : "Waiting for the first model"];
}
