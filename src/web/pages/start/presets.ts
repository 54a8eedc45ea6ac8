import type { FormField } from '../../../api/people.ts';
import type { JsonRecord } from '../../api/json.ts';
import type { BrowserStore } from '../../parts/browser-store.ts';

/** Inputs under a name, kept in this browser for one definition. */
export type Preset = { readonly name: string; readonly input: JsonRecord };

type PresetStore = Pick<BrowserStore, 'getItem' | 'setItem'>;

const PRESETS_MAX = 20;

/** The presets of a definition, by their names. What cannot be read counts as none. */
export function readPresets(store: PresetStore | undefined, definition: string): readonly Preset[] {
  try {
    const read: unknown = JSON.parse(store?.getItem(keyOf(definition)) ?? '[]');

    return Array.isArray(read) ? read.filter(isPreset).slice(0, PRESETS_MAX) : [];
  } catch {
    return [];
  }
}

/** Keeps presets. False where the browser does not. */
export function writePresets(
  store: PresetStore | undefined,
  definition: string,
  presets: readonly Preset[],
): boolean {
  try {
    store?.setItem(keyOf(definition), JSON.stringify(presets));

    return store !== undefined;
  } catch {
    return false;
  }
}

/** The presets with one more, instead of the one of its name; of too many the oldest goes. Secrets are not kept. */
export function withPreset(
  presets: readonly Preset[],
  { name, input }: Preset,
  fields: readonly FormField[],
): readonly Preset[] {
  const secrets = new Set(fields.filter(({ secret }) => secret === true).map((field) => field.name));
  const kept = Object.fromEntries(Object.entries(input).filter(([each]) => !secrets.has(each)));
  const others = presets.filter((preset) => preset.name !== name);

  return [...others, { name, input: kept }].slice(-PRESETS_MAX);
}

function keyOf(definition: string): string {
  return `3ox-presets:${definition}`;
}

function isPreset(value: unknown): value is Preset {
  if (typeof value !== 'object' || value === null || !('name' in value) || !('input' in value)) return false;
  const { name, input } = value;

  return typeof name === 'string' && typeof input === 'object' && input !== null && !Array.isArray(input);
}
