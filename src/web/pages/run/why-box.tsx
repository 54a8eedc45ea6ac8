import type { RunPage } from '../../../api/run.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { DataTree } from '../../parts/json/data-tree.tsx';
import { statusLook } from '../../parts/status/status-look.ts';
import { TimeText } from '../../parts/time-text.tsx';
import { arranged } from './actions/action-words.ts';
import { AskButton } from './actions/ask-button.tsx';
import type { RunPageState } from './run-view.ts';

const isoTime = /(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z)/;

/** Why a run is not green, in words, and what would help. Nothing for one that is. */
export function WhyBox({ view }: { readonly view: RunPageState }) {
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
      {page.problem === undefined ? null : <pre>{page.problem}</pre>}
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

type WaitProps = { readonly wait: RunPage['waitsFor'][number]; readonly view: RunPageState };

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

/** A sentence of the engine with the times in it as all other times of the page are told. */
function Told({ text }: { readonly text: string }) {
  // Split at a group that is kept: every second part is a time, and a part never moves.
  return text.split(isoTime).map((part, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the place of a part of one text is what it is.
    <span key={index}>{index % 2 === 1 ? <TimeText iso={part} /> : part}</span>
  ));
}
