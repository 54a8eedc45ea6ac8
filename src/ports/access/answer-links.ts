/** Which approval a link answers, since when it is asked for (ISO 8601, UTC), and as whom. */
export type AnswerLink = {
  readonly run: string;
  readonly task: string;
  readonly since: string;
  readonly by: string;
};

/** Links, each of which answers one approval as one person. Nobody can make one without the key of the project. */
export interface AnswerLinks {
  /** The text of a link, which can stand in an address. Rejects where the key cannot be read. */
  make(link: AnswerLink): Promise<string>;
  /** Undefined for what was made by nobody who has the key. Whether it still answers anything is for the run to say. */
  open(text: string): Promise<AnswerLink | undefined>;
}
