import type { BrowserStore } from './browser-store.ts';

/** Where the browser keeps things. Some throw at the mere mention of it where they are told to keep nothing. */
export function localStore(): BrowserStore | undefined {
  try {
    return window.localStorage;
  } catch {
    return undefined;
  }
}
