import type { DiffLine } from '../../api/definitions.ts';
import { foldedDiff } from './line-diff.ts';
import './diff-view.css';

const signs = { same: ' ', added: '+', removed: '-' } as const;
const words = { same: '', added: 'added: ', removed: 'removed: ' } as const;

/** A text beside what it was: what is equal and far from a change is folded. */
export function DiffView({ lines, label }: { readonly lines: readonly DiffLine[]; readonly label: string }) {
  if (lines.every(({ kind }) => kind === 'same')) return <p className="soft">No differences.</p>;

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard (WCAG 2.1.1).
    <section className="diff mono" aria-label={label} tabIndex={0}>
      {foldedDiff(lines).map((part) =>
        part.kind === 'folded' ? (
          <p key={part.from} className="diff-fold soft">
            {part.count} equal {part.count === 1 ? 'line' : 'lines'}
          </p>
        ) : (
          part.lines.map((line) => <Line key={line.number} {...line} />)
        ),
      )}
    </section>
  );
}

function Line({ kind, text }: DiffLine) {
  return (
    <p className="diff-line" data-kind={kind}>
      <span aria-hidden="true">{signs[kind]}</span>
      <span className="sr-only">{words[kind]}</span>
      <span>{text}</span>
    </p>
  );
}
