/** A titled panel. */
import type { ComponentChildren } from "preact";

interface CardProps {
  title: string;
  /** Beside the title, to the right. */
  aside?: ComponentChildren;
  kind?: string;
  children: ComponentChildren;
}

export function Card({ title, aside, kind, children }: CardProps) {
  return (
    <section class={`card ${kind ?? ""}`}>
      <header class="card-head">
        <h2>{title}</h2>
        {aside !== undefined && <div class="card-aside">{aside}</div>}
      </header>
      {children}
    </section>
  );
}

/** Says what will appear here, and when. */
export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}
