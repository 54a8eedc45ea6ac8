import type { Json } from '../../../events/canonical-json.ts';
import type { Finding } from '../finding.ts';
import { checkValue, patternFault, type ValueRules } from '../input-value.ts';
import { isMapping, type Mapping } from '../mapping.ts';
import { defaultsOf } from '../normalise/workflow.ts';
import type { Outline } from '../outline.ts';
import { type InputText, inputProperty } from '../schema/input.ts';
import { parseSalvaging } from '../text/salvage.ts';
import type { Path } from '../text/yaml-node.ts';

const namePattern = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;
/** Items of items of items: deeper than this nobody writes a form. */
const itemsDepthMax = 8;

/**
 * The inputs of the workflow, and those of the forms of its approvals, have names that expressions can read, rules that
 * can be met, and defaults that meet them.
 */
export function checkInputs({ workflow, sites }: Outline): readonly Finding[] {
  const forms = sites
    .filter(({ task }) => task.type === 'HUMAN')
    .map(({ raw, path }) => ({ form: raw['form'], path: [...path, 'form'] }));

  return [
    ...inputFindings(workflow['input'], ['workflow', 'input']),
    ...forms.flatMap(({ form, path }) => [...inputFindings(form, path), ...secretFields(form, path)]),
  ];
}

function inputFindings(input: Json | undefined, path: Path): readonly Finding[] {
  if (!isMapping(input)) return [];
  const properties = isMapping(input['properties']) ? input['properties'] : {};

  return [
    ...nameFindings(input, path),
    ...Object.entries(properties).flatMap(([name, property]) =>
      isMapping(property) ? propertyFindings(property, [...path, 'properties', name], 0) : [],
    ),
    ...requiredDefaults(input, properties, path),
  ];
}

/** What an approval brings along is recorded for all to see. */
function secretFields(form: Json | undefined, path: Path): readonly Finding[] {
  const properties = isMapping(form) && isMapping(form['properties']) ? form['properties'] : {};
  const secret = Object.entries(properties).filter(
    ([, field]) => isMapping(field) && field['secret'] === true,
  );

  return secret.map(([name]) => ({
    code: 'definition.bad-combination',
    message: `the form cannot take the secret "${name}": approvals are recorded as they are given`,
    path: [...path, 'properties', name, 'secret'],
    at: 'key',
  }));
}

function nameFindings(input: Mapping, path: Path): readonly Finding[] {
  const required = (Array.isArray(input['required']) ? input['required'] : []) as readonly string[];
  const optional = [...defaultsOf(input['optional'] as InputText['optional']).keys()];
  const named = [
    ...required.map((name, index) => ({ name, path: [...path, 'required', index] })),
    ...optional.map((name) => ({ name, path: [...path, 'optional'] })),
  ];
  const typed = Object.keys(isMapping(input['properties']) ? input['properties'] : {});
  const all = [...named, ...typed.map((name) => ({ name, path: [...path, 'properties', name] }))];
  const twice = optional.filter((name) => required.includes(name));

  return [
    ...all
      .filter(({ name }) => !namePattern.test(name))
      .map(({ name, path: place }) => ({
        code: 'definition.bad-name',
        message: `"${name}" is not a name for an input: letters, digits and _, not starting with a digit`,
        path: place,
        at: 'key' as const,
      })),
    ...twice.map((name) => ({
      code: 'definition.bad-combination',
      message: `the input "${name}" is both required and optional`,
      path: [...path, 'optional'],
      at: 'key' as const,
    })),
  ];
}

function requiredDefaults(input: Mapping, properties: Mapping, path: Path): readonly Finding[] {
  const required = (Array.isArray(input['required']) ? input['required'] : []) as readonly string[];

  return required
    .filter((name) => Object.hasOwn(properties, name) && hasDefault(properties[name]))
    .map((name) => ({
      code: 'definition.no-effect',
      severity: 'warning',
      message: `the default is never used: "${name}" is listed as required`,
      path: [...path, 'properties', name, 'default'],
      at: 'key',
    }));
}

function hasDefault(property: Json | undefined): boolean {
  return isMapping(property) && property['default'] !== undefined;
}

function propertyFindings(property: Mapping, path: Path, depth: number): readonly Finding[] {
  const rules = property as ValueRules & Mapping;
  const findings: Finding[] = [];
  const fault = typeof rules.pattern === 'string' ? patternFault(rules.pattern) : undefined;
  if (fault !== undefined) {
    const message = `not a pattern that can be matched: ${fault}`;
    findings.push({ code: 'definition.bad-pattern', message, path: [...path, 'pattern'] });
  }
  for (const [low, high] of [
    ['minimum', 'maximum'],
    ['minLength', 'maxLength'],
  ] as const) {
    if (Number(rules[low]) > Number(rules[high])) {
      const message = `${low} ${rules[low]} is above ${high} ${rules[high]}: no value is allowed`;
      findings.push({ code: 'definition.out-of-range', message, path: [...path, low] });
    }
  }
  const given = rules['default'];
  if (given !== undefined && fault === undefined) {
    findings.push(
      ...checkValue(given, rules).map(({ message, at }) => ({
        code: 'definition.bad-default',
        message: `the default is refused by the rules of the input${at === '' ? '' : ` at ${at}`}: ${message}`,
        path: [...path, 'default'],
      })),
    );
  }

  return [...findings, ...itemsFindings(property['items'], [...path, 'items'], depth + 1)];
}

function itemsFindings(items: Json | undefined, path: Path, depth: number): readonly Finding[] {
  if (!isMapping(items)) return [];
  if (depth > itemsDepthMax)
    return [{ code: 'definition.out-of-range', message: 'items are nested too deep', path }];
  const { findings } = parseSalvaging({ schema: inputProperty, value: items, path });

  if (findings.length > 0) return findings;

  return [...uselessKeys(items, path), ...propertyFindings(items, path, depth)];
}

/** An item is never given by itself, so it has no default, and it is no more secret or searched than its list. */
function uselessKeys(items: Mapping, path: Path): readonly Finding[] {
  return (['default', 'secret', 'searchable'] as const)
    .filter((key) => items[key] !== undefined)
    .map((key) => ({
      code: 'definition.bad-combination',
      message: `"${key}" cannot be said of an item, only of the whole input`,
      path: [...path, key],
      at: 'key',
    }));
}
