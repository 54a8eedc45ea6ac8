import type { CSSProperties } from 'react';
import { Link } from 'wouter';
import type { GoalNode } from '../../../api/goals.ts';
import { useApi } from '../../api/client.ts';
import { percentText } from '../../charts/chart-data.ts';
import { useUrlState } from '../../parts/use-url-state.ts';
import { usePageTitle } from '../../session/page-title.ts';
import { EmptyNote } from '../empty-note.tsx';
import { FilterBar } from '../filter-bar.tsx';
import { ListPanel } from '../list-panel.tsx';
import './goals.css';

/** What was measured comes a moment after the runs that the stream tells of. */
export const goalsEveryMs = 5_000;

/** The tree from goals to KPIs, with how far each is. */
export function GoalsPage() {
  usePageTitle('Goals');
  const [filter, setFilter] = useUrlState('q');
  const query = useApi(['goals'], undefined, { everyMs: goalsEveryMs });
  const nodes = query.data?.items ?? [];
  const shown = fitting(nodes, filter);

  return (
    <>
      <div className="page-head">
        <h1>Goals</h1>
        {query.data?.name !== undefined && <span className="soft">{query.data.name}</span>}
        <FilterBar
          label="Filter goals"
          value={filter}
          onChange={setFilter}
          shown={shown.length}
          of={nodes.length}
        />
      </div>
      <ListPanel
        title="Goals, departments, teams and KPIs"
        query={query}
        there={nodes.length}
        shown={shown.length}
        onClear={() => setFilter('')}
        nothing={
          <EmptyNote
            text="There is no goal. A file enterprise.yaml says what is to be reached, by whom, and how it is measured."
            command="workflow goals list"
            action={{ label: 'Insights', href: '/insights' }}
          />
        }
      >
        <GoalTable nodes={shown} />
      </ListPanel>
    </>
  );
}

/** Those that the text is found in, with what they stand under. */
function fitting(nodes: readonly GoalNode[], filter: string): readonly GoalNode[] {
  const text = filter.trim().toLowerCase();
  const found = nodes.filter(({ name, title, kind, owner = '' }) =>
    [name, title, kind, owner].join(' ').toLowerCase().includes(text),
  );

  return nodes.filter(({ path }) =>
    found.some((each) => each.path === path || each.path.startsWith(`${path}/`)),
  );
}

/** Each node stands below what it is a part of, and is set in by as much as it is deep. */
export function GoalTable({ nodes }: { readonly nodes: readonly GoalNode[] }) {
  return (
    <table className="goal-tree">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Kind</th>
          <th scope="col">Progress</th>
          <th scope="col" className="number">
            Value
          </th>
          <th scope="col" className="number">
            Target
          </th>
          <th scope="col">Trend</th>
          <th scope="col" className="number">
            Forecast
          </th>
          <th scope="col">Due</th>
          <th scope="col">Who</th>
        </tr>
      </thead>
      <tbody>
        {nodes.map((node) => (
          <GoalRow key={node.path} node={node} />
        ))}
      </tbody>
    </table>
  );
}

const kinds = { goal: 'goal', department: 'department', team: 'team', kpi: 'KPI' } as const;

function GoalRow({ node }: { readonly node: GoalNode }) {
  const { kind, title, depth, target, forecast, trend, due, problem } = node;

  return (
    <tr data-kind={kind}>
      <th scope="row" style={{ '--depth': depth } as CSSProperties}>
        <Link href={goalHref(node)}>{title}</Link>
      </th>
      <td>{kinds[kind]}</td>
      <td>
        <GoalProgress node={node} />
      </td>
      <td className="number">{problem ?? valueText(node)}</td>
      <td className="number">{numberText(target, node)}</td>
      <td>{trend}</td>
      <td className="number">
        {numberText(forecast, node)}
        <Track node={node} />
      </td>
      <td className="nowrap">{due}</td>
      <td>
        {whoText(node)}
        <OwnDefinitions node={node} />
      </td>
    </tr>
  );
}

export function goalHref({ kind, name }: Pick<GoalNode, 'kind' | 'name'>): string {
  // Names hold nothing that an address would have to encode.
  return `/goals/${kind}:${name}`;
}

export function GoalProgress({ node: { progress, title } }: { readonly node: GoalNode }) {
  if (progress === undefined) return null;

  return (
    <span className="progress nowrap">
      <progress value={Math.min(1, progress)} max={1} aria-label={`Progress of ${title}`} />
      {percentText(progress)}
    </span>
  );
}

export function Track({ node: { isOnTrack } }: { readonly node: GoalNode }) {
  if (isOnTrack === undefined) return null;

  return (
    <span className={isOnTrack ? 'on-track' : 'off-track'}>{isOnTrack ? ' on track' : ' off track'}</span>
  );
}

/** A department has a budget in place of a value. */
function valueText(node: GoalNode): string {
  const { budget } = node;
  if (budget === undefined) return numberText(node.value, node);

  return `${numberText(budget.spent ?? 0, budget)} of ${numberText(budget.amount, budget)}`;
}

export function numberText(
  value: number | undefined,
  { unit }: { readonly unit?: string | undefined },
): string {
  if (value === undefined) return '';
  const text = value.toLocaleString('en', { maximumFractionDigits: 2 });

  return unit === undefined ? text : `${text} ${unit}`;
}

function whoText({ kind, owner, agents = [] }: GoalNode): string {
  if (kind === 'department') return owner ?? '';

  return agents.join(', ');
}

/** What runs for a department, and how far each reaches. */
function OwnDefinitions({ node: { definitions = [] } }: { readonly node: GoalNode }) {
  if (definitions.length === 0) return null;

  return (
    <ul className="own-definitions">
      {definitions.map(({ id, stratos }) => (
        <li key={id}>
          <Link href={`/definitions/${id}`}>{id}</Link>
          {stratos !== undefined && <span className="soft"> {stratos}</span>}
        </li>
      ))}
    </ul>
  );
}
