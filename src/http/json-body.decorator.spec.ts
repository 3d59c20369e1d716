import { PassThrough } from 'node:stream';
import type { PipeTransform, Type } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants';
import { IsOptional, IsString } from 'class-validator';
import { leastCpuOf } from '../../test/helpers/cpu.js';
import { JsonBody } from './json-body.decorator.js';

class Question {
  @IsString()
  message!: string;

  @IsOptional()
  names?: string[];
}

class Routes {
  ask(@JsonBody() _question: Question): void {}
}

type Pipes = [Type<PipeTransform<unknown, Promise<object>>>, PipeTransform<object, Promise<Question>>];

describe(JsonBody.name, () => {
  const [argument] = Object.values(
    Reflect.getMetadata(ROUTE_ARGS_METADATA, Routes, 'ask') as Record<string, { pipes: Pipes }>,
  );
  const [Reading, checking] = argument!.pipes;
  const reading = new Reading({ http: { bodyLimitBytes: 1024 * 1024 } });

  const read = async (text: string): Promise<Question> => {
    const request = Object.assign(new PassThrough(), { headers: {} });
    request.end(text);
    const metadata = { type: 'custom', metatype: Question } as const;
    return checking.transform(await reading.transform(request, metadata), metadata);
  };
  const refusalOf = (text: string): Promise<Error> =>
    read(text).then(
      () => new Error('It was taken'),
      (error: Error) => error,
    );
  const many = (count: number, one: (index: number) => string): string =>
    Array.from({ length: count }, (_each, index) => one(index)).join();

  it('makes an instance of the class', async () => {
    const question = await read(`{"message":"a","names":[${many(1500, () => '"b"')}]}`);
    expect(question).toBeInstanceOf(Question);
    expect(question.names).toHaveLength(1500);
  });

  it('names a member that the class does not have', async () => {
    expect(await refusalOf('{"message":"a","b":1}')).toMatchObject({
      code: 'bad_request',
      data: { problems: [{ member: 'b', problem: 'property b should not exist' }] },
    });
  });

  const members = `"message":"a",${many(9900, (index) => `"k${index}":1`)}`;
  it.each([
    ['unknown members', `{${members}}`, 'has more than 100 members'],
    [
      'empty lists',
      `{"message":"a","b":[${many(49_000, () => '[]')}]}`,
      'has more than 2000 members and items',
    ],
    ['objects in place of a text', `{"message":[${many(49_000, () => '{}')}]}`, 'has more than 2000'],
    ['both', `{${members},"b":[${many(39_000, () => '{}')}]}`, 'has more than 100 members'],
  ])('refuses %s by the thousand before it looks at each', async (_what, text, problem) => {
    const error = await refusalOf(text);
    expect(error).toMatchObject({ code: 'bad_request' });
    expect(error.message).toContain(problem);
    expect(await leastCpuOf(() => refusalOf(text), { enough: 10_000 })).toBeLessThan(25_000);
  });
});
