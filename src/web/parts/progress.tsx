export type ProgressProps = {
  readonly done: number;
  readonly of: number;
  /** What is done: `tasks`. */
  readonly what: string;
};

/** A thin progress bar with its numbers beside it. */
export function Progress({ done, of, what }: ProgressProps) {
  return (
    <span className="progress nowrap">
      <progress value={done} max={Math.max(1, of)} aria-label={`${done} of ${of} ${what}`} />
      {done}/{of}
    </span>
  );
}
