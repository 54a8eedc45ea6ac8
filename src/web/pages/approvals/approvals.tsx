import { Link, useLocation, useSearch } from 'wouter';
import type { ApprovalPage } from '../../../api/people.ts';
import { messageOf, subjectText } from '../../../lib/text.ts';
import { deleteJson, getJson, postJson, useApi } from '../../api/client.ts';
import { countText, ShowMore, usePages } from '../../api/use-pages.tsx';
import { useKeys } from '../../keys/use-keys.ts';
import type { PageProps } from '../../page-props.ts';
import { Panel } from '../../parts/panel.tsx';
import { useUrlState } from '../../parts/use-url-state.ts';
import { usePageTitle } from '../../session/page-title.ts';
import { useSession } from '../../session/session.ts';
import { ApprovalDetail } from './approval-detail.tsx';
import { approvalPath, byDeadline, isLate } from './approval-order.ts';
import './approvals.css';
import { useId, useState, useSyncExternalStore } from 'react';
import type { AskedCommand } from '../../../api/commands.ts';
import { ActionButton } from '../../parts/action-button.tsx';
import { defaultValues } from '../../parts/json/schema-values.ts';
import { StatusBadge } from '../../parts/status/status-badge.tsx';
import { TimeText } from '../../parts/time-text.tsx';
import { useNow } from '../../time/now.ts';
import { type Answered, answerEach, stillChosen, whyNotChosen } from './approve-many.ts';

/** They begin and end by themselves. */
const absencesEveryMs = 10_000;

let ticked: Ticked = new Set();
const listeners = new Set<() => void>();

/** What waits for an answer, by deadline; beside it the one that is looked at. */
export function ApprovalsPage({ params }: PageProps) {
  const [mine, setMine] = useUrlState('mine');
  const approvals = usePages(['approvals', { mine }], (page, signal) =>
    getJson(['approvals'], { mine, ...page }, signal),
  );
  const all = byDeadline(approvals.items);
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
        <AwayButton onDone={approvals.reload} />
      </div>
      <Absent onDone={approvals.reload} />
      <ManyBar chosen={stillChosen(all, ticked)} onClear={() => tick(new Set())} onDone={approvals.reload} />
      <div className="approvals">
        <Panel
          title="Waiting"
          note={countText(all.length, approvals.total)}
          isFlush={all.length > 0}
          isLoading={approvals.isPending}
          error={approvals.error}
          onRetry={approvals.reload}
          empty={all.length > 0 ? undefined : <NothingWaits isMine={mine !== ''} onAll={() => setMine('')} />}
        >
          <Rows all={all} chosen={chosen} />
          <ShowMore {...approvals} />
        </Panel>
        <Shown chosen={chosen} />
      </div>
    </>
  );
}

/** Says that whoever looks at the page is away, and who answers for them. */
function AwayButton({ onDone }: { readonly onDone: () => void }) {
  const [to, setTo] = useState('');
  const [until, setUntil] = useState('');
  const { refetch } = useApi(['absences']);
  const isWhole = to.trim() !== '' && until !== '';
  const run = async (reason: string | undefined): Promise<void> => {
    // What is missing is said by the answer.
    await postJson(['absences'], { to: to.trim(), until, ...(reason === undefined ? {} : { reason }) });
    await refetch();
    onDone();
  };

  return (
    <ActionButton
      label="I am away ..."
      title="While I am away"
      reason="optional"
      confirm="I am away"
      run={run}
    >
      <p>The person you name answers for you until then, and may answer only what you may.</p>
      <label className="field">
        <strong>Who answers</strong>
        <input value={to} required autoComplete="off" onChange={(event) => setTo(event.target.value)} />
      </label>
      <label className="field">
        <strong>Last day</strong>
        <input type="date" value={until} required onChange={(event) => setUntil(event.target.value)} />
      </label>
      {!isWhole && <p className="soft">Both are needed.</p>}
    </ActionButton>
  );
}

