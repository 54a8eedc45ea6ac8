const KEY_BYTES_MAX = 1_000;

/** The parts of a key of TriggerMarks. Throws RangeError for what is none. */
export function markKeyParts(key: string): readonly string[] {
  const parts = key.split('/');
  if (parts.includes('') || new TextEncoder().encode(key).length > KEY_BYTES_MAX) {
    throw new RangeError(
      `${JSON.stringify(key.slice(0, 80))} is no key of a mark: parts that are not empty, joined by /, and at most ` +
        `${KEY_BYTES_MAX} bytes`,
    );
  }

  return parts;
}
