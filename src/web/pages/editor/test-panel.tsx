import { useMutation } from '@tanstack/react-query';
import type { TestReport } from '../../../api/definitions.ts';
import { postJson } from '../../api/client.ts';
import { Duration } from '../../parts/duration.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { StatusBadge } from '../../parts/status/status-badge.tsx';

export type TestPanelProps = {
  readonly text: string;
  readonly file: string;
  readonly onTransition: (task: string) => void;
};

/** Walks every way through the definition, without running anything, and tells which were found. */
export function TestPanel({ text, file, onTransition }: TestPanelProps) {
  const test = useMutation({
    mutationFn: () => postJson(['definitions', 'test'], { text, file }),
  });

  return (
    <div className="test-panel">
      <div className="form-end">
        <button type="button" className="primary" disabled={test.isPending} onClick={() => test.mutate()}>
          {test.isPending ? 'Testing ...' : 'Test'}
        </button>
        <span className="soft">
          Walks every path through it on a simulated clock and plays the cases next to its file. Nothing is
          run.
        </span>
      </div>
      {test.error !== null && <ProblemNote error={test.error} />}
      {test.data !== undefined && <Report report={test.data} onTransition={onTransition} />}
    </div>
  );
}

type ReportProps = { readonly report: TestReport; readonly onTransition: (task: string) => void };

function Report({ report, onTransition }: ReportProps) {
  const { ok, covered, transitions, unreachable, ms } = report;

  return (
    <section aria-label="Report of the test" aria-live="polite">
      <p>
        <StatusBadge status={ok ? 'COMPLETED' : 'FAILED'} word={ok ? 'passed' : 'did not pass'} /> {covered}{' '}
        of {transitions} transitions walked{unreachable > 0 ? `, ${unreachable} cannot be reached` : ''}, in{' '}
        <Duration ms={ms} />
      </p>
      <Cases cases={report.cases} />
      <Scenarios scenarios={report.scenarios} />
      <Uncovered uncovered={report.uncovered} onTransition={onTransition} />
    </section>
  );
}

/** What somebody wrote down, before what was found. */
function Cases({ cases }: Pick<TestReport, 'cases'>) {
  if (cases.length === 0) return <p className="soft">There are no cases in a *.test.yaml file next to it.</p>;

  return (
    <div className="table-scroll">
      <table>
        <caption className="sr-only">Cases</caption>
        <thead>
          <tr>
            <th scope="col">Case</th>
            <th scope="col">Result</th>
            <th scope="col">Written in</th>
          </tr>
        </thead>
        <tbody>
          {cases.map(({ file, line, name, ok, problems }) => (
            <tr key={`${file}:${line}`}>
              <td>{name}</td>
              <td>
                <StatusBadge status={ok ? 'COMPLETED' : 'FAILED'} word={ok ? 'holds' : 'does not hold'} />
                {problems.map((problem) => (
                  <p key={problem} className="soft">
                    {problem}
                  </p>
                ))}
              </td>
              <td className="mono">
                {file}:{line}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Scenarios({ scenarios }: Pick<TestReport, 'scenarios'>) {
  if (scenarios.length === 0) return <p className="soft">No path leads through it.</p>;

  return (
    <div className="table-scroll">
      <table>
        <caption className="sr-only">Scenarios</caption>
        <thead>
          <tr>
            <th scope="col">Scenario</th>
            <th scope="col">Result</th>
            <th scope="col">Ended</th>
          </tr>
        </thead>
        <tbody>
          {scenarios.map(({ name, ok, status, message }) => (
            <tr key={name}>
              <td>{name}</td>
              <td>
                <StatusBadge
                  status={ok ? 'COMPLETED' : 'FAILED'}
                  word={ok ? 'as expected' : 'not as expected'}
                />
                {message !== undefined && <p className="soft">{message}</p>}
              </td>
              <td>{status}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Uncovered({
  uncovered,
  onTransition,
}: Pick<TestReport, 'uncovered'> & Pick<ReportProps, 'onTransition'>) {
  if (uncovered.length === 0) return null;

  return (
    <details open={uncovered.length < 10}>
      <summary>{uncovered.length} not walked</summary>
      <ul className="uncovered">
        {uncovered.map(({ transition, reason }) => (
          <li key={transition}>
            <button
              type="button"
              className="quiet mono"
              onClick={() => onTransition(transition.split(/[\s.:]/)[0] ?? '')}
            >
              {transition}
            </button>
            <span className="soft">{reason}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
