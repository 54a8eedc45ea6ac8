import type { BrowserStore } from '../parts/browser-store.ts';

/** A text that was not saved to a file yet, as the browser keeps it. `at` is ms since 1970. */
export type Draft = { readonly text: string; readonly at: number };

/** The draft of a definition; undefined where there is none that can be read. */
export function readDraft(store: BrowserStore | undefined, id: string): Draft | undefined {
  try {
    const draft: unknown = JSON.parse(store?.getItem(keyOf(id)) ?? 'null');

    return isDraft(draft) ? { text: draft.text, at: draft.at } : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps the draft; false where the browser does not. */
export function keepDraft(store: BrowserStore | undefined, id: string, draft: Draft): boolean {
  try {
    store?.setItem(keyOf(id), JSON.stringify(draft));

    return store !== undefined;
  } catch {
    return false;
  }
}

/** Forgets the draft. */
export function dropDraft(store: BrowserStore | undefined, id: string): void {
  store?.removeItem(keyOf(id));
}

function keyOf(id: string): string {
  return `draft:${id}`;
}

function isDraft(value: unknown): value is Draft {
  if (typeof value !== 'object' || value === null || !('text' in value) || !('at' in value)) return false;

  return typeof value.text === 'string' && typeof value.at === 'number';
}
