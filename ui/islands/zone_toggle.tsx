/** UTC or the reader's own time zone; the button says which one the page shows. */
import { chooseZone, zone } from "../live/preferences.ts";
import { localZoneName } from "../live/times.ts";
import { useKeys } from "../live/keys.ts";

export default function ZoneToggle() {
  const isUtc = zone.value === "utc";
  const toggle = () => chooseZone(zone.peek() === "utc" ? "local" : "utc");
  useKeys([{ keys: ["z"], what: "Times in UTC or in the local zone", act: toggle }]);
  const shown = isUtc ? "UTC" : localZoneName();
  return (
    <button
      type="button"
      class="zone-toggle"
      onClick={toggle}
      aria-label={`Times in ${shown}; switch to ${isUtc ? "the local time zone" : "UTC"}`}
      title={isUtc ? "Times in UTC" : `Times in ${shown}. Bars of a day or longer keep their UTC day.`}
    >
      {isUtc ? "UTC" : "Local"}
    </button>
  );
}
