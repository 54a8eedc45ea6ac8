import type { DifferentValue } from '../../../api/run-compare.ts';
import { Panel } from '../../parts/panel.tsx';
import type { RunNames } from './compare-tasks.tsx';

export type CompareValuesProps = {
  readonly title: string;
  readonly values: readonly DifferentValue[];
  readonly omitted: number;
  readonly names: RunNames;
  /** What is said where nothing differs. */
  readonly none: string;
  /** Said beside the title where something does. */
  readonly note: string;
};

/** The values that differ, each by its path, with what it is in either run. */
export function CompareValues({ title, values, omitted, names, none, note }: CompareValuesProps) {
  return (
    <Panel
      title={title}
      note={note}
      isFlush={values.length > 0}
      empty={values.length === 0 ? none : undefined}
    >
      <table className="compare">
        <thead>
          <tr>
            <th scope="col">Where</th>
            <th scope="col" className="mono">
              {names.one}
            </th>
            <th scope="col" className="mono">
              {names.other}
            </th>
          </tr>
        </thead>
        <tbody>
          {values.map(({ path, one, other }) => (
            <tr key={path}>
              <th scope="row" className="mono">
                {path}
              </th>
              <td>
                <Value value={one} />
              </td>
              <td>
                <Value value={other} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {omitted > 0 && <p className="compare-more soft">and {omitted} more values</p>}
    </Panel>
  );
}

/** Longer ones are folded. */
const SHOWN_MAX = 120;

function Value({ value }: { readonly value: DifferentValue['one'] }) {
  if (value === undefined) return <span className="soft">not there</span>;
  const text = JSON.stringify(value);
  if (text.length <= SHOWN_MAX) return <code>{text}</code>;

  return (
    <details>
      <summary>
        <code>{text.slice(0, SHOWN_MAX)}…</code>
      </summary>
      <pre>{JSON.stringify(value, null, 2)}</pre>
    </details>
  );
}
