import { useState } from 'react';
import { withVersion } from '../../editor/definition-head.ts';
import { countedProblems } from '../../editor/diagnostics.ts';
import { StatusBadge } from '../../parts/status-badge.tsx';
import { useSession } from '../../session/session.ts';
import { PublishDialog } from './publish-dialog.tsx';
import { SaveDialog } from './save-dialog.tsx';
import type { Check } from './use-check.ts';
import type { Source } from './use-source.ts';

export type EditorFooterProps = {
  readonly source: Source;
  readonly text: string;
  readonly check: Check;
  readonly setText: (text: string) => void;
  readonly onSaved: () => void;
};

/** The state of the check, and what may be done with the text. */
export function EditorFooter({ source, text, check, setText, onSaved }: EditorFooterProps) {
  const [open, setOpen] = useState<'publish' | 'save'>();
  const { readOnly } = useSession();
  const definition = check.report?.definition;
  const isReady = check.report?.ok === true && !check.isBehind && definition !== undefined;

  return (
    <footer className="editor-footer">
      <CheckState check={check} />
      <NextVersion source={source} text={text} version={definition?.version} setText={setText} />
      <span className="end">
        <button type="button" disabled={readOnly} onClick={() => setOpen('save')}>
          Save to a file ...
        </button>
        <button
          type="button"
          className="primary"
          disabled={!isReady || readOnly}
          onClick={() => setOpen('publish')}
        >
          {definition === undefined ? 'Publish ...' : `Publish v${definition.version} ...`}
        </button>
      </span>
      {open === 'save' && (
        <SaveDialog text={text} file={source.file} onClose={() => setOpen(undefined)} onSaved={onSaved} />
      )}
      {open === 'publish' && (
        <PublishDialog
          path={['definitions', 'publish']}
          body={{ text, file: source.file }}
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
      <button type="button" onClick={() => setText(withVersion(text, next))}>
        Make it version {next}
      </button>
    </span>
  );
}
