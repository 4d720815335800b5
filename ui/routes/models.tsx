/** The models page: which version decided when, what the gate said of each, and what wants to take over. */
import { Island } from "../island.tsx";
import ModelChallenge from "../islands/model_challenge.tsx";
import ModelDetails from "../islands/model_details.tsx";
import ModelReliability from "../islands/model_reliability.tsx";
import ModelTimeline from "../islands/model_timeline.tsx";
import ModelVerdicts from "../islands/model_verdicts.tsx";
import type { PageRoute } from "./page_route.ts";

export const modelsPage: PageRoute = {
  path: "/models",
  name: "Models",
  key: "m",
  parts: ["models"],
  followsLane: true,
  Body: () => (
    <>
      <Island of={ModelTimeline} props={{}} />
      <div class="halves">
        <div class="column">
          <Island of={ModelChallenge} props={{}} />
          <Island of={ModelReliability} props={{}} />
        </div>
        <Island of={ModelDetails} props={{}} />
      </div>
      <Island of={ModelVerdicts} props={{}} />
    </>
  ),
};
