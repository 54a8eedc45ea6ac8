import { z } from 'zod';

/** What a method can be called on. */
export const valueKinds = ['text', 'list', 'map', 'timestamp', 'duration', 'optional'] as const;

const Member = z.object({ name: z.string(), doc: z.string() });

const Callable = z.object({
  name: z.string(),
  /** How it is written, such as `size(x)`. */
  signature: z.string(),
  doc: z.string(),
  example: z.string(),
});

/** What expressions of definitions may be made of, for editors. Tasks, inputs and variables are those of a text. */
export const Vocabulary = z.object({
  names: z.array(
    z.object({
      name: z.string(),
      doc: z.string(),
      /** Where it can be read: `body` is inside of a FORK over items or a loop; the others are keys of a task. */
      where: z.enum(['everywhere', 'body', 'output', 'match', 'trigger']),
      members: z.array(Member),
    }),
  ),
  /** What can be read of a task, after its id and a dot. */
  taskMembers: z.array(Member),
  /** What can be read of the `error` of a task. */
  errorMembers: z.array(Member),
  functions: z.array(Callable),
  /** Called on a value: `of` says on which kinds. */
  methods: z.array(Callable.extend({ of: z.array(z.enum(valueKinds)) })),
  /** The keys whose whole value is an expression, without `${ }`. */
  conditionKeys: z.array(z.string()),
});
export type Vocabulary = z.output<typeof Vocabulary>;

const Typed = z.object({
  name: z.string(),
  /** As inputs are declared (`string`, `array`, ...), or `text`, `list`, `map`; `any` where it is not known. */
  type: z.string(),
  doc: z.string().optional(),
});

/** What expressions of one definition can read by name. */
export const Readable = z.object({
  inputs: z.array(Typed),
  variables: z.array(Typed),
  tasks: z.array(
    z.object({
      id: z.string(),
      type: z.string(),
      name: z.string().optional(),
      /** Absent where its output is not known before it has run. */
      outputs: z.array(Typed).optional(),
    }),
  ),
});
export type Readable = z.output<typeof Readable>;

const Named = z.object({
  name: z.string(),
  /** What it is, in a few words; empty where there is nothing to say. */
  about: z.string(),
});

/** The names that the definitions of a project may use. */
export const ProjectNames = z.object({
  actions: z.array(Named),
  agents: z.array(Named),
  skills: z.array(Named),
  definitions: z.array(Named),
  shells: z.array(Named),
  /** Those of models.yaml. */
  models: z.array(Named),
  /** Who may approve. */
  people: z.array(Named),
});
export type ProjectNames = z.output<typeof ProjectNames>;
