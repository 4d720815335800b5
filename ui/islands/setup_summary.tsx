/** The set-up once it is over: one line that opens. */
import { isSetUp, SetupTable, setupText } from "../components/startup_steps.tsx";
import { useShared } from "../live/page_signals.ts";

export default function SetupSummary() {
  const setup = useShared("setup");
  const feed = useShared("feed");
  if (setup.length === 0 || !isSetUp(setup, feed)) return null;
  return (
    <details class="card setup-summary">
      <summary>
        <span>Set-up</span> <span class="faint">{setupText(setup, true)}</span>
      </summary>
      <SetupTable setup={setup} />
    </details>
  );
}
