/** `recording`: takes commands and records them, and leaves what has to be carried out to other engines. */
export type SessionOptions = {
  readonly projectDir: string;
  readonly engine: 'none' | 'embedded' | 'recording';
};
