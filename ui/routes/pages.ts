/** The pages in the order of the navigation. */
import { livePage } from "./index.tsx";
import { learningPage } from "./learning.tsx";
import { modelsPage } from "./models.tsx";
import type { PageRoute } from "./page_route.ts";
import { systemPage } from "./system.tsx";

export const PAGES: readonly PageRoute[] = [livePage, learningPage, modelsPage, systemPage];
