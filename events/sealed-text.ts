const begin = 'sealed:v1:';
const form = /^sealed:v1:([0-9a-f]{32}):[A-Za-z0-9_-]{38,}$/;

/**
 * Stands in a fact for a value that only the key of its subject opens: `sealed:v1:<key>:<nonce, tag and cipher text in
 * base64url>`. What is opened is the JSON of the value.
 */
export function sealedText(key: string, payload: string): string {
  return `${begin}${key}:${payload}`;
}

/** The name of the key that opens the value; undefined where it is not a sealed one. */
export function sealedWith(value: unknown): string | undefined {
  // Asked of every text that is read.
  return typeof value === 'string' && value.startsWith(begin) ? form.exec(value)?.[1] : undefined;
}

/** Beside sealed members of a mapping: the members whose names are sealed as well. */
export const sealedRest = '$sealed';
