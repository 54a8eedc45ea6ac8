/** A part of an XState configuration. The whole is typed where it becomes a machine. */
export type ConfigPart = Readonly<Record<string, unknown>>;
/** A task's region of the chart: its states by name, and what it takes in any of them. */
export type Region = {
  readonly initial: string;
  readonly states: Readonly<Record<string, ConfigPart>>;
  readonly on?: ConfigPart;
};
