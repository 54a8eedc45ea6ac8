import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { Link, useLocation } from 'wouter';
import type { RunAction, RunPage } from '../../../../api/run.ts';
import type { Graph } from '../../../../api/run-parts.ts';
import { postJson, useApi } from '../../../api/client.ts';
import type { JsonRecord } from '../../../api/json.ts';
import { ActionButton } from '../../../parts/action-button.tsx';
import { DataTree } from '../../../parts/json/data-tree.tsx';
import { JsonField, SchemaForm } from '../../../parts/json/schema-form.tsx';
import { ProblemNote } from '../../../parts/problem-note.tsx';
import { useRunPart } from '../run-view.ts';
import type { OnOpen } from '../use-held.ts';
import { actionWords } from './action-words.ts';
import { againFrom, againOnFork, againOnRetry } from './again.ts';
import { type ActionFields, askedBody, changedInputs } from './asked-body.ts';

const shownMax = 12;

export type AskButtonProps = {
  readonly action: RunAction;
  readonly page: RunPage;
  readonly isPrimary?: boolean;
  /** Says of which task, where that is not plain from where it stands. */
  readonly isNamed?: boolean;
  readonly onDone?: () => void;
  readonly onOpen?: OnOpen;
};

/** Asks for an action: says what will happen and what runs again, asks why, and keeps a refusal beside itself. */
export function AskButton({
  action,
  page,
  isPrimary = false,
  isNamed = false,
  onDone,
  onOpen,
}: AskButtonProps) {
  const words = actionWords(action.kind);
  const [asked, setAsked] = useState<ActionFields>({});
  const ask = useAsking({ action, page, asked });
  const of = action.task ?? action.signal;
  const name = isNamed && of !== undefined && action.kind !== 'rerun' ? `${words.verb} ${of}` : words.verb;

  return (
    <span className="ask" data-tone={words.tone}>
      <ActionButton
        label={`${name} …`}
        confirm={words.verb}
        title={`${words.verb} ${action.kind === 'rerun' ? page.shortId : (of ?? page.shortId)}`}
        tone={words.tone === 'kill' || words.tone === 'end' ? 'danger' : isPrimary ? 'primary' : 'quiet'}
        reason={reasonOf(action.kind)}
        run={ask}
        {...(onDone === undefined ? {} : { onDone })}
      >
        <OpenSign action={action} onOpen={onOpen} />
        <p>{words.effect}</p>
        <AskFields action={action} page={page} asked={asked} onChange={setAsked} />
        <p className="soft">
          Who may: {action.who}. As a command: <code>{action.command}</code>
        </p>
      </ActionButton>
    </span>
  );
}

/** In the page only while the dialog is. */
function OpenSign({
  action,
  onOpen,
}: Pick<AskButtonProps, 'action'> & { readonly onOpen: OnOpen | undefined }) {
  const told = useRef({ action, onOpen });
  useEffect(() => {
    const { action: opened, onOpen: tell } = told.current;
    tell?.(opened, true);

    return () => tell?.(opened, false);
  }, []);

  return null;
}

function reasonOf(kind: RunAction['kind']): 'none' | 'optional' | 'required' {
  if (kind === 'resumeRun' || kind === 'signal') return 'none';

  return kind === 'reject' || kind === 'requestChange' ? 'required' : 'optional';
}

function useAsking({
  action,
  page,
  asked,
}: Pick<AskButtonProps, 'action' | 'page'> & { readonly asked: ActionFields }) {
  const queries = useQueryClient();
  const [, navigate] = useLocation();

  return async (reason: string | undefined): Promise<void> => {
    if (action.kind === 'fork') {
      const body = {
        at: page.sequence,
        ...(asked.data === undefined ? {} : { input: asked.data as JsonRecord }),
      };
      const made = await postJson(['runs', page.run, 'fork'], {
        ...body,
        ...(reason === undefined ? {} : { reason }),
      });
      navigate(`/runs/${encodeURIComponent(made.run)}`);

      return;
    }
    await postJson(['runs', page.run, 'commands'], askedBody(action, { ...asked, reason }));
    await queries.invalidateQueries({ queryKey: ['runs', page.run] });
  };
}

/** What an action needs to be told besides a reason. */
function AskFields(props: AskFieldsProps) {
  switch (props.action.kind) {
    case 'retryRun':
    case 'rerun':
      return <RerunFields {...props} />;
    case 'fork':
      return <ForkFields {...props} />;
    case 'approve':
    case 'reject':
      return <AnswerFields {...props} />;
    case 'delegateApproval':
      return <ToField {...props} />;
    case 'resolveTask':
    case 'signal':
      return <DataField {...props} />;
    default:
      return null;
  }
}

function ForkFields({ page, asked, onChange }: AskFieldsProps) {
  return (
    <>
      <p>
        The new run begins after event {page.sequence}
        {page.isPast ? '' : ', the last one'}.
      </p>
      <AgainList kind="fork" page={page} />
      <InputEdit page={page} asked={asked} onChange={onChange} />
    </>
  );
}

