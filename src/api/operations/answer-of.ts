// What is asked for and answered at a path, found among the declared operations by the compiler alone.
import type { HttpPlace, InputOf, Operation, OutputOf } from './operation.ts';
import type { Noun, Operations } from './operations.ts';

type Method = HttpPlace['method'];

/** Every operation, as one union. */
type Declared = { [Name in Noun]: Operations[Name][keyof Operations[Name]] }[Noun];

type PathOf<Each> = Each extends { readonly http: { readonly path: infer Path extends string } }
  ? Path
  : never;

/** The operations that are asked for by a method. */
type AskedBy<How extends Method, Each = Declared> = Each extends Operation & {
  readonly http: { readonly method: How };
}
  ? Each
  : never;

/** The segments of a path below `/api/v1`: `['runs', string, 'events']`. */
type SegmentsIn<Path> = Path extends `/api/v1/${infer Rest}` ? Split<Rest> : never;
type Split<Path extends string> = Path extends `${infer First}/${infer Rest}`
  ? readonly [Segment<First>, ...Split<Rest>]
  : readonly [Segment<Path>];
type Segment<Part extends string> = Part extends `{${string}}` ? string : Part;

/** The operation at a path; several where a segment is one of some words: `[..., 'drain' | 'resume']`. */
type At<How extends Method, Path extends Segments<How>, Each = AskedBy<How>> = Each extends unknown
  ? Path extends SegmentsIn<PathOf<Each>>
    ? Each
    : SegmentsIn<PathOf<Each>> extends Readonly<Path>
      ? Each
      : never
  : never;

/** The paths that a method is allowed on, by their segments below `/api/v1`. */
export type Segments<How extends Method> = SegmentsIn<PathOf<AskedBy<How>>>;

/** What is answered there: `AnswerOf<'get', ['runs', string]>` is a RunPage. */
export type AnswerOf<How extends Method, Path extends Segments<How>> = OutputOf<At<How, Path>>;

/** What is sent there: what the operation takes and the path does not say. */
export type BodyOf<Path extends Segments<'post'>> = Sent<At<'post', Path>>;
type Sent<Each> = Each extends { readonly http: { readonly body: infer Body } }
  ? Body extends keyof InputOf<Each>
    ? InputOf<Each>[Body]
    : never
  : Omit<InputOf<Each>, NamesIn<PathOf<Each>>>;
type NamesIn<Path> = Path extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never;
