/** What is kept in the browser: `localStorage`, which may be absent, full, or hold anything. */
export type BrowserStore = {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
};
