import { useQuery } from '@tanstack/react-query';
import { type SubmitEvent, useId, useRef, useState } from 'react';
import { Link, useLocation } from 'wouter';
import type { RunAction, RunPage } from '../../../../api/run.ts';
import { getJson } from '../../../api/client.ts';
import { CopyButton } from '../../../parts/copy-button.tsx';
import { Dialog } from '../../../parts/dialog.tsx';
import { closeMenuOnEscape } from '../../../parts/menu-keys.ts';
import { TimeText } from '../../../parts/time-text.tsx';
import { startPath } from '../../start/start-input.ts';
import { comparePath } from '../compare/compare-words.ts';
import type { RunPageState } from '../run-view.ts';
import { actionKey, type OnOpen, useHeld } from '../use-held.ts';
import { actionWords, arranged } from './action-words.ts';
import { AskButton, type AskButtonProps } from './ask-button.tsx';

/** The id of the menu, which the key `.` opens. */
export const menuId = 'run-menu';

/** One action that stands out by how the run is, and a menu with the rest. In the past there is only the fork. */
export function RunActions({ view }: { readonly view: RunPageState }) {
  const { page } = view;
  const [actions, onOpen] = useHeld(offered(page));
  const { primary, ofRun, ofTasks } = arranged(actions);

  return (
    <>
      {primary === undefined ? null : (
        <OneAction key={actionKey(primary)} action={primary} page={page} isPrimary onOpen={onOpen} />
      )}
      <ActionMenu page={page} ofRun={ofRun} ofTasks={ofTasks} onOpen={onOpen} />
    </>
  );
}

/** A fork is offered wherever one is, and nothing else in the past. */
function offered(page: RunPage): readonly RunAction[] {
  const fork: RunAction = {
    kind: 'fork',
    command: `workflow fork ${page.shortId} --at ${page.sequence}`,
    who: 'whoever may start this definition',
  };
  const hasFork = page.actions.some(({ kind }) => kind === 'fork');
  const now = page.isPast ? page.actions.filter(({ kind }) => kind === 'fork') : page.actions;

  return hasFork ? now : [...now, fork];
}

type MenuProps = {
  readonly page: RunPage;
  readonly ofRun: readonly RunAction[];
  readonly ofTasks: readonly RunAction[];
  readonly onOpen: OnOpen;
};

function ActionMenu({ page, ofRun, ofTasks, onOpen }: MenuProps) {
  const menu = useRef<HTMLDetailsElement>(null);
  const close = (): void => {
    if (menu.current !== null) menu.current.open = false;
  };
  return (
    <details ref={menu} id={menuId} className="menu" onKeyDown={closeMenuOnEscape}>
      <summary className="button">Actions ▾</summary>
      <div className="menu-list">
        {[...ofRun, ...oneRerun(ofTasks, page)].map((action) => (
          <div key={actionKey(action)} className="menu-row">
            <OneAction action={action} page={page} onDone={close} onOpen={onOpen} isNamed />
            <CopyButton text={action.command} label="Copy as CLI" />
          </div>
        ))}
        {page.notNow.map((refused) => (
          <NotNow key={refused.kind} refused={refused} />
        ))}
        <div className="menu-row">
          <CompareButton page={page} onDone={close} />
        </div>
      </div>
    </details>
  );
}

/** Starting a run has a page of its own, where its inputs can be changed; what else is asked has a dialog. */
function OneAction(props: AskButtonProps) {
  const { action, page, isPrimary = false } = props;
  if (action.kind !== 'startAgain') return <AskButton {...props} />;

  return (
    <Link
      href={startPath(page.definition.id, page.input)}
      className={isPrimary ? 'button primary' : 'button quiet'}
      title={actionWords(action.kind).effect}
    >
      {actionWords(action.kind).verb} …
    </Link>
  );
}

/** What people look for and may not ask now: it can be come to, and says why. */
function NotNow({ refused: { kind, reason } }: { readonly refused: RunPage['notNow'][number] }) {
  const id = useId();

  return (
    <div className="menu-row">
      <button type="button" className="quiet" aria-disabled="true" aria-describedby={id}>
        {actionWords(kind).verb}
      </button>
      <span id={id} className="soft menu-why">
        {reason}
      </span>
    </div>
  );
}

/** Of which task is asked in the dialog: one entry for all tasks that it can be done from. */
function oneRerun(actions: readonly RunAction[], { failedTask }: RunPage): readonly RunAction[] {
  const reruns = actions.filter(({ kind }) => kind === 'rerun');
  const one = reruns.find(({ task }) => task === failedTask) ?? reruns[0];

  return actions.filter((action) => action.kind !== 'rerun' || action === one);
}

type CompareButtonProps = { readonly page: RunPage; readonly onDone: () => void };

/** Asks with which run this one is to be compared; the last one of its definition that went well is offered. */
function CompareButton({ page, onDone }: CompareButtonProps) {
  const [isOpen, setOpen] = useState(false);
  const close = (): void => {
    setOpen(false);
    onDone();
  };

  return (
    <span className="ask">
      <button type="button" className="quiet" onClick={() => setOpen(true)}>
        Compare with …
      </button>
      {isOpen && (
        <Dialog title={`Compare ${page.shortId} with`} isOpen onClose={() => setOpen(false)}>
          <LastGood page={page} onDone={close} />
          <OtherRun run={page.run} onDone={close} />
        </Dialog>
      )}
    </span>
  );
}

function LastGood({ page, onDone }: CompareButtonProps) {
  const { run, definition } = page;
  const where = `definition=${definition.id}`;
  const { data } = useQuery({
    queryKey: ['definitions', definition.id, 'completed'],
    queryFn: ({ signal }) =>
      getJson(['runs'], { where, status: 'COMPLETED', sort: 'started', limit: 2 }, signal),
  });
  const last = data?.items.find((line) => line.run !== run);
  if (data === undefined) return <p className="soft">Looking for a completed run ...</p>;
  if (last === undefined) return <p className="soft">No other run of {definition.id} has completed yet.</p>;

  return (
    <p>
      <Link href={comparePath(run, last.run)} className="button primary" onClick={onDone}>
        The last run that completed: <span className="mono">{last.shortId}</span>
      </Link>{' '}
      <span className="soft">
        {definition.id}@{last.definition.version}, started <TimeText iso={last.startedAt} />
      </span>
    </p>
  );
}

function OtherRun({ run, onDone }: { readonly run: string; readonly onDone: () => void }) {
  const [other, setOther] = useState('');
  const [, navigate] = useLocation();
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (other.trim() === '') return;
    navigate(comparePath(run, other.trim()));
    onDone();
  };

  return (
    <form className="form" onSubmit={submit}>
      <label className="field">
        <strong>Another run</strong>
        <input
          value={other}
          maxLength={200}
          autoComplete="off"
          onChange={(event) => setOther(event.target.value)}
        />
        <span className="field-help">The run's id or its first characters, @last or @failed.</span>
      </label>
      <div className="form-end">
        <button type="submit" disabled={other.trim() === ''}>
          Compare
        </button>
      </div>
    </form>
  );
}
