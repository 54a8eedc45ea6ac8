// The dashboard's calls are typed by the declared operations. Method: what the compiler finds at a path is held against
// the schema of the answer; a line that expects an error fails `npm run check` where there is none.
import { expectTypeOf, test } from 'vitest';
import type { AnswerOf, BodyOf, Segments } from '../../../src/api/operations/answer-of.ts';
import type { OutputOf } from '../../../src/api/operations/operation.ts';
import type { Operations } from '../../../src/api/operations/operations.ts';
import type { RunPage } from '../../../src/api/run.ts';

test('what is answered at a path is what the operation there answers', () => {
  expectTypeOf<AnswerOf<'get', ['runs', string]>>().toEqualTypeOf<RunPage>();
  expectTypeOf<AnswerOf<'get', ['runs', string, 'graph']>>().toEqualTypeOf<
    OutputOf<Operations['history']['graph']>
  >();
  expectTypeOf<AnswerOf<'post', ['definitions', 'check']>>().toEqualTypeOf<
    OutputOf<Operations['definitions']['check']>
  >();
});

test('one of several words in a path is answered by one of several operations', () => {
  expectTypeOf<AnswerOf<'post', ['agents', string, 'drain' | 'resume']>>().toEqualTypeOf<
    OutputOf<Operations['agents']['drain']>
  >();
});

test('a body has what the operation takes and the path does not say', () => {
  expectTypeOf<BodyOf<['agents', string, 'drain']>>().toEqualTypeOf<{
    readonly reason?: string | undefined;
  }>();
  expectTypeOf<keyof BodyOf<['runs', string, 'fork']>>().toEqualTypeOf<'at' | 'input' | 'reason'>();
});

test('a path that no operation has is refused by the compiler', () => {
  expectTypeOf<['runs', string]>().toExtend<Segments<'get'>>();
  expectTypeOf<['runs', string, 'grap']>().not.toExtend<Segments<'get'>>();
  expectTypeOf<['runs', string]>().not.toExtend<Segments<'post'>>();
  // @ts-expect-error: nothing is asked for there.
  expectTypeOf<AnswerOf<'get', ['sessions']>>().toBeNever();
});
