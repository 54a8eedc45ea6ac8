import { useMutation } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import type { CheckReport } from '../../../api/definitions.ts';
import type { TextProblem } from '../../../api/problem.ts';
import { ApiProblem, postJson } from '../../api/client.ts';
import { CodeEditor } from '../../editor/code-editor.tsx';
import { textWithVersion } from '../../editor/definition-head.ts';
import { countedProblems } from '../../editor/diagnostics.ts';
import { lineOfNode, nodeAtLine } from '../../editor/node-lines.ts';
import { useNames, useSchema, useWords } from '../../editor/use-schema.ts';
import { ChangeButton } from '../../parts/action-button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { StatusBadge } from '../../parts/status/status-badge.tsx';
import { TimeText } from '../../parts/time-text.tsx';
import { Preview } from './preview.tsx';
import { PublishDialog } from './publish-dialog.tsx';
import { type Drafted, useDraft } from './use-draft.ts';
import { type Check, type Source, useCheck } from './use-source.ts';

const lostText =
  'This browser keeps no drafts: what is not published or saved to a file is lost with the page.';

const none: readonly TextProblem[] = [];

/** The text on one side, what it means on the other. The text is the only truth: the graph never writes into it. */
export function Workbench({ source }: { readonly source: Source }) {
  const draft = useDraft(source);
  const check = useCheck(draft.text, source.file);
  const known = useKnown(check.report);
  const places = usePlaces(check.report);

  return (
    <>
      <DraftNote draft={draft} error={check.error} />
      <div className="workbench">
        <CodeEditor
          text={draft.text}
          replacement={draft.replacement}
          label={`${source.file} as YAML`}
          problems={check.report?.problems ?? none}
          known={known}
          goTo={places.goTo}
          onText={draft.setText}
          onLine={places.setLine}
        />
        <Preview
          text={draft.text}
          source={source}
          check={check}
          {...places.shown}
          onNode={places.toNode}
          onLine={places.toLine}
        />
      </div>
      <EditorFooter
        source={source}
        text={draft.text}
        check={check}
        onSaved={draft.discardKept}
        setText={draft.replace}
      />
    </>
  );
}

/** What the editor offers and tells: it may come late, and the editor is there before. */
function useKnown(report: CheckReport | undefined) {
  const schema = useSchema();
  const words = useWords(report);
  const names = useNames(words);

  return useMemo(() => ({ schema, words, names }), [schema, words, names]);
}

/** Where the cursor is, where it is to go, and which task stands there. */
function usePlaces(report: CheckReport | undefined) {
  const [line, setLine] = useState(1);
  const [goTo, setGoTo] = useState<{ readonly line: number }>();
  const graph = useLastGraph(report);
  const toLine = useCallback((number: number) => setGoTo({ line: number }), []);
  const toNode = useCallback(
    (id: string) => {
      const found = graph === undefined ? undefined : lineOfNode(graph, id);
      if (found !== undefined) toLine(found);
    },
    [graph, toLine],
  );

  const selected = graph === undefined ? undefined : nodeAtLine(graph, line);

  return { shown: { line, graph, selected }, setLine, goTo, toLine, toNode };
}

/** While a text is half written there is no graph of it: that of a moment ago is better than none. */
function useLastGraph(report: CheckReport | undefined): CheckReport['graph'] {
  const [last, setLast] = useState(report?.graph);
  if (report?.graph !== undefined && report.graph !== last) setLast(report.graph);

  return report?.graph ?? last;
}

/** `error`: why the text could not be checked, if it could not. */
type DraftNoteProps = { readonly draft: Drafted; readonly error: unknown };

/** Says that the text is a draft, where it is kept, and offers the way back to what was there before. */
function DraftNote({ draft: { restored, state, discard }, error }: DraftNoteProps) {
  if (restored === undefined && state === 'none') return null;
  const isUnreached = error instanceof ApiProblem && error.problem.status === 0;

  return (
    <div className="draft-note" role="status">
      {restored === undefined ? (
        <p>{state === 'kept' ? 'A draft: not published, nor saved to a file.' : lostText}</p>
      ) : (
        <p>
          This is your draft of <TimeText iso={new Date(restored.at).toISOString()} />.
        </p>
      )}
      {state === 'kept' && <p className="soft">Kept in this browser, even after you close the page.</p>}
      {state === 'kept' && isUnreached && <p>The engine cannot be reached. You can keep writing.</p>}
      <button type="button" className="quiet" onClick={discard}>
        Discard it
      </button>
    </div>
  );
}

type EditorFooterProps = {
  readonly source: Source;
  readonly text: string;
  readonly check: Check;
  readonly setText: (text: string) => void;
  readonly onSaved: () => void;
};

