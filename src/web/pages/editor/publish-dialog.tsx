import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import type { PublishReport } from '../../../api/definitions.ts';
import { postJson } from '../../api/client.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { useSession } from '../../session/session.ts';
import { PublishReportView } from './publish-report.tsx';

const RUNS_MAX = 20;

export type PublishDialogProps = {
  readonly text: string;
  readonly file: string;
  readonly onClose: () => void;
  readonly onPublished: () => void;
};

/** First what would become of the latest runs, then the act itself. Differences have to be accepted in words. */
export function PublishDialog(props: PublishDialogProps) {
  const { text, file, onClose } = props;
  const [accepts, setAccepts] = useState(false);
  const trial = useQuery({
    queryKey: ['publish-trial', text],
    queryFn: () =>
      postJson<PublishReport>(['definitions', 'publish'], { text, file, runsMax: RUNS_MAX, dryRun: true }),
    staleTime: 0,
    gcTime: 0,
  });
  const publish = usePublish(props, accepts);
  const differs = trial.data?.reports.some(({ outcome }) => outcome !== 'same') === true;
  const mayPublish = trial.data !== undefined && (!differs || accepts) && !publish.isPending;
  const name =
    trial.data === undefined ? '' : ` ${trial.data.definition.id} v${trial.data.definition.version}`;
  const isDone = publish.data !== undefined && publish.data.outcome !== 'different';

  return (
    <Dialog
      title={`Publish${name}`}
      isOpen
      onClose={onClose}
      footer={
        <Footer
          isDone={isDone}
          mayPublish={mayPublish}
          isBusy={publish.isPending}
          onPublish={publish.mutate}
          onClose={onClose}
        />
      }
    >
      {trial.isPending && <p>Holding it against the latest {RUNS_MAX} runs ...</p>}
      {trial.error !== null && <ProblemNote error={trial.error} onRetry={() => void trial.refetch()} />}
      {trial.data !== undefined && !isDone && <PublishReportView report={trial.data} />}
      {differs && !isDone && <Acceptance accepts={accepts} onAccept={setAccepts} />}
      {publish.error !== null && <ProblemNote error={publish.error} />}
      {publish.data !== undefined && <Outcome report={publish.data} />}
    </Dialog>
  );
}

function usePublish({ text, file, onPublished }: PublishDialogProps, acceptDifferences: boolean) {
  const queries = useQueryClient();

  return useMutation({
    mutationFn: () =>
      postJson<PublishReport>(['definitions', 'publish'], {
        text,
        file,
        runsMax: RUNS_MAX,
        acceptDifferences,
      }),
    onSuccess: async ({ outcome }) => {
      if (outcome === 'different') return;
      onPublished();
      await queries.invalidateQueries({ queryKey: ['definitions'] });
    },
  });
}

type FooterProps = {
  readonly isDone: boolean;
  readonly mayPublish: boolean;
  readonly isBusy: boolean;
  readonly onPublish: () => void;
  readonly onClose: () => void;
};

function Footer({ isDone, mayPublish, isBusy, onPublish, onClose }: FooterProps) {
  return (
    <>
      <button type="button" onClick={onClose}>
        {isDone ? 'Close' : 'Do not publish'}
      </button>
      {!isDone && (
        <button type="button" className="primary" disabled={!mayPublish} onClick={onPublish}>
          {isBusy ? 'Publishing ...' : 'Publish'}
        </button>
      )}
    </>
  );
}

function Acceptance({
  accepts,
  onAccept,
}: {
  readonly accepts: boolean;
  readonly onAccept: (accepts: boolean) => void;
}) {
  return (
    <div className="field">
      <label className="check">
        <input type="checkbox" checked={accepts} onChange={(event) => onAccept(event.target.checked)} />I have
        read the differences: new runs may go these other ways
      </label>
    </div>
  );
}

function Outcome({ report: { outcome, definition } }: { readonly report: PublishReport }) {
  const { actor } = useSession();
  const name = `${definition.id} v${definition.version}`;
  if (outcome === 'different')
    return <p role="alert">It was not published: runs would have gone another way.</p>;

  return (
    <output className="published">
      {outcome === 'known'
        ? `${name} was there already, with the same text.`
        : `${name} is published, by ${actor}.`}{' '}
      <Link href={`/start/${encodeURIComponent(definition.id)}`}>Start a run</Link>
    </output>
  );
}
