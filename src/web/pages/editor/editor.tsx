import { Link } from 'wouter';
import { Panel } from '../../parts/panel.tsx';
import { useUrlState } from '../../parts/use-url-state.ts';
import { usePageTitle } from '../../session/page-title.ts';
import { type SourceAnswer, useDefinitionSource, useImportedSource, useNewSource } from './use-source.ts';
import { Workbench } from './workbench.tsx';
import './editor.css';

/** A definition as text, with what the checker says, its graph, a test and the way to publish it. */
export function EditorPage({ params: { id } }: { readonly params: { readonly id?: string | undefined } }) {
  usePageTitle(id === undefined ? 'New definition' : `Edit ${id}`);

  const [imported] = useUrlState('import');
  if (id !== undefined) return <KnownEditor id={id} />;

  return imported === '' ? <NewEditor /> : <ImportedEditor id={imported} />;
}

function KnownEditor({ id }: { readonly id: string }) {
  return <Opened title={`Edit ${id}`} answer={useDefinitionSource(id)} />;
}

function NewEditor() {
  const [template] = useUrlState('template');
  const [as] = useUrlState('as');

  return <Opened title="New definition" answer={useNewSource({ template, as })} />;
}

function ImportedEditor({ id }: { readonly id: string }) {
  return <Opened title={`Imported ${id}`} answer={useImportedSource(id)} />;
}

function Opened({ title, answer }: { readonly title: string; readonly answer: SourceAnswer }) {
  const { source, error, onRetry } = answer;

  return (
    <>
      <div className="page-head">
        <h1>{title}</h1>
        <Link href="/definitions">All definitions</Link>
      </div>
      {source === undefined ? (
        <Panel
          title="Definition"
          isLoading={error === undefined || error === null}
          error={error}
          onRetry={onRetry}
        >
          {null}
        </Panel>
      ) : (
        <Workbench key={source.key} source={source} />
      )}
    </>
  );
}
