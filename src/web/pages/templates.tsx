import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useLocation } from 'wouter';
import type { DefinitionTemplate } from '../../api/definitions.ts';
import type { GalleryList, GalleryTemplate } from '../../api/gallery.ts';
import { postJson, useApi } from '../api/client.ts';
import { ChangeButton } from '../parts/action-button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Panel } from '../parts/panel.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';
import { useUrlState } from '../parts/use-url-state.ts';
import { usePageTitle } from '../session/page-title.ts';
import { FilterBar } from './filter-bar.tsx';
import { ListPanel } from './list-panel.tsx';
import './templates.css';
import { type FormEvent, useState } from 'react';
import { GraphThumbnail } from '../charts/graph-thumbnail.tsx';
import { freeId } from '../editor/definition-head.ts';
import { templateFacts } from './template-facts.ts';

/** The library that comes with the program: to be copied under another name. */
export function TemplatesPage() {
  usePageTitle('Templates');
  const [filter, setFilter] = useUrlState('q');
  const query = useApi(['templates']);
  const templates = query.data?.templates ?? [];
  const shown = templates.filter((one) => fits(one, filter));

  return (
    <>
      <div className="page-head">
        <h1>Templates</h1>
        <FilterBar
          label="Filter templates"
          value={filter}
          onChange={setFilter}
          shown={shown.length}
          of={templates.length}
        />
        <Link href="/new" className="button">
          Start from scratch
        </Link>
      </div>
      {shown.length === 0 ? (
        <ListPanel
          title="Library"
          query={query}
          there={templates.length}
          shown={0}
          onClear={() => setFilter('')}
          nothing={<p>The library is empty.</p>}
        >
          {null}
        </ListPanel>
      ) : (
        <Cards templates={shown} />
      )}
      <GalleryPanel filter={filter} />
    </>
  );
}

function Cards({ templates }: { readonly templates: readonly DefinitionTemplate[] }) {
  const { data } = useApi(['definitions']);
  const taken = new Set(data?.items.map(({ id }) => id));

  return (
    <ul className="templates">
      {templates.map((template) => (
        <li key={template.id}>
          <TemplateCard template={template} taken={taken} />
        </li>
      ))}
    </ul>
  );
}

function fits({ id, name = '', description = '', labels }: DefinitionTemplate, filter: string): boolean {
  return [id, name, description, ...Object.values(labels)]
    .join(' ')
    .toLowerCase()
    .includes(filter.trim().toLowerCase());
}

type TemplateCardProps = {
  readonly template: DefinitionTemplate;
  /** The ids that definitions of the project have already. */
  readonly taken: ReadonlySet<string>;
};

/** One template: its picture, what it is for, what it needs, what it asks for, and the way to use it. */
function TemplateCard({ template, taken }: TemplateCardProps) {
  const { id, name, description } = template;

  return (
    <article className="panel template" aria-label={name ?? id}>
      <TemplateGraph id={id} />
      <div>
        <h2>{name ?? id}</h2>
        <p className="soft mono">{id}</p>
      </div>
      {description !== undefined && <p>{description}</p>}
      <dl className="template-facts">
        {templateFacts(template).map(([fact, value]) => (
          <div key={fact}>
            <dt>{fact}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <UseTemplate id={id} free={freeId(id, taken)} taken={taken} />
    </article>
  );
}

type UseProps = { readonly id: string; readonly free: string; readonly taken: ReadonlySet<string> };

/** A copy needs a name of its own: one that is free is there already. */
function UseTemplate({ id, free, taken }: UseProps) {
  const [written, setWritten] = useState<string>();
  const [, navigate] = useLocation();
  const as = written ?? free;
  const isTaken = taken.has(as);
  const go = (event: FormEvent): void => {
    event.preventDefault();
    // A name that nobody wrote is looked for again by the editor: the list of those that are taken may be on its way.
    const named = written === undefined ? '' : `&as=${encodeURIComponent(written)}`;
    navigate(`/new?template=${encodeURIComponent(id)}${named}`);
  };

  return (
    <form className="template-use" onSubmit={go}>
      <label>
        <span className="soft">As</span>
        <input
          className="mono"
          value={as}
          required
          pattern="[a-z0-9][a-z0-9_\-]{0,62}"
          title="Lower-case letters, digits, _ and -"
          spellCheck={false}
          onChange={({ target }) => setWritten(target.value)}
        />
      </label>
      <button type="submit">Use</button>
      {isTaken && (
        <span className="soft">A definition of this name exists: this would be a new version of it.</span>
      )}
    </form>
  );
}

/** Its picture comes by itself: the text of the page does not wait for it. */
function TemplateGraph({ id }: { readonly id: string }) {
  const { data } = useApi(['definitions', id, 'graph']);

  return data === undefined ? <div className="template-gap" /> : <GraphThumbnail graph={data} />;
}

type GalleryLine = GalleryList['templates'][number];

/** What the galleries of the project have: installed once it is agreed to what it may do. */
function GalleryPanel({ filter }: { readonly filter: string }) {
  const query = useApi(['gallery']);
  const [chosen, setChosen] = useState<GalleryLine>();
  const words = filter.toLowerCase().split(/\s+/);
  const templates = (query.data?.templates ?? []).filter(({ name, title, description }) =>
    words.every((word) => `${name} ${title} ${description}`.toLowerCase().includes(word)),
  );

  return (
    <Panel
      title="Gallery"
      isLoading={query.isPending}
      error={query.data === undefined ? query.error : undefined}
      onRetry={() => void query.refetch()}
    >
      {query.data?.problems.map(({ gallery, code, message }) => (
        <p key={gallery} role="alert">
          The gallery {gallery} is left out: {message} <code>{code}</code>
        </p>
      ))}
      <ul className="gallery-list" aria-label="Templates of galleries">
        {templates.map((line) => (
          <li key={`${line.gallery}/${line.name}`}>
            <span>
              <strong>{line.title}</strong> <span className="mono">{`${line.name}@${line.version}`}</span>{' '}
              <span className="soft">of {line.gallery}</span>
            </span>
            <InstallButton line={line} onChoose={() => setChosen(line)} />
          </li>
        ))}
      </ul>
      {chosen !== undefined && <InstallDialog line={chosen} onClose={() => setChosen(undefined)} />}
    </Panel>
  );
}

type InstallProps = { readonly line: GalleryLine; readonly onChoose: () => void };

/** A newer version is taken on the command line, which compares it with past runs first. */
function InstallButton({ line: { name, title, version, installed }, onChoose }: InstallProps) {
  if (installed === version) return <span className="soft">Installed</span>;
  if (installed !== undefined) return <code>workflow gallery update {name}</code>;

  return (
    <ChangeButton aria-label={`Install ${title} ...`} onClick={onChoose}>
      Install ...
    </ChangeButton>
  );
}

function useInstall({ name, gallery, version }: GalleryLine) {
  const queries = useQueryClient();

  return useMutation({
    mutationFn: ({ sha256 }: GalleryTemplate) =>
      postJson(['gallery', name, 'install'], { gallery, version, sha256 }),
    onSuccess: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ['gallery'] }),
        queries.invalidateQueries({ queryKey: ['definitions'] }),
      ]),
  });
}

