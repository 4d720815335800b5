/** Which strategy runs on which feed, and how far it has come. */
import { Badge, type Tone } from "../components/badge.tsx";
import { isSetUp } from "../components/startup_steps.tsx";
import type { SharedView } from "../live/messages.ts";
import { useShared } from "../live/page_signals.ts";

export default function RunStatus() {
  const feed = useShared("feed");
  const strategy = useShared("strategy");
  const [tone, text] = runState(feed, useShared("setup"));
  return (
    <div class="run-status">
      <div class="run-names">
        <strong class="strategy" title="Strategy">{strategy}</strong>
        <Badge tone={tone} title="State of the run">{text}</Badge>
        <span class="badge paper" title="Simulated orders and money: nothing is sent to a venue">Paper</span>
      </div>
      <p class="feed-note">
        {feed === null ? "The feed is not known yet." : `${feed.feed} · ${feed.timeframe} · ${feed.note}`}
      </p>
    </div>
  );
}

function runState(feed: SharedView["feed"], setup: SharedView["setup"]): [Tone, string] {
  if (feed?.state === "live") return ["good", "Live"];
  if (feed?.state === "ended") return ["idle", "Feed ended"];
  if (setup.some(({ state }) => state === "failed")) return ["bad", "Set-up failed"];
  if (setup.length > 0 && !isSetUp(setup, feed)) return ["busy", "Setting up"];
  if (feed === null) return ["idle", "Waiting for the services"];
  return ["busy", feed.state === "bootstrapping" ? "Bootstrapping" : "Waiting for the first model"];
}
