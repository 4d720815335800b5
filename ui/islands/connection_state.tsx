/** Whether what the page shows is fresh: its own event stream, and the server's connection to Redis. */
import { Badge, type Tone } from "../components/badge.tsx";
import { duration } from "../components/format.ts";
import { connection, useNowMs, useShared } from "../live/page_signals.ts";

export default function ConnectionState() {
  const redis = useShared("redis");
  const nowMs = useNowMs();
  const [tone, text, title] = describe(connection.value, redis.state);
  const showSince = connection.value === "live" && redis.state === "lost";
  return (
    <div class="connection" role="status">
      <Badge tone={tone} title={title}>{text}</Badge>
      <span class="since" aria-hidden="true">{showSince ? duration(nowMs - redis.sinceMs) : ""}</span>
    </div>
  );
}

function describe(page: typeof connection.value, redis: string): [Tone, string, string] {
  switch (page) {
    case "connecting":
      return ["idle", "Connecting", "Opening the event stream"];
    case "reconnecting":
      return ["warn", "Reconnecting", "The server does not answer; the page goes on when it does"];
    case "stale":
      return ["warn", "Stale", "The server is silent; figures may be old"];
    case "live":
      return redis === "lost"
        ? ["warn", "Redis lost", "Redis does not answer; figures are as last seen and go on when it does"]
        : redis === "connecting"
        ? ["idle", "Waiting for Redis", "Redis has not answered yet"]
        : ["good", "Connected", "Events arrive as they happen"];
  }
}
