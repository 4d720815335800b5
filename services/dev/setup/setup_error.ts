/** A fault that the user can repair: one message that names what failed, the rule, the actual value and the command that fixes it. */
export class SetupError extends Error {
  override readonly name = "SetupError";

  /** @param fix The command or the act that repairs it, as the user would type it. */
  constructor(readonly what: string, readonly fix: string, options?: ErrorOptions) {
    super(`${what}\n  To fix it: ${fix}`, options);
  }
}
