import { type KeyboardEvent, useId, useState } from 'react';
import { useLocation } from 'wouter';
import { useApi } from '../api/client.ts';
import { areas } from '../app-pages.ts';
import { Dialog } from '../parts/dialog.tsx';
import { nextIndex } from '../parts/roving.ts';
import { boundKeys } from './key-hub.ts';

const PLACES_MAX = 12;

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
        aria-label="Page, definition, run or action"
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

/** Matches of a few letters: pages, definitions to start or to read, runs, and what can be done. */
function usePlaces(text: string, actions: readonly Place[]): readonly Place[] {
  const definitions = useApi(['definitions']);
  const runs = useApi(['runs'], { q: text, limit: 5 }, { isEnabled: text !== '', keepsPrevious: true });
  const known = [
    ...areas.flatMap(({ pages }) => pages).map(({ path, label }) => ({ path, name: label, kind: 'page' })),
    ...(definitions.data?.items ?? []).flatMap(({ id }) => [
      { path: `/start/${encodeURIComponent(id)}`, name: id, kind: 'start' },
      { path: `/definitions/${encodeURIComponent(id)}`, name: id, kind: 'definition' },
    ]),
  ];
  const found = text === '' ? [] : (runs.data?.items ?? []);

  const fits = ({ name, kind }: Place) => `${kind} ${name}`.toLowerCase().includes(text.toLowerCase());

  return [
    ...known.filter(fits),
    ...found.map(({ run, key, shortId, definition }) => ({
      path: `/runs/${run}`,
      name: key === undefined ? shortId : `${key} ${shortId}`,
      kind: definition.id,
    })),
    ...actions.filter(fits),
  ].slice(0, PLACES_MAX);
}
