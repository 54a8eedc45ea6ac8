import { useState } from 'react';
import { useLocation } from 'wouter';
import { keepDraft } from '../../editor/draft.ts';
import { type Imported, verdictOf } from '../../editor/import-words.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { localStore } from '../../parts/local-store.ts';
import { Panel } from '../../parts/panel.tsx';
import { StatusBadge } from '../../parts/status-badge.tsx';

/** One definition as it was translated, with all that is to be said about it. */
export function ImportedDefinition({ definition }: { readonly definition: Imported }) {
  const { name, id, version, text, entries, problems } = definition;

  return (
    <Panel
      title={`${name}: ${id} v${version}`}
      note={verdictOf(definition)}
      actions={<OpenButtons id={id} text={text} />}
      isFlush={entries.length > 0}
      empty={entries.length + problems.length === 0 ? <p>There is nothing to say about it.</p> : undefined}
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
      {isRefused && <span role="alert">This browser keeps no drafts: copy the text into the editor.</span>}
      <CopyButton text={text} label="Copy the YAML" />
      <button type="button" className="primary" onClick={open}>
        Open in the editor
      </button>
    </>
  );
}

const looks = { loss: 'FAILED', warning: 'PAUSED', info: 'COMPLETED' } as const;

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
