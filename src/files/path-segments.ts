import { isAbsolute } from 'node:path';

/** The path may not be used, whoever asks and however often. The reaction: write another path in the definition. */
export class PathRefused extends Error {
  override readonly name = 'PathRefused';
  readonly code: PathRefusal;
  /** The path as it was given. */
  readonly value: string;
  readonly retryable = false;

  constructor(code: PathRefusal, value: string, reason: string) {
    super(`path ${JSON.stringify(shorten(value))} is refused: ${reason}`);
    this.code = code;
    this.value = value;
  }
}

const pathBytesMax = 1024;

const segmentBytesMax = 255;

/** Names that open a device on Windows, with any extension. A project must mean the same on every machine. */
const deviceName = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?$/i;

/** C0 and C1 controls, line separators, and the marks that make a name read differently from what it is. */
const deceptive = /[\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/** A percent-encoded dot, slash, backslash or NUL: harmless here, but not to whatever decodes it later. */
const encodedSeparator = /%(2e|2f|5c|00)/i;

/**
 * The segments of a path that stays inside the project by its text alone, or throws PathRefused. Links are not
 * looked at. `.` and `./` mean the project itself and have no segments.
 */
export function pathSegments(path: string): readonly string[] {
  if (path.trim() === '') throw new PathRefused('path.empty', path, 'it is empty');
  if (deceptive.test(path)) {
    throw new PathRefused('path.control-character', path, 'it holds a control or direction character');
  }
  if (Buffer.byteLength(path) > pathBytesMax) {
    throw new PathRefused('path.too-long', path, `it is longer than ${pathBytesMax} bytes`);
  }
  if (path.includes('\\')) {
    throw new PathRefused('path.outside-project', path, 'it holds a backslash; write "/" between folders');
  }
  if (isAbsolute(path) || /^[a-z]:/i.test(path)) {
    throw new PathRefused('path.absolute', path, 'it is absolute; write it relative to the project folder');
  }

  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  for (const segment of segments) checkSegment(path, segment);

  return segments;
}

function checkSegment(path: string, segment: string): void {
  if (segment === '..') {
    throw new PathRefused('path.outside-project', path, '".." leads out of the project folder');
  }
  if (encodedSeparator.test(segment)) {
    throw new PathRefused('path.outside-project', path, 'it holds an encoded "." or "/"');
  }
  if (Buffer.byteLength(segment) > segmentBytesMax) {
    throw new PathRefused('path.too-long', path, `a name in it is longer than ${segmentBytesMax} bytes`);
  }
  if (deviceName.test(segment) || segment.includes(':') || /[. ]$/.test(segment)) {
    throw new PathRefused('path.reserved-name', path, `${JSON.stringify(segment)} is no portable file name`);
  }
}

/** Why a path was refused. `path.outside-project` is the one that a link or a `..` leads to. */
type PathRefusal =
  | 'path.outside-project'
  | 'path.absolute'
  | 'path.control-character'
  | 'path.reserved-name'
  | 'path.too-long'
  | 'path.empty';

function shorten(value: string): string {
  return value.length <= 120 ? value : `${value.slice(0, 117)}...`;
}
