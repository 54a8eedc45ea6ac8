const KEY_BYTES_MAX = 1_000;

/** The parts of a key of a MarkStore; the last of `most` may hold a `/`. Throws RangeError for what is none. */
export function markKeyParts(key: string, most = Number.POSITIVE_INFINITY): readonly string[] {
  const all = key.split('/');
  const parts = all.length > most ? [...all.slice(0, most - 1), all.slice(most - 1).join('/')] : all;
  if (parts.includes('') || new TextEncoder().encode(key).length > KEY_BYTES_MAX) {
    throw new RangeError(
      `${JSON.stringify(key.slice(0, 80))} is no key of a mark: parts that are not empty, joined by /, and at most ` +
        `${KEY_BYTES_MAX} bytes`,
    );
  }

  return parts;
}
