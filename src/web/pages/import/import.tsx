import { useMutation } from '@tanstack/react-query';
import { useId, useState } from 'react';
import type { ImportReport } from '../../../api/definition-import.ts';
import { postJson } from '../../api/client.ts';
import { Panel } from '../../parts/panel.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { usePageTitle } from '../../session/page-title.ts';
import './import.css';
import { useLocation } from 'wouter';
import { keepDraft } from '../../editor/draft.ts';
import { type Imported, importVerdict } from '../../editor/import-words.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { localStore } from '../../parts/local-store.ts';
import { StatusBadge } from '../../parts/status/status-badge.tsx';

const looks = { loss: 'FAILED', warning: 'PAUSED', info: 'COMPLETED' } as const;

const nothing: Chosen = { text: '', file: '' };

/** Definitions of Conductor become definitions of ours: what has no equivalent is told before anything is kept. */
export function ImportPage() {
  usePageTitle('Import');
  const translate = useMutation({ mutationFn: translated });

  return (
    <>
      <div className="page-head">
        <h1>Import</h1>
      </div>
      <Panel title="Conductor definition">
        <SourceForm onTranslate={translate.mutate} isPending={translate.isPending} />
        {translate.error !== null && <ProblemNote error={translate.error} />}
      </Panel>
      {translate.data?.definitions.map((definition) => (
        <ImportedDefinition
          key={`${definition.id} ${definition.version} ${definition.name}`}
          definition={definition}
        />
      ))}
    </>
  );
}

type Sources = { readonly source: Chosen; readonly tasks: Chosen };
type SourceFormProps = { readonly onTranslate: (sources: Sources) => void; readonly isPending: boolean };

function SourceForm({ onTranslate, isPending }: SourceFormProps) {
  const [source, setSource] = useState(nothing);
  const [tasks, setTasks] = useState(nothing);

  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        onTranslate({ source, tasks });
      }}
    >
      <SourceField
        label="Workflow definition"
        help="JSON: one definition, a list of them, an export, a start request or the record of a run."
        chosen={source}
        onChoose={setSource}
      />
      <details>
        <summary>Task definitions (retries and timeouts)</summary>
        <SourceField
          label="Task definitions"
          help="JSON, where they are not in the same file."
          chosen={tasks}
          onChoose={setTasks}
        />
      </details>
      <div className="form-end">
        <button type="submit" className="primary" disabled={source.text.trim() === '' || isPending}>
          {isPending ? 'Translating ...' : 'Translate'}
        </button>
        <span className="soft">Nothing is saved: the result opens in the editor.</span>
      </div>
    </form>
  );
}

function translated({ source, tasks }: Sources): Promise<ImportReport> {
  return postJson(['definitions', 'import'], {
    text: source.text,
    ...(source.file === '' ? { file: 'conductor.json' } : { file: source.file }),
    ...(tasks.text.trim() === '' ? {} : { tasks: tasks.text }),
  });
}

/** One definition as it was translated, with all that is to be said about it. */
function ImportedDefinition({ definition }: { readonly definition: Imported }) {
  const { name, id, version, text, entries, problems } = definition;

  return (
    <Panel
      title={`${name}: ${id} v${version}`}
      note={importVerdict(definition)}
      actions={<OpenButtons id={id} text={text} />}
      isFlush={entries.length > 0}
      empty={entries.length + problems.length === 0 ? <p>Nothing to report.</p> : undefined}
    >
      {entries.length > 0 && <Entries entries={entries} />}
      {problems.length > 0 && (
        <ul className="import-problems" aria-label={`What our checker says of ${id}`}>
          {problems.map(({ line, path, message, code }) => (
            <li key={`${line} ${path} ${code}`}>
              line {line ?? '-'}, {path}: {message} <code>{code}</code>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

/** The editor takes it from the browser: it is a draft like any other. */
function OpenButtons({ id, text }: Pick<Imported, 'id' | 'text'>) {
  const [, navigate] = useLocation();
  const [isRefused, setRefused] = useState(false);
  const open = (): void => {
    if (keepDraft(localStore(), `import:${id}`, { text, at: Date.now() }))
      navigate(`/new?import=${encodeURIComponent(id)}`);
    else setRefused(true);
  };

  return (
    <>
      {isRefused && (
        <span role="alert">This browser does not keep drafts: copy the text into the editor.</span>
      )}
      <CopyButton text={text} label="Copy the YAML" />
      <button type="button" className="primary" onClick={open}>
        Open in the editor
      </button>
    </>
  );
}

function Entries({ entries }: Pick<Imported, 'entries'>) {
  return (
    <div className="table-scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">Of</th>
            <th scope="col">Why</th>
            <th scope="col">Became</th>
            <th scope="col">Where</th>
          </tr>
        </thead>
        <tbody>
          {entries.map(({ severity, task, construct, reason, became, path }) => (
            <tr key={`${path} ${construct} ${reason}`}>
              <td>
                <StatusBadge status={looks[severity]} word={severity} />
              </td>
              <td>
                {task !== undefined && <span className="mono">{task} </span>}
                {construct}
              </td>
              <td>{reason}</td>
              <td>{became ?? '-'}</td>
              <td className="mono">{path === '' ? '/' : path}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A text, and the name of the file that it was read from; '' where it was pasted. */
type Chosen = { readonly text: string; readonly file: string };

type SourceFieldProps = {
  readonly label: string;
  readonly help: string;
  readonly chosen: Chosen;
  readonly onChoose: (chosen: Chosen) => void;
};

/** A text to paste, or a file to take it from. */
function SourceField({ label, help, chosen: { text, file }, onChoose }: SourceFieldProps) {
  const id = useId();
  const take = async (found: File | undefined): Promise<void> => {
    if (found !== undefined) onChoose({ text: await found.text(), file: found.name });
  };

  return (
    <div className="field">
      <label htmlFor={id}>
        <strong>{label}</strong>
      </label>
      <textarea
        id={id}
        className="mono import-text"
        value={text}
        spellCheck={false}
        aria-describedby={`${id}-help`}
        onChange={({ target }) => onChoose({ text: target.value, file })}
      />
      <span id={`${id}-help`} className="field-help">
        {help}
      </span>
      <input
        type="file"
        aria-label={`${label} from a file`}
        accept=".json,application/json"
        onChange={({ target }) => void take(target.files?.[0])}
      />
    </div>
  );
}
