/** Says across the page that its figures are not fresh, since when, and what follows. */
import { duration } from "../components/format.ts";
import { connection, useNowMs, useShared } from "../live/page_signals.ts";

export default function ConnectionBanner() {
  const redis = useShared("redis");
  const nowMs = useNowMs();
  const text = textOf(connection.value, redis.state);
  const isLost = connection.value === "live" && redis.state === "lost";
  return (
    <div class="banner-place" role="alert">
      {text !== null && (
        <p class="banner">
          <span aria-hidden="true">▲</span> {text}
          {isLost && <span aria-hidden="true">({duration(nowMs - redis.sinceMs)})</span>}
        </p>
      )}
    </div>
  );
}

function textOf(page: typeof connection.value, redis: string): string | null {
  if (page === "reconnecting") {
    return "Connection lost: these figures are as last heard. The page reconnects by itself and goes on without a gap.";
  }
  if (page === "stale") return "The server is silent: these figures may be old.";
  if (page === "live" && redis === "lost") {
    return "Redis does not answer: these figures are as last seen, and go on when it does.";
  }
  return null;
}
