/** The learning page: how well what is learned fits, and how good it is on what it has not learned. */
import { Island } from "../island.tsx";
import EvidenceCurve from "../islands/evidence_curve.tsx";
import LearningCharts from "../islands/learning_charts.tsx";
import LearningReports from "../islands/learning_reports.tsx";
import LearningTiles from "../islands/learning_tiles.tsx";
import type { PageRoute } from "./page_route.ts";

export const learningPage: PageRoute = {
  path: "/learning",
  name: "Learning",
  key: "e",
  parts: ["learningCurve", "models"],
  followsLane: false,
  Body: () => (
    <>
      <Island of={LearningTiles} props={{}} />
      <Island of={LearningCharts} props={{}} />
      <Island of={EvidenceCurve} props={{}} />
      <Island of={LearningReports} props={{}} />
    </>
  ),
};
