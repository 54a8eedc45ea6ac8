/** `keys` as UX.md writes them: one key (`j`, `Enter`, `?`), or two one after the other (`g r`). */
export type KeyBinding = { readonly keys: string; readonly what: string; readonly act: () => void };

/** What was pressed before and still counts, and the binding that is meant, if any. */
export type Press = { readonly pending: string; readonly binding?: KeyBinding };

/** Which binding a key press means after the one before it. The latest bound counts. */
export function pressed(bindings: readonly KeyBinding[], pending: string, key: string): Press {
  const both = bindings.findLast(({ keys }) => pending !== '' && keys === `${pending} ${key}`);
  if (both !== undefined) return { pending: '', binding: both };
  const one = bindings.findLast(({ keys }) => keys === key);
  if (one !== undefined) return { pending: '', binding: one };

  return { pending: bindings.some(({ keys }) => keys.startsWith(`${key} `)) ? key : '' };
}
