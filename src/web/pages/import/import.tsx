import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { ImportReport } from '../../../api/definition-import.ts';
import { postJson } from '../../api/client.ts';
import { Panel } from '../../parts/panel.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { usePageTitle } from '../../session/page-title.ts';
import { ImportedDefinition } from './imported-definition.tsx';
import { type Chosen, SourceField } from './source-field.tsx';
import './import.css';

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
      <Panel title="A definition of Conductor">
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
        <summary>Task definitions, which hold retries and time-outs</summary>
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
        <span className="soft">Nothing is written: what comes out is opened in the editor.</span>
      </div>
    </form>
  );
}

function translated({ source, tasks }: Sources): Promise<ImportReport> {
  return postJson<ImportReport>(['definitions', 'import'], {
    text: source.text,
    ...(source.file === '' ? { file: 'conductor.json' } : { file: source.file }),
    ...(tasks.text.trim() === '' ? {} : { tasks: tasks.text }),
  });
}