/** Who is away, and who answers for them. */
function Absent({ onDone }: { readonly onDone: () => void }) {
  const { data, refetch } = useApi(['absences'], undefined, { everyMs: absencesEveryMs });
  const { actor } = useSession();
  const away = (data?.items ?? []).filter(({ state }) => state === 'away' || state === 'planned');
  const back = async (): Promise<void> => {
    await deleteJson(['absences']);
    await refetch();
    onDone();
  };
  if (away.length === 0) return null;

  return (
    <ul className="absent" aria-label="Who is away">
      {away.map(({ who, to, from, until, state }) => (
        <li key={`${who} ${from}`}>
          {who} {state === 'away' ? 'is' : 'will be'} away{' '}
          {state === 'planned' && (
            <>
              from <TimeText iso={from} mode="utc" />{' '}
            </>
          )}
          until <TimeText iso={until} mode="utc" />; {to} answers in their place.{' '}
          {who === actor && <ActionButton label="I am back" tone="quiet" run={back} />}
        </li>
      ))}
    </ul>
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

  return (
    <p className="soft choose">
      Select one to see what is asked and why. Press j and k to move, Enter to open.
    </p>
  );
}

function NothingWaits({ isMine, onAll }: { readonly isMine: boolean; readonly onAll: () => void }) {
  return isMine ? (
    <>
      Nothing is waiting for your answer.
      <button type="button" onClick={onAll}>
        Show all
      </button>
    </>
  ) : (
    <>
      Nothing is waiting for an answer.
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

type ApprovalRowProps = {
  readonly approval: ApprovalPage;
  /** It is the one that is looked at. */
  readonly isChosen: boolean;
  /** It is one of those that are answered together. */
  readonly isTicked: boolean;
  /** Why it cannot be one of them. */
  readonly whyNot: string | undefined;
  readonly onTick: () => void;
};

type TickProps = Pick<ApprovalRowProps, 'isTicked' | 'whyNot' | 'onTick'> & { readonly name: string };

/** What cannot be ticked is come to all the same, and says why. */
function Tick({ name, isTicked, whyNot, onTick }: TickProps) {
  const id = useId();
  const isKept = whyNot !== undefined && !isTicked;

  return (
    <>
      <input
        type="checkbox"
        aria-label={`Choose ${name}`}
        checked={isTicked}
        aria-disabled={isKept ? true : undefined}
        aria-describedby={whyNot === undefined ? undefined : id}
        onChange={isKept ? () => undefined : onTick}
      />
      {whyNot !== undefined && (
        <span id={id} className="why-not">
          {whyNot}
        </span>
      )}
    </>
  );
}

/** One approval in the list: what, of which run, and by when. */
function ApprovalRow({ approval, isChosen, isTicked, whyNot, onTick }: ApprovalRowProps) {
  const now = useNow();
  // Whoever looks at their own alone goes on doing so.
  const search = useSearchText();
  const { task, name, definition, shortId, dueAt, since, quorum, given, subject } = approval;
  const late = isLate(approval, now);

  return (
    <li className="approval-row" data-chosen={isChosen}>
      <Tick name={`${name ?? task} of ${shortId}`} isTicked={isTicked} whyNot={whyNot} onTick={onTick} />
      <Link href={approvalPath(approval) + search} aria-current={isChosen ? 'true' : undefined}>
        {name ?? task}
      </Link>
      <StatusBadge status={late ? 'LATE' : 'NEEDS_APPROVAL'} {...(late ? {} : { word: 'waiting' })} />
      <span className="soft">
        {definition.id} · <span className="mono">{shortId}</span>
        {quorum > 1 && ` · ${given} of ${quorum}`}
      </span>
      <span className="soft">
        {dueAt === undefined ? (
          <>
            since <TimeText iso={since} />
          </>
        ) : (
          <>
            due <TimeText iso={dueAt} />
          </>
        )}
      </span>
      {subject !== undefined && <span className="subject">{subjectText(subject)}</span>}
    </li>
  );
}

function useSearchText(): string {
  const search = useSearch();

  return search === '' ? '' : `?${search}`;
}

type ManyBarProps = {
  readonly chosen: readonly ApprovalPage[];
  readonly onClear: () => void;
  readonly onDone: () => void;
};

/** Approves those that were chosen, and says of each that was refused why. */
function ManyBar({ chosen: ticked, onClear, onDone }: ManyBarProps) {
  const [refused, setRefused] = useState<readonly Answered[]>([]);
  // Each answer takes one out of those that wait: while answers are given it stays the same bar.
  const [asked, setAsked] = useState<readonly ApprovalPage[] | undefined>();
  const chosen = asked ?? ticked;
  const [first] = chosen;
  const what = chosen.length === 1 ? 'approval' : 'approvals';
  const run = async (comment: string | undefined): Promise<void> => {
    setAsked(chosen);
    const answered = await answerEach(chosen, (approval) => approve(approval, comment));
    setRefused(answered.filter(({ error }) => error !== undefined));
    setAsked(undefined);
    onClear();
    onDone();
  };
  if (first === undefined && refused.length === 0) return null;

  return (
    <section className="many-bar" aria-label="The chosen approvals">
      {first !== undefined && (
        <>
          <strong>{chosen.length} chosen</strong>
          <ActionButton
            label={`Approve ${chosen.length} ...`}
            title={`Approve ${chosen.length} ${what}`}
            confirm={`Approve ${chosen.length}`}
            reason="optional"
            run={run}
          >
            <p>
              Each run is answered by itself: {first.name ?? first.task} of {first.definition.id}. What was
              asked of it is taken as read.
            </p>
          </ActionButton>
          <button type="button" className="quiet" onClick={onClear}>
            Clear
          </button>
        </>
      )}
      {refused.length > 0 && <Refused refused={refused} />}
    </section>
  );
}

function Refused({ refused }: { readonly refused: readonly Answered[] }) {
  return (
    <ul className="problem" role="alert">
      {refused.map(({ approval, error }) => (
        <li key={approvalPath(approval)}>
          <Link href={approvalPath(approval)} className="mono">
            {approval.shortId}
          </Link>{' '}
          was not approved: {messageOf(error)}
        </li>
      ))}
    </ul>
  );
}

function approve({ run, task, fields }: ApprovalPage, comment: string | undefined): Promise<unknown> {
  const command: AskedCommand = {
    kind: 'approve',
    task,
    ...(comment === undefined ? {} : { comment }),
    ...(fields.length === 0 ? {} : { data: defaultValues(fields) as never }),
  };

  return postJson(['runs', run, 'commands'], command);
}

type Ticked = ReadonlySet<string>;

/** The paths of the approvals that are to be answered together: kept while one of them is looked at. */
function useTicked(): readonly [Ticked, (next: Ticked) => void] {
  return [useSyncExternalStore(listen, current), tick];
}

function current(): Ticked {
  return ticked;
}

function tick(next: Ticked): void {
  ticked = next;
  for (const tell of listeners) tell();
}

function listen(tell: () => void): () => void {
  listeners.add(tell);

  return () => listeners.delete(tell);
}