/** The state of the check, and what may be done with the text. */
function EditorFooter({ source, text, check, setText, onSaved }: EditorFooterProps) {
  const [open, setOpen] = useState<'publish' | 'save'>();
  const definition = check.report?.definition;
  const isReady = check.report?.ok === true && !check.isBehind && definition !== undefined;

  return (
    <footer className="editor-footer">
      <CheckState check={check} />
      <NextVersion source={source} text={text} version={definition?.version} setText={setText} />
      <span className="end">
        <ChangeButton onClick={() => setOpen('save')}>Save to a file ...</ChangeButton>
        <ChangeButton
          className="primary"
          unavailable={isReady ? undefined : 'The text is to be checked and without problems first.'}
          onClick={() => setOpen('publish')}
        >
          {definition === undefined ? 'Publish ...' : `Publish v${definition.version} ...`}
        </ChangeButton>
      </span>
      {open === 'save' && (
        <SaveDialog text={text} file={source.file} onClose={() => setOpen(undefined)} onSaved={onSaved} />
      )}
      {open === 'publish' && (
        <PublishDialog
          what={[source.file, text]}
          publish={(how) => postJson(['definitions', 'publish'], { text, file: source.file, ...how })}
          onClose={() => setOpen(undefined)}
          onPublished={onSaved}
        />
      )}
    </footer>
  );
}

function CheckState({ check: { report, isBehind, error } }: Pick<EditorFooterProps, 'check'>) {
  const status = report === undefined || isBehind ? 'PENDING' : report.ok ? 'COMPLETED' : 'FAILED';
  const said = report === undefined ? 'checking' : countedProblems(report.problems);

  return (
    <output aria-label="Check">
      <StatusBadge
        status={error === null ? status : 'FAILED'}
        word={error === null ? (isBehind ? 'checking' : said) : 'not checked'}
      />
    </output>
  );
}

type NextVersionProps = Pick<EditorFooterProps, 'source' | 'text' | 'setText'> & {
  readonly version: number | undefined;
};

/** What is registered never changes: a changed text needs another version. */
function NextVersion({ source, text, version = 0, setText }: NextVersionProps) {
  const { registered, before } = source;
  if (version === 0 || version > registered || text === before?.text) return null;
  const next = registered + 1;

  return (
    <span className="next-version">
      Version {version} is published already.
      <button type="button" onClick={() => setText(textWithVersion(text, next))}>
        Make it version {next}
      </button>
    </span>
  );
}

type SaveDialogProps = {
  readonly text: string;
  readonly file: string;
  readonly onClose: () => void;
  readonly onSaved: () => void;
};

/** Writes the text into a file of the project. A file that is there is replaced only when that is said. */
function SaveDialog({ text, file, onClose, onSaved }: SaveDialogProps) {
  const [name, setName] = useState(file.replace(/^definitions\//, ''));
  const [replace, setReplace] = useState(false);
  const save = useMutation({
    mutationFn: () => postJson(['definitions', 'save'], { file: name, text, replace }),
    onSuccess: onSaved,
  });
  const isThere = save.error instanceof ApiProblem && save.error.problem.code === 'definition.file-exists';

  return (
    <Dialog
      title="Save to a file"
      isOpen
      onClose={onClose}
      footer={<SaveFooter save={save} onClose={onClose} />}
    >
      <label className="field">
        <strong>File in the folder definitions/</strong>
        <input value={name} onChange={(event) => setName(event.target.value)} spellCheck={false} />
        <span className="field-help">For example orders.yaml. Committing the file is up to you.</span>
      </label>
      {(isThere || replace) && (
        <div className="field">
          <label className="check">
            <input type="checkbox" checked={replace} onChange={(event) => setReplace(event.target.checked)} />
            Replace the existing file
          </label>
        </div>
      )}
      {save.error !== null && <ProblemNote error={save.error} />}
      {save.isSuccess && <output>Saved to definitions/{name}.</output>}
    </Dialog>
  );
}

type SaveFooterProps = {
  readonly save: { readonly mutate: () => void; readonly isPending: boolean; readonly isSuccess: boolean };
  readonly onClose: () => void;
};

function SaveFooter({ save, onClose }: SaveFooterProps) {
  return (
    <>
      <button type="button" onClick={onClose}>
        {save.isSuccess ? 'Close' : 'Do not save'}
      </button>
      {!save.isSuccess && (
        <button type="button" className="primary" disabled={save.isPending} onClick={() => save.mutate()}>
          {save.isPending ? 'Saving ...' : 'Save'}
        </button>
      )}
    </>
  );
}
