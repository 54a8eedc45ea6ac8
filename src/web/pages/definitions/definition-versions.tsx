import { useState } from 'react';
import { Link } from 'wouter';
import type { DefinitionPage } from '../../../api/definitions.ts';
import { postJson, useApi } from '../../api/client.ts';
import { DiffView } from '../../editor/diff-view.tsx';
import { Panel } from '../../parts/panel.tsx';
import { TimeText } from '../../parts/time-text.tsx';
import '../row-actions.css';
import { ChangeButton } from '../../parts/action-button.tsx';
import { PublishDialog } from '../editor/publish-dialog.tsx';

type Pair = { readonly from: number; readonly to: number };

/** Its versions with how their runs went, and what changed from one to the next. */
export function DefinitionVersions({ definition }: { readonly definition: DefinitionPage }) {
  const { id, history } = definition;
  const [latest, before] = history;
  const [pair, setPair] = useState<Pair | undefined>(
    latest === undefined || before === undefined ? undefined : { from: before.version, to: latest.version },
  );

  return (
    <div className="form">
      <Panel
        title="Versions"
        isFlush={history.length > 0}
        empty={
          history.length === 0 ? (
            <p>No version is registered yet. Start a run or publish it to register one.</p>
          ) : undefined
        }
      >
        <VersionTable id={id} history={history} onCompare={setPair} />
      </Panel>
      {pair !== undefined && <VersionDiff id={id} pair={pair} />}
    </div>
  );
}

type TableProps = Pick<DefinitionPage, 'id' | 'history'> & { readonly onCompare: (pair: Pair) => void };

function VersionTable({ id, history, onCompare }: TableProps) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Version</th>
          <th scope="col">Published</th>
          <th scope="col" className="number">
            Under way
          </th>
          <th scope="col" className="number">
            Ended
          </th>
          <th scope="col" className="number">
            Completed
          </th>
          <th scope="col">Digest</th>
          <th scope="col">
            <span className="sr-only">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {history.map((one, index) => (
          <VersionRow
            key={one.version}
            id={id}
            one={one}
            older={history[index + 1]?.version}
            isOld={history.some((other) => other.isRegistered && other.version > one.version)}
            onCompare={onCompare}
          />
        ))}
      </tbody>
    </table>
  );
}

type RowProps = Pick<TableProps, 'id' | 'onCompare'> & {
  readonly one: DefinitionPage['history'][number];
  readonly older: number | undefined;
  /** A higher one is registered. */
  readonly isOld: boolean;
};

function VersionRow({
  id,
  one: { version, running, ended, completed, hash, file, isRegistered, published },
  older,
  isOld,
  onCompare,
}: RowProps) {
  const path = `/definitions/${encodeURIComponent(id)}?version=${version}`;

  return (
    <tr>
      <th scope="row">
        <Link href={path}>v{version}</Link>
        <p className="soft mono">{file}</p>
      </th>
      <td>
        <Published published={published} isRegistered={isRegistered} />
      </td>
      <td className="number">{running}</td>
      <td className="number">{ended}</td>
      <td className="number">{ended === 0 ? '-' : `${Math.round((100 * completed) / ended)} %`}</td>
      <td className="mono">{hash.slice(0, 19)}</td>
      <td>
        <div className="row-actions">
          {older !== undefined && (
            <button type="button" onClick={() => onCompare({ from: older, to: version })}>
              Compare with v{older}
            </button>
          )}
          {isRegistered && isOld && <RollbackButton id={id} version={version} />}
        </div>
      </td>
    </tr>
  );
}

function Published({
  published,
  isRegistered,
}: Pick<DefinitionPage['history'][number], 'published' | 'isRegistered'>) {
  if (published === undefined)
    return <span className="soft">{isRegistered ? 'with a start' : 'not published'}</span>;
  const { by, at, reason } = published;

  return (
    <>
      <TimeText iso={at} /> by {by}
      {reason !== undefined && <p className="soft">{reason}</p>}
    </>
  );
}

function VersionDiff({ id, pair: { from, to } }: { readonly id: string; readonly pair: Pair }) {
  const { data, error, isPending, refetch } = useApi(
    ['definitions', id, 'diff'],
    { from, to },
    { keepsPrevious: true },
  );
  const title = `From version ${from} to ${to}`;

  return (
    <Panel title={title} isFlush isLoading={isPending} error={error} onRetry={() => void refetch()}>
      <DiffView lines={data?.lines ?? []} label={title} />
    </Panel>
  );
}

/** Publishes the text of an old version as a new one, once it was looked at what that changes. */
function RollbackButton({ id, version }: { readonly id: string; readonly version: number }) {
  const [isOpen, setOpen] = useState(false);

  return (
    <>
      <ChangeButton onClick={() => setOpen(true)}>Roll back to v{version} ...</ChangeButton>
      {isOpen && (
        <PublishDialog
          what={[id, version]}
          publish={(how) => postJson(['definitions', id, 'rollback'], { version, ...how })}
          title={`Roll back to v${version}: publish it again as`}
          onClose={() => setOpen(false)}
          onPublished={() => undefined}
        />
      )}
    </>
  );
}
