import { Link } from 'wouter';
import type { RunLine } from '../../../api/run.ts';
import { StatusGlyph } from '../../parts/status-glyph.tsx';
import { statusLook } from '../../parts/status-look.ts';

type GridCellProps = {
  readonly line: RunLine;
  /** Of the run, or of one of its tasks; undefined where it has no such task, or that is not known yet. */
  readonly status: string | undefined;
  readonly what: string;
  readonly task?: string;
  /** Whether Tab leads to it before any cell had the focus. */
  readonly isEntry: boolean;
};

/** How one run, or one task of it, is; leads there. */
export function GridCell({ line, status, what, task, isEntry }: GridCellProps) {
  const { hue, glyph, word } =
    status === undefined ? { hue: 'idle', glyph: undefined, word: 'nothing' } : statusLook(status);
  const label = `${word}, ${what}, run ${line.shortId}`;
  const search = task === undefined ? '' : `?task=${encodeURIComponent(task)}`;

  return (
    <Link
      href={`/runs/${line.run}${search}`}
      className="badge"
      data-hue={hue}
      title={label}
      aria-label={label}
      tabIndex={isEntry ? 0 : -1}
    >
      {glyph === undefined ? <span className="soft">·</span> : <StatusGlyph glyph={glyph} size={16} />}
    </Link>
  );
}
