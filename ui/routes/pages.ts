/** The pages in the order of the navigation. */
import { livePage } from "./index.tsx";
import { learningPage } from "./learning.tsx";
import type { PageRoute } from "./page_route.ts";

export const PAGES: readonly PageRoute[] = [livePage, learningPage];
