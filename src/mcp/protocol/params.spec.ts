import { AppError } from '../../core/errors.js';
import { boundedString, MAX_LENGTH, requiredString, stringMap } from './params.js';

const refusal = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof AppError && error.code === 'invalid_params') return error.message;
    throw error;
  }
  return '';
};

describe(requiredString.name, () => {
  it('reads a string up to its bound', () => {
    expect(requiredString({ name: 'abc' }, 'name', 3)).toBe('abc');
    expect(requiredString({ name: '' }, 'name', 3)).toBe('');
  });

  it.each([{}, { name: 1 }, { name: null }, { name: ['a'] }])(
    'names the member that is none: %j',
    (params) => {
      expect(refusal(() => requiredString(params, 'name', 3))).toBe('params.name is missing or not a string');
    },
  );

  it('names the member and the bound of what is too long, and repeats nothing of it', () => {
    expect(refusal(() => requiredString({ name: 'abcd' }, 'name', 3, 'params.ref'))).toBe(
      'params.ref.name has more than 3 characters',
    );
    expect(refusal(() => boundedString('x'.repeat(1_000_000), 'params.cursor', 4))).toBe(
      'params.cursor has more than 4 characters',
    );
  });
});

describe(stringMap.name, () => {
  const read = (args: unknown) => stringMap({ args }, 'args', (name) => (name === 'long' ? 5 : 2));

  it('reads members, each up to a bound of its own', () => {
    expect(read({ long: 'abcde', other: 'ab' })).toEqual({ long: 'abcde', other: 'ab' });
    expect(stringMap({}, 'args', () => 1)).toEqual({});
  });

  it.each([
    [[], 'params.args is not an object'],
    [{ a: 1 }, 'params.args.a is missing or not a string'],
    [{ a: 'abc' }, 'params.args.a has more than 2 characters'],
    [{ ['n'.repeat(MAX_LENGTH.name + 1)]: 'a' }, 'params.args has a name of more than 128 characters'],
  ])('refuses %j', (args, message) => {
    expect(refusal(() => read(args))).toBe(message);
  });
});
