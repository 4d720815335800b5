/** Makes what the learner learns of experience. Two ways: from everything that could have been done, or from what was done. */
import type { Experience } from "../core/contracts/experience.ts";
import type { LearnerStep } from "../core/model/native_types.ts";

/** A symbol's experience comes in its order, each once: to `steps`, or to `remember`. */
export interface StepMaker {
  /** What there is to learn now. It may reach back to experience before, and what this one teaches may come later. */
  steps(experience: Experience): readonly LearnerStep[];
  /** Takes up experience that was learned from before, so that later steps are those of an uninterrupted run. */
  remember(experience: Experience): void;
  /** What history still has to teach when all of it was taken up. */
  endHistory(): readonly LearnerStep[];
}
