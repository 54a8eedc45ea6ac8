import { Link, useLocation } from 'wouter';
import type { ApprovalPage } from '../../../api/people.ts';
import { useApi } from '../../api/use-api.ts';
import { useKeys } from '../../keys/use-keys.ts';
import type { PageProps } from '../../page-props.ts';
import { Panel } from '../../parts/panel.tsx';
import { useUrlState } from '../../parts/use-url-state.ts';
import { usePageTitle } from '../../session/page-title.ts';
import { ApprovalDetail } from './approval-detail.tsx';
import { approvalPath, byDeadline } from './approval-order.ts';
import { ApprovalRow } from './approval-row.tsx';
import './approvals.css';
import { stillChosen, whyNotChosen } from './approve-many.ts';
import { ManyBar } from './many-bar.tsx';
import { useTicked } from './ticked.ts';

type Approvals = { readonly approvals: readonly ApprovalPage[] };

/** What waits for an answer, by deadline; beside it the one that is looked at. */
export function ApprovalsPage({ params }: PageProps) {
  const [mine, setMine] = useUrlState('mine');
  const approvals = useApi<Approvals>(['approvals'], { mine }, { keepsPrevious: true });
  const all = byDeadline(approvals.data?.approvals ?? []);
  const chosen = chosenBy(params);
  const [ticked, tick] = useTicked();
  useRowKeys(all, chosen);
  usePageTitle('Approvals', all.length > 0 ? 'NEEDS_APPROVAL' : undefined);

  return (
    <>
      <div className="page-head">
        <h1>Approvals</h1>
        <label className="check">
          <input type="checkbox" checked={mine !== ''} onChange={() => setMine(mine === '' ? 'true' : '')} />
          only those I may answer
        </label>
      </div>
      <ManyBar
        chosen={stillChosen(all, ticked)}
        onClear={() => tick(new Set())}
        onDone={() => void approvals.refetch()}
      />
      <div className="approvals">
        <Panel
          title="Waiting"
          note={all.length}
          isFlush={all.length > 0}
          isLoading={approvals.isPending}
          error={approvals.data === undefined ? approvals.error : undefined}
          onRetry={() => void approvals.refetch()}
          empty={all.length > 0 ? undefined : <NothingWaits isMine={mine !== ''} onAll={() => setMine('')} />}
        >
          <Rows all={all} chosen={chosen} />
        </Panel>
        <Shown chosen={chosen} />
      </div>
    </>
  );
}

function chosenBy({ run, task }: PageProps['params']): Chosen | undefined {
  return run !== undefined && task !== undefined ? { run, task } : undefined;
}

type RowsProps = { readonly all: readonly ApprovalPage[]; readonly chosen: Chosen | undefined };

function Rows({ all, chosen }: RowsProps) {
  const [ticked, tick] = useTicked();
  const many = stillChosen(all, ticked);
  const toggle = (path: string): void => {
    const next = new Set(ticked);
    if (!next.delete(path)) next.add(path);
    tick(next);
  };

  return (
    <ul>
      {all.map((one) => (
        <ApprovalRow
          key={approvalPath(one)}
          approval={one}
          isChosen={isSame(one, chosen)}
          isTicked={ticked.has(approvalPath(one))}
          whyNot={whyNotChosen(one, many)}
          onTick={() => toggle(approvalPath(one))}
        />
      ))}
    </ul>
  );
}

type Chosen = { readonly run: string; readonly task: string };

function Shown({ chosen }: { readonly chosen: Chosen | undefined }) {
  if (chosen !== undefined) return <ApprovalDetail key={approvalPath(chosen)} {...chosen} />;

  return <p className="soft choose">Choose one to see what is asked and why. Keys: j and k, Enter opens.</p>;
}

function NothingWaits({ isMine, onAll }: { readonly isMine: boolean; readonly onAll: () => void }) {
  return isMine ? (
    <>
      Nothing waits for your answer.
      <button type="button" onClick={onAll}>
        Show all
      </button>
    </>
  ) : (
    <>
      Nothing waits for an answer.
      <Link href="/definitions">Start a run</Link>
    </>
  );
}

function useRowKeys(all: readonly ApprovalPage[], chosen: Chosen | undefined): void {
  const [, navigate] = useLocation();
  const move = (by: number): void => {
    const at = all.findIndex((one) => isSame(one, chosen));
    const next = all[Math.max(0, Math.min(all.length - 1, at + by))];
    if (next !== undefined) navigate(approvalPath(next) + window.location.search, { replace: true });
  };
  useKeys([
    { keys: 'j', what: 'next row', act: () => move(1) },
    { keys: 'k', what: 'row before', act: () => move(-1) },
  ]);
}

function isSame(one: Chosen, other: Chosen | undefined): boolean {
  return one.run === other?.run && one.task === other.task;
}
