/** CartPole-v1: a cart is pushed left or right so that its pole stays up (Barto, Sutton & Anderson 1983). Pure.
 *
 * Constants, Euler integration and limits are gymnasium's, so that scores can be compared. */

export interface CartPole {
  /** Of the cart, in metres from the middle. */
  readonly position: number;
  readonly velocity: number;
  /** Of the pole, in radians from upright. */
  readonly angle: number;
  readonly spin: number;
}

/** Actions: push left, push right. */
export const ACTIONS = 2;
export const EPISODE_STEPS = 500;

const GRAVITY = 9.8;
const POLE_MASS = 0.1;
const TOTAL_MASS = 1 + POLE_MASS;
const HALF_LENGTH = 0.5;
const POLE_MOMENT = POLE_MASS * HALF_LENGTH;
const FORCE = 10;
const SECONDS = 0.02;
const MOST_POSITION = 2.4;
const MOST_ANGLE = 12 * 2 * Math.PI / 360;
/** A start is uniform within this, in each number. */
const START = 0.05;

/** @param uniform Gives numbers in [0, 1). */
export function startCartPole(uniform: () => number): CartPole {
  const draw = () => START * (2 * uniform() - 1);
  return { position: draw(), velocity: draw(), angle: draw(), spin: draw() };
}

/** One step of a fiftieth of a second. */
export function pushCartPole({ position, velocity, angle, spin }: CartPole, action: number): CartPole {
  const force = action === 1 ? FORCE : -FORCE;
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
  const push = (force + POLE_MOMENT * spin ** 2 * sin) / TOTAL_MASS;
  const spinUp = (GRAVITY * sin - cos * push) /
    (HALF_LENGTH * (4 / 3 - POLE_MASS * cos ** 2 / TOTAL_MASS));
  const speedUp = push - POLE_MOMENT * spinUp * cos / TOTAL_MASS;
  return {
    position: position + SECONDS * velocity,
    velocity: velocity + SECONDS * speedUp,
    angle: angle + SECONDS * spin,
    spin: spin + SECONDS * spinUp,
  };
}

/** Whether the pole fell or the cart ran off: a true end, as the end of the time is not. */
export function hasFallen({ position, angle }: CartPole): boolean {
  return Math.abs(position) > MOST_POSITION || Math.abs(angle) > MOST_ANGLE;
}
