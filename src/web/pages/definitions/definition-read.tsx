import { Link } from 'wouter';
import type { DefinitionPage } from '../../../api/definitions.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Panel } from '../../parts/panel.tsx';

/** What it says about itself, what it asks for, and its text. */
export function DefinitionRead({ definition }: { readonly definition: DefinitionPage }) {
  return (
    <div className="definition-read">
      <Panel
        title="Text"
        note={definition.file}
        actions={<CopyButton text={definition.text} label="Copy the text" />}
        isFlush
      >
        <NumberedText text={definition.text} />
      </Panel>
      <div className="form">
        <Panel title="About">
          <About definition={definition} />
        </Panel>
        <Panel
          title="Inputs"
          empty={definition.fields.length === 0 ? <p>It asks for nothing.</p> : undefined}
        >
          <Inputs fields={definition.fields} />
        </Panel>
      </div>
    </div>
  );
}

/** Numbers that can be named in a link or a message; they are not copied with the text. */
function NumberedText({ text }: { readonly text: string }) {
  const lines = text.replace(/\n$/, '').split('\n');

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard (WCAG 2.1.1).
    <section className="numbered-text" aria-label="Text of the definition" tabIndex={0}>
      <pre aria-hidden="true" className="soft">
        {lines.map((_, index) => index + 1).join('\n')}
      </pre>
      <pre>{text}</pre>
    </section>
  );
}

function About({ definition }: { readonly definition: DefinitionPage }) {
  const { description, labels, agents, triggers, tasks, source, hash } = definition;
  const facts: readonly (readonly [string, string])[] = [
    ['Tasks', String(tasks)],
    ['Agents', agents.join(', ')],
    ['Triggers', triggers.join(', ')],
    ...Object.entries(labels).map(([name, value]) => [name, value] as const),
    ['Source', source],
    ['Digest', hash],
  ];

  return (
    <>
      {description !== undefined && <p className="definition-about">{description}</p>}
      <dl className="facts">
        {facts
          .filter(([, value]) => value !== '')
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      {triggers.length > 0 && (
        <Link href={`/triggers?q=${encodeURIComponent(definition.id)}`}>Its triggers</Link>
      )}
    </>
  );
}

function Inputs({ fields }: Pick<DefinitionPage, 'fields'>) {
  return (
    <dl className="facts">
      {fields.map(({ name, required, type, description, default: standard }) => (
        <div key={name}>
          <dt className="mono">{name}</dt>
          <dd>
            {[
              type,
              required ? 'required' : '',
              standard === undefined ? '' : `default ${JSON.stringify(standard)}`,
            ]
              .filter(Boolean)
              .join(', ')}
            {description !== undefined && <p className="soft">{description}</p>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
