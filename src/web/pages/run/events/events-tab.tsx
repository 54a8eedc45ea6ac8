import { useState } from 'react';
import { apiPath } from '../../../api/client.ts';
import { useUrlState } from '../../../parts/use-url-state.ts';
import { type TimeMode, useTimeMode } from '../../../time/zone.ts';
import { Choice } from '../choice.tsx';
import type { RunPageState } from '../run-view.ts';
import { type EventSearch, useEventTypes } from './event-queries.ts';
import { EventsAll } from './events-all.tsx';
import { EventsFound } from './events-found.tsx';

/** Every event of the run, the newest first; all that fits a filter, or any place of all of them. */
export function EventsTab({ view }: { readonly view: RunPageState }) {
  const [type, setType] = useUrlState('type');
  const [task, setTask] = useUrlState('of');
  const [text, setText] = useUrlState('q');
  const { page } = view;
  const types = useEventTypes(page);
  const filter: EventSearch = { type, task, text };
  const isFiltered = type !== '' || task !== '' || text !== '';

  return (
    <div className="run-part">
      <div className="run-bar">
        <TextFilter value={text} onChange={setText} />
        <Choice label="Type" value={type} options={types} onChange={setType} />
        <Choice label="Task" value={task} options={page.tasks.map(({ id }) => id)} onChange={setTask} />
        <TimeChoice />
        <a href={apiPath(['runs', page.run, 'export'])} download={`${page.shortId}.jsonl`}>
          Download JSONL
        </a>
      </div>
      {isFiltered ? <EventsFound view={view} filter={filter} /> : <EventsAll view={view} />}
    </div>
  );
}

function TextFilter({
  value,
  onChange,
}: {
  readonly value: string;
  readonly onChange: (text: string) => void;
}) {
  const [typed, setTyped] = useState(value);

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onChange(typed.trim());
      }}
    >
      <input
        type="search"
        aria-label="Text in events"
        placeholder="Text in events, Enter"
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          if (event.target.value === '') onChange('');
        }}
      />
    </form>
  );
}

const modes: readonly TimeMode[] = ['relative', 'local', 'utc'];

function TimeChoice() {
  const [mode, setMode] = useTimeMode();

  return (
    <label className="choice">
      <span className="soft">Times</span>
      <select value={mode} onChange={(event) => setMode(event.target.value as TimeMode)}>
        {modes.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
    </label>
  );
}
