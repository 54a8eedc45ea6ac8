import { type KeyBinding, pressed } from './key-table.ts';

const PENDING_MS = 1_500;

let layers: readonly (readonly KeyBinding[])[] = [];
let pending = '';
let pendingSince = 0;

/** Adds keys for as long as they hold; those added later win. Returns what takes them away. */
export function bindKeys(bindings: readonly KeyBinding[]): () => void {
  layers = [...layers, bindings];

  return () => {
    layers = layers.filter((layer) => layer !== bindings);
  };
}

/** All keys that hold now, each once: for the sheet. */
export function boundKeys(): readonly KeyBinding[] {
  return [...new Map(layers.flat().map((binding) => [binding.keys, binding])).values()];
}

/** Listens to the keyboard. Returns what ends it. */
export function listenToKeys(): () => void {
  document.addEventListener('keydown', hear);

  return () => document.removeEventListener('keydown', hear);
}

function hear(event: KeyboardEvent): void {
  const isChord = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k';
  if (!isChord && (event.ctrlKey || event.metaKey || event.altKey || isTyping(innermost(event)))) return;
  if (!isChord && isTakenAlready(event)) return;
  const before = event.timeStamp - pendingSince < PENDING_MS ? pending : '';
  const press = pressed(layers.flat(), before, isChord ? 'Ctrl-K' : event.key);
  pending = press.pending;
  pendingSince = event.timeStamp;
  if (press.binding === undefined) return;
  event.preventDefault();
  press.binding.act();
}

/** Enter and the space bar press what has the focus, and in a dialog the page behind it hears nothing. */
function isTakenAlready({ target, key, defaultPrevented }: KeyboardEvent): boolean {
  if (defaultPrevented || !(target instanceof Element)) return defaultPrevented;
  const presses = key === 'Enter' && target.closest('a, button, summary, [role=tab]') !== null;

  return presses || target.closest('dialog') !== null;
}

/** Inside of a shadow root, such as that of the editor of definitions, `target` is only its host. */
function innermost(event: KeyboardEvent): EventTarget | null {
  return event.composedPath()[0] ?? event.target;
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof Element && target.closest('input, textarea, select, [contenteditable=true]') !== null
  );
}
