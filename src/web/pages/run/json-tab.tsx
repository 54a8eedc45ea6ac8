import { apiPath } from '../../api/client.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { DataTree } from '../../parts/data-tree.tsx';
import type { RunView } from './run-view.ts';

/** The run as the API tells it, and all of its events to take away. */
export function JsonTab({ view: { page, url } }: { readonly view: RunView }) {
  const params = url.at === undefined ? {} : { at: url.at };

  return (
    <div className="run-part">
      <div className="run-bar">
        <CopyButton text={JSON.stringify(page, null, 2)} label="Copy the JSON" />
        <a href={apiPath(['runs', page.run], params)} download={`${page.shortId}.json`}>
          Download the run
        </a>
        <a href={apiPath(['runs', page.run, 'export'])} download={`${page.shortId}.jsonl`}>
          Download its events
        </a>
      </div>
      <DataTree value={JSON.parse(JSON.stringify(page))} label="The run as JSON" openDepth={1} />
    </div>
  );
}
