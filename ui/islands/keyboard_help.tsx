/** What the keyboard does, and the choice of colours: a dialog that `?` opens. */
import { useRef } from "preact/hooks";
import { keyBindings, useKeys } from "../live/keys.ts";
import { choosePalette, palette, PALETTES } from "../live/preferences.ts";

const PALETTE_NAMES: Readonly<Record<typeof PALETTES[number], string>> = {
  "blue-orange": "Blue and orange",
  "green-purple": "Green and purple",
  mono: "One colour: shape and text alone",
};

export default function KeyboardHelp() {
  const dialog = useRef<HTMLDialogElement>(null);
  const toggle = () => dialog.current?.open ? dialog.current.close() : dialog.current?.showModal();
  useKeys([{ keys: ["?"], what: "This help", act: toggle }]);
  return (
    <>
      <button
        type="button"
        class="help-button"
        onClick={toggle}
        aria-label="Keyboard and colours"
        title="Keyboard: ?"
      >
        ?
      </button>
      <dialog ref={dialog} class="help" aria-labelledby="help-title">
        <form method="dialog" class="card-head">
          <h2 id="help-title">Keyboard and colours</h2>
          <button type="submit">Close</button>
        </form>
        <dl class="keys">
          {keyBindings.value.map(({ keys, what }) => (
            <div key={what}>
              <dt>{keys.map((key) => <kbd key={key}>{nameOf(key)}</kbd>)}</dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <fieldset class="palettes">
          <legend>Colours</legend>
          {PALETTES.map((each) => (
            <label key={each} class={`palette ${each}`}>
              <input
                type="radio"
                name="palette"
                checked={palette.value === each}
                onChange={() => choosePalette(each)}
              />
              <i aria-hidden="true" />
              {PALETTE_NAMES[each]}
            </label>
          ))}
        </fieldset>
      </dialog>
    </>
  );
}

const NAMES: Readonly<Record<string, string>> = {
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  " ": "Space",
};

function nameOf(key: string): string {
  return NAMES[key] ?? key;
}