function DataField({ action, asked, onChange }: AskFieldsProps) {
  // What is never touched is sent as what is shown: nothing.
  useEffect(() => {
    if (action.kind === 'resolveTask' && asked.data === undefined) onChange({ ...asked, data: {} });
  }, [action.kind, asked, onChange]);

  return (
    <JsonField value={(asked.data ?? {}) as JsonRecord} onChange={(data) => onChange({ ...asked, data })} />
  );
}

function ToField({ asked, onChange }: AskFieldsProps) {
  return (
    <label className="field">
      <strong>Who is to answer</strong>
      <input
        required
        value={asked.to ?? ''}
        onChange={(event) => onChange({ ...asked, to: event.target.value })}
      />
    </label>
  );
}

/** From which task, with which inputs, and what will be carried out again. */
function RerunFields(props: AskFieldsProps) {
  const { action, page, asked, onChange } = props;
  const from = asked.from ?? action.task ?? page.failedTask ?? page.tasks[0]?.id;
  useEffect(() => {
    if (asked.from === undefined && from !== undefined) onChange({ ...asked, from });
  }, [asked, from, onChange]);
  if (action.kind === 'retryRun') return <AgainList kind="retryRun" page={page} />;

  return (
    <>
      <label className="field">
        <strong>From task</strong>
        <select value={from} onChange={(event) => onChange({ ...asked, from: event.target.value })}>
          {rerunnable(page).map((id) => (
            <option key={id} value={id}>
              {id}
            </option>
          ))}
        </select>
      </label>
      <AgainList kind="rerun" page={page} from={from} />
      <InputEdit page={page} asked={asked} onChange={onChange} />
    </>
  );
}

/** The tasks that a rerun may begin with. */
function rerunnable({ actions, tasks }: RunPage): readonly string[] {
  const told = actions.flatMap(({ kind, task }) => (kind === 'rerun' && task !== undefined ? [task] : []));

  return told.length > 0 ? told : tasks.map(({ id }) => id);
}

type AgainProps = {
  readonly kind: 'retryRun' | 'rerun' | 'fork';
  readonly page: RunPage;
  readonly from?: string | undefined;
};

/** The tasks that will be carried out again, by name. */
function AgainList({ kind, page, from }: AgainProps) {
  const graph = useRunPart(page.run, 'graph', { at: undefined });
  const tasks = againTasks({ kind, page, from }, graph.data);
  if (tasks.length === 0) return null;

  return (
    <div className="again">
      <strong>{tasks.length === 1 ? '1 task runs again' : `${tasks.length} tasks run again`}</strong>
      <ul>
        {tasks.slice(0, shownMax).map((task) => (
          <li key={task} className="mono">
            {task}
          </li>
        ))}
        {tasks.length > shownMax ? <li className="soft">and {tasks.length - shownMax} more</li> : null}
      </ul>
    </div>
  );
}

function againTasks({ kind, page, from = '' }: AgainProps, graph: Graph | undefined): readonly string[] {
  if (kind === 'retryRun') return againOnRetry(page.tasks);
  if (kind === 'fork') return againOnFork(page.tasks);

  return graph === undefined || from === '' ? [] : againFrom(from, graph);
}

/** What is judged, by what, and the form of the answer. */
function AnswerFields({ action, page, asked, onChange }: AskFieldsProps) {
  const task = action.task ?? '';
  const { data, error } = useApi(['approvals', page.run, task]);
  const [value, setValue] = useState<JsonRecord>((asked.data ?? {}) as JsonRecord);
  const change = (next: JsonRecord): void => {
    setValue(next);
    onChange({ ...asked, data: next });
  };
  if (error !== null) return <ProblemNote error={error} />;
  if (data === undefined) return <p className="soft">Loading the request …</p>;

  return (
    <>
      {data.description === undefined ? null : <p>{data.description}</p>}
      <p className="soft">
        Who may answer: {data.approvers}. {data.given} of {data.quorum} given.{' '}
        <Link href={`/approvals/${encodeURIComponent(page.run)}/${encodeURIComponent(task)}`}>All of it</Link>
      </p>
      <details open>
        <summary>Evidence</summary>
        <DataTree value={data.evidence} label="Evidence" openDepth={1} />
      </details>
      {data.fields.length === 0 ? null : <SchemaForm fields={data.fields} value={value} onChange={change} />}
    </>
  );
}

type AskFieldsProps = {
  readonly action: RunAction;
  readonly page: RunPage;
  readonly asked: ActionFields;
  readonly onChange: (asked: ActionFields) => void;
};

/** The inputs of the run as text: only what was changed is sent. */
function InputEdit({ page, asked, onChange }: Omit<AskFieldsProps, 'action'>) {
  return (
    <details>
      <summary>Edit the inputs</summary>
      <JsonField
        value={page.input}
        onChange={(value) => onChange({ ...asked, data: changedInputs(page.input, value) })}
      />
    </details>
  );
}
