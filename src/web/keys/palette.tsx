import { type KeyboardEvent, useId, useState } from 'react';
import { useLocation } from 'wouter';
import { useApi } from '../api/client.ts';
import { areas } from '../app-pages.ts';
import { approvalPath } from '../pages/approvals/approval-order.ts';
import { Dialog } from '../parts/dialog.tsx';
import { nextIndex } from '../parts/roving.ts';
import { shownWaiting, statusLook } from '../parts/status/status-look.ts';
import { boundKeys } from './key-hub.ts';

const PLACES_MAX = 12;
const RUNS_MAX = 5;

/** Goes to any page, definition or run by a few letters of its name, and does what keys of the page do. */
export function Palette({ onClose }: { readonly onClose: () => void }) {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const [, navigate] = useLocation();
  const id = useId();
  const [actions] = useState(actionsHere);
  const places = usePlaces(text, actions);
  const go = (place: Place | undefined): void => {
    if (place === undefined) return;
    onClose();
    // Behind the end of this dialog, which gives the focus back.
    if ('act' in place) window.setTimeout(place.act);
    else navigate(place.path);
  };

  const hear = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') {
      // The focus goes back to what had it, which would be pressed by the rest of this very key.
      event.preventDefault();
      go(places[at]);
    }
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    setAt(nextIndex(event.key, { at, of: Math.max(1, places.length) }) ?? 0);
  };

  return (
    <Dialog title="Go to" isOpen onClose={onClose}>
      <input
        type="search"
        role="combobox"
        aria-label="Page, definition, run, agent or action"
        placeholder="key, label, agent, error, key=A-7, start ..."
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={places[at] === undefined ? undefined : `${id}-${at}`}
        data-first-focus
        value={text}
        onKeyDown={hear}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
      />
      <div id={id} role="listbox" aria-label="Places" className="places">
        {places.map((place, index) => (
          <div
            key={'act' in place ? place.kind : place.path}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === at}
            tabIndex={-1}
            onClick={() => go(place)}
            onKeyDown={hear}
          >
            {place.name} <span className="soft">{place.kind}</span>
          </div>
        ))}
      </div>
    </Dialog>
  );
}

type Place = { readonly name: string; readonly kind: string } & (
  | { readonly path: string }
  | { readonly act: () => void }
);

/** What keys do here, but for those that go to a page and the one that led here. */
function actionsHere(): readonly Place[] {
  return boundKeys()
    .filter(({ keys }) => keys !== 'Ctrl-K' && !keys.startsWith('g '))
    .map(({ keys, what, act }) => ({ name: what, kind: `key ${keys}`, act }));
}

/** As of `workflow list --where`: a field, what it is compared by, and the beginning of a value. */
const termsText =
  /(?:^|\s)(?:(?:label|input)\.[\w.-]+|key|status|definition|trigger|run|error|group|agent|active|owner|archived|started)(?:!?=|~|[<>]=?)\S/;

/** Runs by a text that something of them has, or by terms; how each is, and what went wrong. */
function useFoundRuns(text: string): readonly Place[] {
  const asked = termsText.test(text) ? { where: text } : { q: text };
  const runs = useApi(
    ['runs'],
    { ...asked, limit: RUNS_MAX },
    { isEnabled: text.trim() !== '', keepsPrevious: true },
  );
  if (text.trim() === '') return [];

  return (runs.data?.items ?? []).map((line) => {
    const { run, key, shortId, definition, labels = {}, agents = [], errorText } = line;
    const told = [
      ...[definition.id, statusLook(shownWaiting(line)).word],
      ...[...Object.entries(labels).map(([name, value]) => `${name}=${value}`), ...agents],
      ...(errorText === undefined ? [] : [errorText]),
    ];

    return {
      path: `/runs/${run}`,
      name: key === undefined ? shortId : `${key} ${shortId}`,
      kind: told.join(' · '),
    };
  });
}

/** Agents with their runs, and what waits for an answer. */
function usePeople(): readonly Place[] {
  const agents = useApi(['agents']);
  const approvals = useApi(['approvals'], { limit: 100 });

  return [
    ...(approvals.data?.items ?? []).map((one) => ({
      path: approvalPath(one),
      name: `${one.name ?? one.task} of ${one.definition.id} ${one.shortId}`,
      kind: 'approve',
    })),
    ...(agents.data?.items ?? []).flatMap(({ name }) => [
      { path: `/agents/${encodeURIComponent(name)}`, name, kind: 'agent' },
      { path: `/runs?where=${encodeURIComponent(`agent=${name}`)}`, name, kind: 'runs with agent' },
    ]),
  ];
}

/** Matches of a few letters: pages, definitions to start or to read, runs, agents, and what can be done. */
function usePlaces(text: string, actions: readonly Place[]): readonly Place[] {
  const definitions = useApi(['definitions']);
  const found = useFoundRuns(text.trim());
  const people = usePeople();
  const known = [
    ...areas.flatMap(({ pages }) => pages).map(({ path, label }) => ({ path, name: label, kind: 'page' })),
    ...(definitions.data?.items ?? []).flatMap(({ id }) => [
      { path: `/start/${encodeURIComponent(id)}`, name: id, kind: 'start' },
      { path: `/definitions/${encodeURIComponent(id)}`, name: id, kind: 'definition' },
    ]),
    ...people,
  ];

  const fits = ({ name, kind }: Place) => `${kind} ${name}`.toLowerCase().includes(text.toLowerCase());

  return [...known.filter(fits).slice(0, PLACES_MAX - found.length), ...found, ...actions.filter(fits)].slice(
    0,
    PLACES_MAX,
  );
}
