import { statusLook } from '../parts/status/status-look.ts';
import './outcome-strip.css';

export type OutcomeStripProps = {
  /** The latest last. */
  readonly outcomes: readonly { readonly run: string; readonly shown: string }[];
};

/** How the latest runs went, a bar for each. Those that went well are lower, so that colour is not all that tells. */
export function OutcomeStrip({ outcomes }: OutcomeStripProps) {
  if (outcomes.length === 0) return <span className="soft">no runs</span>;

  return (
    <span
      className="outcome-strip"
      role="img"
      aria-label={outcomesText(outcomes)}
      title={outcomesText(outcomes)}
    >
      {outcomes.map(({ run, shown }) => (
        <span key={run} data-hue={statusLook(shown).hue} />
      ))}
    </span>
  );
}

function outcomesText(outcomes: OutcomeStripProps['outcomes']): string {
  const words = outcomes.map(({ shown }) => statusLook(shown).word);
  const counts = [...new Set(words)].map((word) => `${words.filter((one) => one === word).length} ${word}`);

  return `The latest ${outcomes.length}: ${counts.join(', ')}`;
}
