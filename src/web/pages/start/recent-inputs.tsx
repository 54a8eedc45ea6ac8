import { Link } from 'wouter';
import type { DefinitionPage } from '../../../api/definitions.ts';
import type { JsonRecord } from '../../api/json.ts';
import { Panel } from '../../parts/panel.tsx';
import { TimeText } from '../../parts/time-text.tsx';

export type RecentInputsProps = {
  readonly recent: DefinitionPage['recentInputs'];
  readonly onTake: (input: JsonRecord) => void;
};

/** What earlier runs were given, to begin with. */
export function RecentInputs({ recent, onTake }: RecentInputsProps) {
  return (
    <Panel title="Recent inputs" empty={recent.length === 0 ? 'No run of it was started yet.' : undefined}>
      <ul className="recent">
        {recent.map(({ run, at, input }) => (
          <li key={run}>
            <code>{JSON.stringify(input)}</code>
            <span className="form-end soft">
              <TimeText iso={at} />
              <Link href={`/runs/${run}`}>its run</Link>
              <button type="button" className="quiet" onClick={() => onTake(input)}>
                Use
              </button>
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
