/** Something that a person can do, with the command if there is one. */
export type Advice = { readonly what: string; readonly command?: string };

/** One thing that runs need, and whether it is as it should be. */
export type DoctorLine = {
  readonly name: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  /** What is wrong, for programs; where there is a word for it. */
  readonly code?: string;
  readonly fix?: string;
  /** What can be done about it, where there is more than one thing. */
  readonly advice?: readonly Advice[];
};
