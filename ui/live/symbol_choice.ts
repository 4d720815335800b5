/** The symbol in the address: `?symbol=A-1`. Choosing one changes the address, and going back changes the symbol. */

type Follower = (symbol: string) => void;
let follower: Follower | null = null;
let asked: string | null = null;

/** Calls `follow` for each choice. @param initial The symbol of an address that names none. */
export function followSymbol(follow: Follower, initial: string): void {
  follower = (symbol) => {
    asked = symbol;
    follow(symbol);
  };
  addEventListener(
    "popstate",
    () => follower?.(new URL(location.href).searchParams.get("symbol") ?? initial),
  );
}

/** The symbol that was chosen last, which the page may not show yet; null where none was. */
export function askedSymbol(): string | null {
  return asked;
}

export function chooseSymbol(symbol: string): void {
  const address = new URL(location.href);
  address.searchParams.set("symbol", symbol);
  history.pushState(null, "", address);
  follower?.(symbol);
}
