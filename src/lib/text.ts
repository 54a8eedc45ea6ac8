/** What an error says to people, whatever was thrown. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);

  return isOutOfFiles(error) ? `${error.message}; ${outOfFilesText}` : error.message;
}

/** What the system says only by a number: nothing but a higher limit helps. */
export const outOfFilesText =
  'this process, or the machine, may open no more files and connections: raise the limit (ulimit -n) where it is started';

export function isOutOfFiles(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EMFILE' || error.code === 'ENFILE');
}

/**
 * The stable code of an error; undefined where it carries none. Those of the system (`ENOENT`) and of Node (`ERR_...`)
 * are kept, in lower case: `system.enoent`.
 */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  if (error.code.includes('.')) return error.code;

  return `system.${error.code.toLowerCase()}`;
}

/**
 * A name as one token of a subject: letters, digits, `_` and `-` stay, every other byte of its UTF-8 becomes `=` and
 * two hexadecimal digits, so that no two names share a token. `CMD.BRIDGE` becomes `CMD=2EBRIDGE`.
 */
export function subjectToken(name: string): string {
  return [...new TextEncoder().encode(name)]
    .map((byte) => {
      const letter = String.fromCharCode(byte);
      return /[A-Za-z0-9_-]/.test(letter) ? letter : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}

/** The name that a token stands for. */
export function tokenText(token: string): string {
  const percent = token.replaceAll('%', '%25').replaceAll('=', '%');
  try {
    return decodeURIComponent(percent);
  } catch {
    // No name was made into this one: it is nobody's.
    return token;
  }
}

/** What an approval is about, in a line: `amount 1200, supplier ACME`. */
export function subjectText(subject: Readonly<Record<string, unknown>> = {}): string {
  return Object.entries(subject)
    .map(([name, value]) => `${name} ${valueText(value)}`)
    .join(', ');
}

/** A value as people write it: a text without quotes. */
export function valueText(value: unknown): string {
  if (value === null) return 'none';

  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Who answered, and in whose place, where that one was away. */
export function answererText({
  by,
  inPlaceOf,
  via,
}: {
  readonly by: string;
  readonly inPlaceOf?: string | undefined;
  readonly via?: string | undefined;
}): string {
  const who = inPlaceOf === undefined ? by : `${by} in place of ${inPlaceOf}`;

  return via === undefined ? who : `${who} by a ${via}`;
}

/** A size as people read it, never more than there is: `64 MB`, and `1.5 MB` of a small one. */
export function megabytes(bytes: number): string {
  const size = bytes / (1024 * 1024);

  return `${size < 10 ? Math.floor(size * 10) / 10 : Math.floor(size)} MB`;
}

/** Characters that move the cursor of a terminal, or turn the direction of what follows. */
export const controls = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Text of several lines as it can be shown on a terminal safely; its lines and indentation stay as they are. */
export function safeLines(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => line.replaceAll('\t', '    ').replace(controls, ''))
    .join('\n');
}
