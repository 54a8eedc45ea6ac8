/** Why a path was refused. `path.outside-project` is the one that a link or a `..` leads to. */
export type PathRefusal =
  | 'path.outside-project'
  | 'path.absolute'
  | 'path.control-character'
  | 'path.reserved-name'
  | 'path.too-long'
  | 'path.empty';

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

function shorten(value: string): string {
  return value.length <= 120 ? value : `${value.slice(0, 117)}...`;
}
