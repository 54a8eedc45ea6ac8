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

/** The active keys, each once, for the sheet. */
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
  if (!isChord && (isForBrowser(event) || isTyping(innermost(event)) || isTakenAlready(event))) return;
  const before = event.timeStamp - pendingSince < PENDING_MS ? pending : '';
  const press = pressed(layers.flat(), before, isChord ? 'Ctrl-K' : event.key);
  pending = press.pending;
  pendingSince = event.timeStamp;
  if (press.binding === undefined) return;
  event.preventDefault();
  press.binding.act();
}

/** `AltGr` is Ctrl and Alt together for some systems, and writes `[` and `]` on many keyboards. */
function isForBrowser(event: KeyboardEvent): boolean {
  return (event.ctrlKey || event.metaKey || event.altKey) && !event.getModifierState('AltGraph');
}

/**
 * Enter presses what has the focus. Behind an open dialog nothing is heard, wherever the focus is: a click beside its
 * fields leaves it with the page. What is held down ends or opens one thing, not also what comes to light after it.
 */
function isTakenAlready({ target, key, repeat, defaultPrevented }: KeyboardEvent): boolean {
  if (defaultPrevented || document.querySelector('dialog[open]') !== null) return true;
  if (key === 'Escape') return repeat;

  return key === 'Enter' && (repeat || isPressable(target));
}

function isPressable(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('a, button, summary, input, [role=tab]') !== null;
}

/** Inside of a shadow root, such as that of the editor of definitions, `target` is only its host. */
function innermost(event: KeyboardEvent): EventTarget | null {
  return event.composedPath()[0] ?? event.target;
}

/** A box that is ticked and a handle that is drawn take no letters. */
const takesText =
  'input:not([type=checkbox], [type=radio], [type=range]), textarea, select, [contenteditable=true]';

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(takesText) !== null;
}
