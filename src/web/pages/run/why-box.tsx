import type { RunPage } from '../../../api/run.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { DataTree } from '../../parts/data-tree.tsx';
import { statusLook } from '../../parts/status-look.ts';
import { arranged } from './action-words.ts';
import { AskButton } from './ask-button.tsx';
import type { RunView } from './run-view.ts';
import { Told } from './told.tsx';

/** Why a run is not green, in words, and what would help. Nothing for one that is. */
export function WhyBox({ view }: { readonly view: RunView }) {
  const { page } = view;
  if (page.why.length === 0 && page.waitsFor.length === 0 && page.error === undefined) return null;
  const [first, ...more] = page.why;

  return (
    <section className="why" data-hue={statusLook(page.shown).hue} aria-label="Why">
      {first === undefined ? null : (
        <p className="why-first">
          <Told text={first} />
        </p>
      )}
      {more.map((line) => (
        <p key={line}>
          <Told text={line} />
        </p>
      ))}
      <RunError page={page} />
      <ul>
        {page.waitsFor.map((wait) => (
          <Wait key={`${wait.task ?? ''} ${wait.reason}`} wait={wait} view={view} />
        ))}
      </ul>
      {page.damage === undefined ? null : <pre>{page.damage}</pre>}
    </section>
  );
}

function RunError({ page }: { readonly page: RunPage }) {
  const { error, why } = page;
  if (error === undefined) return null;
  const isTold = why.some((line) => line.includes(error.message));

  return (
    <div>
      <p>
        <code>{error.code}</code> {isTold ? null : error.message}
      </p>
      {error.details === undefined || error.details === null ? null : (
        <details>
          <summary>Evidence</summary>
          <DataTree value={error.details} label="Details of the error" />
        </details>
      )}
    </div>
  );
}

type WaitProps = { readonly wait: RunPage['waitsFor'][number]; readonly view: RunView };

function Wait({ wait, view: { page, go } }: WaitProps) {
  const { task } = wait;
  const { primary } = arranged(page.actions);
  const actions = page.actions.filter(
    (action) => task !== undefined && action.task === task && action !== primary,
  );
  const isTold = page.why.some((line) => line.includes(wait.reason));

  return (
    <li className={wait.unattended === true ? 'why-wait unattended' : 'why-wait'}>
      {task === undefined ? null : (
        <button type="button" className="quiet mono" onClick={() => go({ task })}>
          {task}
        </button>
      )}
      {isTold ? null : <Told text={wait.reason} />}
      {wait.fix === undefined ? null : (
        <span className="why-fix">
          <code>{wait.fix}</code>
          <CopyButton text={wait.fix} label="Copy" />
        </span>
      )}
      {actions
        .filter(({ kind }) => kind === 'approve' || kind === 'reject' || kind === 'signal')
        .map((action) => (
          <AskButton key={`${action.kind} ${action.signal ?? ''}`} action={action} page={page} />
        ))}
    </li>
  );
}
