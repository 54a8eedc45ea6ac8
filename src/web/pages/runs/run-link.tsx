import { Link } from 'wouter';
import type { RunLine } from '../../../api/run.ts';

/** Leads to a run by what people call it, with its id beside; by its id where nobody calls it anything. */
export function RunLink({ line }: { readonly line: Pick<RunLine, 'run' | 'shortId' | 'key'> }) {
  const { run, shortId, key } = line;
  if (key === undefined)
    return (
      <Link href={`/runs/${run}`} className="mono">
        {shortId}
      </Link>
    );

  return (
    <span title={`${key} ${run}`}>
      <Link href={`/runs/${run}`}>{key}</Link> <span className="soft mono">{shortId}</span>
    </span>
  );
}