/** What the template may do stands there before there is anything to agree to. */
function InstallDialog({ line, onClose }: { readonly line: GalleryLine; readonly onClose: () => void }) {
  const { name, gallery, version, title } = line;
  const { data, error, isPending } = useApi(['gallery', name], { gallery, version });
  const install = useInstall(line);
  const isDone = install.data !== undefined;

  return (
    <Dialog
      title={`Install ${title}`}
      isOpen
      onClose={onClose}
      footer={
        <>
          <button type="button" data-first-focus onClick={onClose}>
            {isDone ? 'Close' : 'Do not install'}
          </button>
          {data !== undefined && !isDone && (
            <button
              type="button"
              className="primary"
              disabled={install.isPending}
              onClick={() => install.mutate(data)}
            >
              {install.isPending ? 'Verifying and testing ...' : 'Install'}
            </button>
          )}
        </>
      }
    >
      {isPending && <p>Loading ...</p>}
      {error !== null && <ProblemNote error={error} />}
      {data !== undefined && <Permissions template={data} />}
      {install.error !== null && <ProblemNote error={install.error} />}
      <p role="status">{isDone && `${name}@${version} is in ${install.data.folder}`}</p>
    </Dialog>
  );
}

const meaning: Readonly<Record<keyof GalleryTemplate['permissions'], string>> = {
  commands: 'Runs commands',
  hosts: 'Sends requests to',
  files: 'Uses files',
  actions: 'Uses actions',
  workflows: 'Starts definitions',
  stations: 'Has other stations do',
  events: 'Publishes events',
  triggers: 'Is started by',
  secrets: 'Reads secrets',
  agents: 'Gives work to agents',
  skills: 'Gives work to skills',
};

function Permissions({ template }: { readonly template: GalleryTemplate }) {
  const { description, signedBy, sha256, tests, permissions } = template;
  const kinds = (Object.keys(meaning) as (keyof typeof meaning)[]).filter(
    (kind) => permissions[kind].length > 0,
  );

  return (
    <>
      <p>{description}</p>
      <p className="soft">
        {signedBy === undefined ? 'It comes with the program' : `Signed by key ${signedBy}`}, digest{' '}
        <span className="mono">{sha256.slice(0, 16)}</span>, {tests} tests.
      </p>
      <h3>What it may do</h3>
      {kinds.length === 0 && <p>Needs no permissions: it only computes and asks people.</p>}
      <dl className="template-facts">
        {kinds.map((kind) => (
          <div key={kind}>
            <dt>{meaning[kind]}</dt>
            <dd>
              {permissions[kind].map((each) => (
                <div key={each} className="mono">
                  {each}
                </div>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}
