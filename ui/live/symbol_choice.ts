/** The symbol in the address: `?symbol=A-1`. Choosing one changes the address, and going back changes the symbol. */

type Follower = (symbol: string) => void;
let follower: Follower | null = null;

/** Calls `follow` for each choice. @param initial The symbol of an address that names none. */
export function followSymbol(follow: Follower, initial: string): void {
  follower = follow;
  addEventListener("popstate", () => follow(new URL(location.href).searchParams.get("symbol") ?? initial));
}

export function chooseSymbol(symbol: string): void {
  const address = new URL(location.href);
  address.searchParams.set("symbol", symbol);
  history.pushState(null, "", address);
  follower?.(symbol);
}
